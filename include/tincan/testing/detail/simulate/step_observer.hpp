// tincan/testing/detail/simulate/step_observer.hpp - goes along with the steps of a simulation
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <tincan/detail/drive/tap.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

/// A message on its way, with its channel and its arguments as text.
struct InTransit {
  SimulatedLane const& lane;
  QueuedMessage const& message;
  std::string_view channel, text;
};

/// A dead letter, as an observer sees it.
struct DeadLetterNote {
  Errc reason;
  std::string_view channel, from, to;
  std::uint64_t number;  // of a message that was failed on purpose, or superseded; else 0
  bool wasRefused;       // it was in no inbox
};

/// The fate of a message that no listener is to get.
struct ForcedOutcome {
  Errc reason;
  std::exception_ptr exception;  // the answer; null: an Error of that reason
};

/// Base of spies, doubles, faults and recordings: they look on, and some decide.
///
///   Threads   The simulation's, and those of bodies, one at a time.
///   Errors    None may leave but from delivering().
class StepObserver {
 public:
  /// Returned by placeOf() for a message that stays where it is.
  static constexpr std::uint64_t Held = UINT64_MAX;

  StepObserver() = default;
  StepObserver(StepObserver const&) = delete;
  StepObserver& operator=(StepObserver const&) = delete;
  virtual ~StepObserver() = default;

  /// Learns of an endpoint; at first of those that are there.
  virtual void met(SimulatedEndpoint const&) {}
  virtual void sent(InTransit const&) {}
  /// Learns of a message just before its listeners are called.
  virtual void delivering(InTransit const&) {}
  /// Returns what the message gets instead of the listeners; null lets them have it.
  virtual ForcedOutcome const* outcomeOf(QueuedMessage const&) { return nullptr; }
  /// Learns of a posted function or an answer just before what follows from it.
  virtual void deliveringOther(SimulatedLane const&, Kind) {}
  /// Learns that the code of an endpoint has looked at something of another one, and found it so or not.
  virtual void looked(EndpointCore const&, EndpointCore const&, tincan::detail::LookedAt, bool) {}
  /// Learns that a wait or a run of that endpoint has ended because its deadline has passed, or that a timer runs.
  virtual void deadlinePassed(EndpointCore const&, bool) {}
  virtual void handled(QueuedMessage const&) {}
  virtual void died(DeadLetterNote const&) {}

  /// The place of the lane's first message in the order in which things happen; `number` is the
  /// usual one.
  virtual std::uint64_t placeOf(SimulatedLane const&, std::uint64_t number) { return number; }
  enum class TimeMay { PassAsUsual, Pass, NotPass };
  /// Whether the next deadline is to pass, when nothing else can happen.
  virtual TimeMay mayTimePass() { return TimeMay::PassAsUsual; }
  /// Whether timers of that endpoint that are due are not to run now.
  virtual bool holdsTimers(SimulatedEndpoint const&) { return false; }
  /// The time at which something that is held is let go.
  virtual tincan::detail::Nanoseconds nextDeadline(tincan::detail::Nanoseconds) {
    return tincan::detail::NoDeadline;
  }
  /// Whether something is held that the test may still let go: then nobody waits in vain before its
  /// end.
  virtual bool mayLetGo(tincan::detail::Nanoseconds) const { return false; }
  /// Asked when nothing can happen any more: a sentence that says why that is wrong, or nothing.
  virtual std::string complaint() { return {}; }
  /// Whether nothing more is to happen.
  virtual bool endsRun() { return false; }
};

}  // namespace tincan::inline abi0::testing::detail
