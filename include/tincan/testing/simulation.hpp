// tincan/testing/simulation.hpp - a bus that runs step by step on the thread of a test
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/detail/send/verb_call.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/testing/detail/report/printed.hpp>
#include <tincan/testing/double.hpp>
#include <tincan/testing/failure.hpp>
#include <tincan/testing/fault.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing {

namespace detail {
struct Claim;
class ExploredRun;
struct FaultState;
class Faults;
struct Findings;
class Scheduler;
class ScheduleSearch;
struct SimulatedRun;
struct SimulationAccess;
}  // namespace detail

/// A value of a simulation that claims look at; see Simulation::watch().
class Watch {
 private:
  friend class Simulation;
  explicit Watch(std::size_t number) noexcept : number_(number) {}

  std::size_t number_;
};

/// A bus on the calling thread: nothing runs unless told, and time stands still. Handlers run on this
/// thread, inside the call that tells them to. Messages are handled in the order of their sending;
/// explore() tries the other orders.
///
///   Threads   The one that made it, and what runs in it.
///   Errors    What an assertion throws in a handler or a body leaves the call that ran it, and so
///             does Failure. (Anything that is no std::exception is taken for an assertion.)
class Simulation {
 public:
  /// Makes a bus, whose main is the calling thread's. Throws std::invalid_argument if a variable TINCAN_SIM_<FIELD> of
  /// the environment has no value of its kind.
  explicit Simulation(Options const& options = {});
  Simulation(Simulation const&) = delete;
  Simulation& operator=(Simulation const&) = delete;
  /// Closes the bus. What ends by this is not reported: the test's own objects may be gone.
  ~Simulation();

  /// The bus, which ends with the simulation: handles to its endpoints must end before.
  Bus& bus() noexcept;

  /// Makes a renderer and runs its thread body, any that Bus::spawn() takes: that begins at the next step, and
  /// blocks where a thread would.
  template <class F>
  void spawn(std::string name, F body) {
    spawn(std::move(name), InboxOptions{}, std::move(body));
  }
  /// Makes a renderer whose inbox has a limit, and runs its body.
  template <class F>
  void spawn(std::string name, InboxOptions options, F body) {
    threads_.push_back(bus_->spawn(std::move(name), options, std::move(body)));
  }

  /// Handles one message (to that endpoint), with whatever is no message and comes before; false if
  /// there is none. Throws Failure, and Error if it would never end.
  bool step(std::string_view endpoint = {});
  /// Handles messages until there are none; returns how many. Throws Error(Deadlock), naming who waits
  /// for whom, if somebody waits for what cannot come any more; those waits end with that error, too.
  std::size_t runUntilIdle();
  /// Lets time pass. Deadlines pass in order, each with all that follows from it. Messages that wait are not handled
  /// before: their receivers are busy for so long.
  void advance(std::chrono::nanoseconds duration);

  /// Counts the messages that wait (in that endpoint's inbox).
  std::size_t pending(std::string_view endpoint = {}) const;
  /// The messages that were handled so far. Valid until the next step.
  std::span<Delivery const> log() const;

  /// Names a value that claims look at: value() returns it. A run that fails shows where it has changed. The type can
  /// be copied, and compared for equality.
  template <class F>
  Watch watch(std::string name, F value) {
    using T = std::decay_t<std::invoke_result_t<F&>>;
    auto const last = std::make_shared<std::optional<T>>();
    auto const changes = [last, look = std::move(value)]() mutable {
      T now = look();
      bool const isAnother = last->has_value() && !(**last == now);
      last->emplace(std::move(now));
      return isAnother;
    };
    return addWatch(std::move(name), changes, [last] { return detail::printed(**last); });
  }

