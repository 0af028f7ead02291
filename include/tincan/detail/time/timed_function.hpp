// tincan/detail/time/timed_function.hpp - a function that a timer runs
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// The function of one timer of an endpoint, which runs once or again and again.
///
///   Threads   The endpoint's.
///   Progress  Only its making allocates.
///   Lifetime  Holds itself until it has run for the last time, or the endpoint is closed. The endpoint outlives
///             that.
///   Errors    What the function throws goes to onError.
class TimedFunction final : public TimedContinuation {
 public:
  /// `period`: the time between two runs; 0: there is only one.
  TimedFunction(EndpointCore& core, Nanoseconds period, TaskPtr function) noexcept
      : TimedContinuation(period != 0),
        core_(core),
        period_(period),
        function_(std::move(function)) {}

  /// Begins to wait until that moment.
  static void start(std::shared_ptr<TimedFunction> timer, Nanoseconds moment) noexcept;

  /// Ends it: the function does not run any more. False: it would not have.
  bool cancel() noexcept;

  bool proceed(Why why) noexcept override;

 private:
  void call() noexcept;
  void waitAgain(std::shared_ptr<TimedFunction> self) noexcept;

  EndpointCore& core_;
  Nanoseconds const period_;
  TaskPtr const function_;
  std::shared_ptr<TimedFunction> self_{};  // while it waits
  bool isOver_ = false;
};

/// The moment when a duration is over, on the bus's clock; now for one that is negative.
Nanoseconds momentAfter(BusCore const& bus, Nanoseconds duration) noexcept;

/// Adds a timer to an endpoint, whose loop then looks at it.
void addTimer(EndpointCore& core, TimedContinuation& timer) noexcept;

}  // namespace tincan::inline abi0::detail
