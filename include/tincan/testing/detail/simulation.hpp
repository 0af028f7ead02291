// tincan/testing/detail/simulation.hpp - a bus that runs step by step on the thread of a test
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/detail/simulate/scheduler_candidates.hpp>
#include <tincan/testing/detail/simulate/scheduler_claims.hpp>
#include <tincan/testing/detail/simulate/scheduler_driver.hpp>
#include <tincan/testing/detail/simulate/scheduler_loop.hpp>
#include <tincan/testing/detail/simulate/scheduler_steps.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline v0::testing {

namespace detail {
class Exploration;
class Faults;
struct SimulationAccess;
}  // namespace detail
class Double;
class Fault;

/// A bus on the calling thread: nothing runs unless told, and time stands still. Handlers run on this
/// thread, inside the call that tells them to. Messages are handled in the order of their sending;
/// explore() tries the others.
///
///   Threads   The one that made it, and what runs in it.
///   Errors    What an assertion throws in a handler or a body leaves the call that ran it, and so
///             does Failure. (Anything that is no std::exception is taken for an assertion.)
class Simulation {
 public:
  explicit Simulation(Options const& options = {})
      : Simulation(detail::Environment::override(options), nullptr, nullptr, nullptr) {}
  Simulation(Simulation const&) = delete;
  Simulation& operator=(Simulation const&) = delete;
  /// What ends by this is not reported: the test's own objects may be gone.
  ~Simulation() {
    bus_->onError({});
    bus_->onDeadLetter({});
    bus_->onHighWater({});
    scheduler_.end();
    threads_.clear();
    bus_.reset();
    scheduler_.letGo();
  }

  /// Before handles to its endpoints, it ends them.
  Bus& bus() noexcept { return *bus_; }

  /// A renderer's thread body, run by the simulation: it begins at the next step, and blocks where a
  /// thread would.
  void spawn(std::string name, std::function<void(Renderer&)> body) {
    spawn(std::move(name), InboxOptions{}, std::move(body));
  }
  /// The same, with a limit for its inbox.
  void spawn(std::string name, InboxOptions options, std::function<void(Renderer&)> body) {
    threads_.push_back(bus_->spawn(std::move(name), options, std::move(body)));
  }

  /// Handles one message (to that endpoint), with whatever is no message and comes before; false if
  /// there is none. Throws Failure, and Error if it would never end.
  bool step(std::string_view endpoint = {}) { return scheduler_.step(endpoint); }
  /// Handles messages until there are none; how many. Throws Error(Deadlock), naming who waits for
  /// whom, if somebody waits for what cannot come any more; those end with the same error.
  std::size_t runUntilIdle() { return scheduler_.runUntilIdle(); }
  /// Lets time pass. Deadlines pass in order, each with all that follows from it.
  void advance(std::chrono::nanoseconds duration) { scheduler_.advance(duration.count()); }

  /// How many messages wait (in that endpoint's inbox).
  std::size_t pending(std::string_view endpoint = {}) const { return scheduler_.pending(endpoint); }
  /// The messages that were handled so far. Valid until the next step.
  std::span<Delivery const> log() const { return scheduler_.log().deliveries(); }

  /// Must hold after every message.
  void always(std::string what, std::function<bool()> holds) {
    scheduler_.always().push_back({std::move(what), std::move(holds)});
  }
  /// Must hold when nothing is left to do.
  void eventually(std::string what, std::function<bool()> holds) {
    scheduler_.eventually().push_back({std::move(what), std::move(holds)});
  }
  /// Must hold once, after a message or at the end, in one of the schedules that are explored.
  void sometimes(std::string what, std::function<bool()> holds) {
    scheduler_.sometimes().push_back({std::move(what), std::move(holds)});
  }

  /// One of 0..n-1; explore() tries all, here it is 0. Throws std::invalid_argument for 0.
  std::uint64_t choose(std::uint64_t n) { return scheduler_.choose(n); }
  /// Throws Failure if not ok.
  void require(bool ok, std::string const& what) {
    if (!ok) scheduler_.violate(what);
  }

  // ---- stand-ins and faults: see double.hpp, inject.hpp, fault.hpp ----

  /// An endpoint that is programmed: a renderer of that name, or main itself for "main".
  Double standIn(std::string name);

  /// Sends to main, or to that endpoint, as if the one called `from` had: the oldest endpoint of that
  /// name, or a stand-in that is made for it. Throws std::invalid_argument if there is no receiver.
  template <class... A>
  SendResult inject(std::string_view from, ChannelName channel, A&&... arguments);
  template <class... A>
  SendResult injectTo(std::string_view to, std::string_view from, ChannelName channel,
                      A&&... arguments);

  /// The next message that is sent on the channel is handled by nobody: when its turn has come it is
  /// a dead letter, and whoever asked gets an Error of that reason, or the exception.
  Fault failNext(ChannelName channel, Errc reason = Errc::Closed);
  Fault failNext(ChannelName channel, std::exception_ptr exception);
  /// The next message that is sent on the channel stays in its inbox for so long, or until
  /// release(); and with it what its sender sends there afterwards, and what follows from it.
  Fault delayNext(ChannelName channel, std::chrono::nanoseconds duration);
  Fault holdNext(ChannelName channel);

 private:
  friend class detail::Exploration;
  friend struct detail::SimulationAccess;
  Simulation(Options const& options, detail::ScheduleSearch* search, detail::Cycles* cycles,
             detail::SchedulerMemory* history)
      : scheduler_(options, search, cycles, history),
        bus_(std::make_unique<Bus>(BusOptions{}, &scheduler_)) {}

  mutable detail::Scheduler scheduler_;
  std::unique_ptr<Bus> bus_;
  std::vector<RendererThread> threads_;
  std::shared_ptr<detail::Faults> faults_;
};

}  // namespace tincan::inline v0::testing
