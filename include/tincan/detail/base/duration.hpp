// tincan/detail/base/duration.hpp - a duration of any kind as nanoseconds
#pragma once

#include <ratio>
#include <type_traits>

#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// Converts a duration, saturated: 0 for what is negative or not a number, NoDeadline for what is
/// longer than a century, and at least 1 for what is positive.
template <class Rep, class Period>
constexpr Nanoseconds nanosecondsOf(std::chrono::duration<Rep, Period> duration) noexcept {
  using Seconds = std::chrono::duration<long double>;
  // Asked this way round, since a comparison with something that is not a number is false.
  if (!(duration > duration.zero())) return 0;
  if (Seconds(duration) >= Seconds(4.0e9L)) return NoDeadline;
  if constexpr (std::is_integral_v<Rep> && std::ratio_divide<Period, std::nano>::den == 1) {
    return static_cast<Nanoseconds>(duration.count()) * std::ratio_divide<Period, std::nano>::num;
  } else {  // by whole numbers the product with an odd ratio could overflow
    auto const whole = static_cast<Nanoseconds>(Seconds(duration).count() * 1.0e9L);
    return whole == 0 ? 1 : whole;
  }
}

}  // namespace tincan::inline abi0::detail