  /// Claims what must hold after every step, and where one is interrupted. Explored are all orders of steps that differ
  /// for the claim, which may look at anything: so no two steps are taken to commute.
  void always(std::string what, std::function<bool()> holds);
  /// Claims what must hold after every step, and depends on those watches alone: steps that change none of them
  /// commute for the claim.
  void always(std::string what, std::initializer_list<Watch> watches, std::function<bool()> holds);
  /// Claims what must hold when nothing is left to do.
  void eventually(std::string what, std::function<bool()> holds);
  /// Claims what must hold once, after a step or at the end, in one of the schedules that are explored.
  void sometimes(std::string what, std::function<bool()> holds);
  /// Claims what must hold once, and depends on those watches alone.
  void sometimes(std::string what, std::initializer_list<Watch> watches,
                 std::function<bool()> holds);

  /// Chooses one of 0..n-1: explore() tries all, elsewhere it is 0. Throws std::invalid_argument for 0.
  std::uint64_t choose(std::uint64_t n);
  /// Throws Failure if not ok.
  void require(bool ok, std::string const& what);

  // ---- stand-ins and faults ----

  /// Makes an endpoint that is programmed: a renderer of that name, or main itself for "main".
  Double standIn(std::string name);

  /// Sends to main as if the endpoint called `from` had: the oldest one of that name, or a stand-in
  /// that is made for it.
  template <class... A>
  SendResult inject(std::string_view from, ChannelName channel, A&&... arguments) {
    return injectTo("main", from, channel, std::forward<A>(arguments)...);
  }
  /// Sends to the endpoint called `to` as if the one called `from` had. Throws std::invalid_argument
  /// if there is no receiver.
  template <class... A>
  SendResult injectTo(std::string_view to, std::string_view from, ChannelName channel,
                      A&&... arguments) {
    auto const receiver = get(to);
    if (find(from) == nullptr) standIn(std::string(from));
    auto const sender = get(from);
    SendResult result{};
    actAs(*sender, [&] {
      result =
          tincan::detail::PeerAccess::make(receiver).send(channel, std::forward<A>(arguments)...);
    });
    return result;
  }

  /// Lets the next message that is sent on the channel be handled by nobody: when its turn has come it
  /// is a dead letter, and a requester gets an Error of that reason.
  Fault failNext(ChannelName channel, Errc reason = Errc::Closed);
  /// Lets the next message be handled by nobody, and its requester get that exception. Throws
  /// std::invalid_argument for null.
  Fault failNext(ChannelName channel, std::exception_ptr exception);
  /// Keeps the next message that is sent on the channel in its inbox for so long, or until release();
  /// and with it what its sender sends there afterwards, and what follows from it. What supersedes it, is kept in its
  /// place.
  Fault delayNext(ChannelName channel, std::chrono::nanoseconds duration);
  /// Keeps the next message that is sent on the channel until release(), as delayNext() does.
  Fault holdNext(ChannelName channel);

 private:
  friend class detail::ExploredRun;
  friend struct detail::SimulationAccess;
  Simulation(Options const& options, detail::ScheduleSearch* search, detail::Findings* findings,
             detail::SimulatedRun* memory);

  using CorePtr = std::shared_ptr<tincan::detail::EndpointCore>;
  /// The oldest open endpoint of that name; or null.
  CorePtr find(std::string_view name);
  CorePtr get(std::string_view name);

  /// Calls the function as if that endpoint's thread did.
  void actAs(tincan::detail::EndpointCore& core, std::function<void()> const& function);
  Fault makeFault(detail::FaultState state);
  static detail::Claim makeClaim(std::string what, std::initializer_list<Watch> watches,
                                 std::function<bool()> holds);
  Watch addWatch(std::string name, std::function<bool()> changes,
                 std::function<std::string()> text);

  std::unique_ptr<detail::Scheduler> const scheduler_;
  std::unique_ptr<Bus> bus_;
  std::vector<RendererThread> threads_{};
  std::shared_ptr<detail::Faults> faults_{};  // null: there has been none
};

namespace detail {

/// The way of spies and replays to what lies behind a simulation.
struct SimulationAccess {
  static Scheduler& scheduler(Simulation& simulation) noexcept;
};

}  // namespace detail

}  // namespace tincan::inline abi0::testing

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/testing/simulation.ipp>
#endif
