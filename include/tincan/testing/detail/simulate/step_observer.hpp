// tincan/testing/detail/simulate/step_observer.hpp - goes along with the steps of a simulation
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>

namespace tincan::inline v0::testing::detail {

/// A message on its way.
struct InTransit {
  SimulatedLane const& line;
  QueuedMessage const& waiting;
  std::string_view channel, text;
};

/// A dead letter.
struct DeadLetterNote {
  Errc reason;
  std::string_view channel, from, to;
  std::uint64_t number;  // of what was failed on purpose; else 0
  bool wasRefused;       // it was in no inbox
};

/// Instead of the listeners.
struct ForcedOutcome {
  Errc reason;
  std::exception_ptr exception;  // the answer; null: an Error of that reason
};

/// Spies, doubles, faults, recordings: they look on, and some decide.
///
///   Threads   The simulation's, and those of bodies, one at a time.
///   Errors    None may leave but from delivering().
class StepObserver {
 public:
  /// A place that is no place: the message stays where it is.
  static constexpr std::uint64_t Held = UINT64_MAX;

  StepObserver() = default;
  StepObserver(StepObserver const&) = delete;
  StepObserver& operator=(StepObserver const&) = delete;
  virtual ~StepObserver() = default;

  /// An endpoint; at first those that are there.
  virtual void met(SimulatedEndpoint const&) {}
  virtual void sent(InTransit const&) {}
  /// Just before the listeners.
  virtual void delivering(InTransit const&) {}
  /// Null: the listeners.
  virtual ForcedOutcome const* outcomeOf(QueuedMessage const&) { return nullptr; }
  virtual void handled(QueuedMessage const&) {}
  virtual void died(DeadLetterNote const&) {}

  /// The place of the line's first message in the order in which things happen; `number` is the
  /// usual one.
  virtual std::uint64_t placeOf(SimulatedLane const&, std::uint64_t number) { return number; }
  /// When something that is held is let go.
  virtual tincan::detail::Nanoseconds nextDeadline(tincan::detail::Nanoseconds) {
    return tincan::detail::NoDeadline;
  }
  /// Something is held that the test may still let go: nobody waits in vain before its end.
  virtual bool mayLetGo(tincan::detail::Nanoseconds) const { return false; }
  /// Nothing can happen any more: why that is wrong, or nothing.
  virtual std::string complaint() { return {}; }
  /// Nothing more is to happen.
  virtual bool endsRun() { return false; }
};

}  // namespace tincan::inline v0::testing::detail
