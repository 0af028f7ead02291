// tincan/testing/operations.hpp - generated scenarios of operations, checked against a model of one thread
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/linearizable.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {

/// A list of the operations that something offers by messages. play() has renderers call them in every order, and
/// checks that each result is one that a model gives, which does one operation after another.
///
///   Threads   one
template <class Model>
class Operations {
 public:
  /// How many renderers call, and how many operations each.
  struct Size {
    /// `renderers` is how many call, `each` how many operations one of them calls.
    unsigned renderers = 2, each = 2;
  };

  /// Adds an operation: real(ipc) asks as a renderer does, and expected(model) does the same to the model and returns
  /// what real(ipc) should. What real throws is an operation that may have happened or not; it goes on to play()'s
  /// renderer, which ends.
  template <class Real, class Expected>
  void add(std::string what, Real real, Expected expected) {
    all_.push_back([name = std::move(what), asks = std::move(real), answers = std::move(expected)](
                       History<Model>& history, Renderer& ipc) {
      history.call(
          ipc.name(), name, [&] { return asks(ipc); }, answers);
    });
  }

  /// Spawns renderers that call operations, whichever they are: explore() tries all choices, and all orders in which
  /// the calls can begin and end. Claims that they are linearizable, from this model on. To be called after what answers
  /// is there; the list may go before the simulation does.
  void play(Simulation& sim, Size size = {}, Model const& model = {}) const {
    auto const history = std::make_shared<History<Model>>();
    auto const events = sim.watch("operations", [history] { return history->events(); });
    sim.always("the operations are linearizable", {events}, [history, model, &sim] {
      auto const found = linearizable(model, *history);
      sim.require(found.ok, found.failure);
      return true;
    });
    for (unsigned i = 1; i <= size.renderers; ++i) {
      sim.spawn("caller " + std::to_string(i),
                [all = all_, history, each = size.each, &sim](Renderer& ipc) {
                  for (unsigned j = 0; j < each; ++j) all[sim.choose(all.size())](*history, ipc);
                });
    }
  }

 private:
  std::vector<std::function<void(History<Model>&, Renderer&)>> all_;
};

}  // namespace tincan::inline abi0::testing
