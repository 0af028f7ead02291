// tincan/detail/time/timed_function.ipp - a function that a timer runs: the bodies
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/time/timed_function.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Nanoseconds momentAfter(BusCore const& bus, Nanoseconds duration) noexcept {
  Nanoseconds const now = bus.now();
  if (duration <= 0) return now;
  return duration < NoDeadline - now ? now + duration : NoDeadline;
}

/// Has the loop of the endpoint look at its timers. A driver looks itself.
inline void noteTimers(EndpointCore& core) noexcept {
  if (core.bus->driver() == nullptr) core.notices.add(Notices::Timers);
}

TINCAN_INLINE void addTimer(EndpointCore& core, TimedContinuation& timer) noexcept {
  core.continuations.addTimer(timer);
  noteTimers(core);
}

TINCAN_INLINE void TimedFunction::start(std::shared_ptr<TimedFunction> timer,
                                        Nanoseconds moment) noexcept {
  TimedFunction& started = *timer;
  started.setDeadline(moment);
  addTimer(started.core_, started);
  started.self_ = std::move(timer);
}

TINCAN_INLINE bool TimedFunction::cancel() noexcept {
  if (std::exchange(isOver_, true)) return false;
  leave();
  // Its end may end the function, which may hold the very token by which it was cancelled.
  auto const last = std::move(self_);
  return true;
}

TINCAN_INLINE bool TimedFunction::proceed(Why why) noexcept {
  auto self = std::move(self_);
  isOver_ = isOver_ || why == Why::Closed || period_ == 0;
  if (why == Why::Closed) return true;
  auto const keep = core_.shared_from_this();  // the function may end it
  call();
  if (!isOver_ && !core_.isClosed()) waitAgain(std::move(self));
  return true;
}

TINCAN_INLINE void TimedFunction::call() noexcept {
  try {
    function_->run();
  } catch (...) {
    core_.bus->reportError({}, core_.name, core_.name, std::current_exception());
  }
}

/// Waits until the next run, without those whose time has passed meanwhile.
TINCAN_INLINE void TimedFunction::waitAgain(std::shared_ptr<TimedFunction> self) noexcept {
  Nanoseconds const late = core_.bus->now() - deadline();
  Nanoseconds const periods = late / period_ + 1;
  bool const isNever = (NoDeadline - deadline()) / period_ < periods;
  setDeadline(isNever ? NoDeadline : deadline() + periods * period_);
  core_.continuations.addTimerAgain(*this);
  noteTimers(core_);  // a poll inside of the function may have found no other timer
  self_ = std::move(self);
}

}  // namespace tincan::inline abi0::detail
