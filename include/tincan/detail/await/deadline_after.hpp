// tincan/detail/await/deadline_after.hpp - when a duration is over
#pragma once

#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/duration.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>

namespace tincan::inline abi0::detail {

/// The moment after a duration, on the bus's clock. One that is negative or not a number has passed
/// already, one that is too long never comes.
template <class Rep, class Period>
Nanoseconds deadlineAfter(BusCore const& bus,
                          std::chrono::duration<Rep, Period> duration) noexcept {
  Nanoseconds const most = detail::nanosecondsOf(duration);
  if (most == 0 || most == NoDeadline) return most;
  Nanoseconds const now = bus.now();
  return most < NoDeadline - now ? now + most : NoDeadline;
}

}  // namespace tincan::inline abi0::detail
