// tests/model/gate.cpp - a closed endpoint is cleared by its thread or by whoever closes it: by one, once
#include <tincan/detail/queue/poll_gate.hpp>

#include "explore.hpp"

namespace {

using namespace model;

/// The owner polls, and takes from its lanes; the other threads close.
template <bool Heavy, int Closers, int Polls>
struct Gated : Scenario<Gated<Heavy, Closers, Polls>, Closers + 1, model::Platform<Heavy>> {
  using Gate = tincan::detail::PollGate<model::Platform<Heavy>>;
  static constexpr unsigned Owner = Closers;

  Gate gate;
  Plain<int> taken{0};  // from the lanes
  rl::mutex clearing;
  Plain<bool> isCleared{false};
  int clears = 0;

  void thread(unsigned index) {
    if (index != Owner) return close();
    for (int i = 0; i < Polls; ++i) poll([] {});
    // A handler that polls, too.
    poll([this] { poll([] {}); });
  }

  void poll(auto&& handle) {
    std::uint32_t const outer = gate.enter();
    if (gate.observe() == Gate::Open) {
      taken = taken + 1;
      handle();
    }
    if (gate.exit(outer)) clear();
  }
  void close() {
    gate.set(Gate::Closed);
    gate.settle();
    if (gate.isVacant()) clear();
  }
  void clear() {
    clearing.lock({__FUNCTION__, __FILE__, __LINE__});
    bool const isFirst = !isCleared;
    isCleared = true;
    clearing.unlock({__FUNCTION__, __FILE__, __LINE__});
    if (!isFirst) return;
    taken = -1;
    ++clears;
  }

  void after() {
    MODEL_REQUIRE(clears == 1);
    MODEL_REQUIRE(taken == -1);  // nobody took from the lanes afterwards
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Gated<false, 1, 2>>("gate: one closes", 4);
  explorer.run<Gated<true, 1, 2>>("gate: one closes, heavy barrier", 4);
  explorer.run<Gated<false, 2, 1>>("gate: two close", 3);
  explorer.run<Gated<true, 2, 1>>("gate: two close, heavy barrier", 3);
  return explorer.result();
}
