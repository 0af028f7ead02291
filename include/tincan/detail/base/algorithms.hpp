// tincan/detail/base/algorithms.hpp - the algorithms that the core needs
//
// <algorithm> brings the ranges and the parallel algorithms along, and <functional> with its tables:
// a compiler spends a tenth of all that it spends on this library in them.
#pragma once

namespace tincan::inline abi0::detail {

template <class T>
constexpr T smallerOf(T one, T other) noexcept {
  return other < one ? other : one;
}
template <class T>
constexpr T largerOf(T one, T other) noexcept {
  return one < other ? other : one;
}

/// Whether `isIt` says so of a value. It is not asked about those behind that one.
template <class Values, class IsIt>
constexpr bool anyOf(Values&& values, IsIt&& isIt) {
  for (auto& one : values) {
    if (isIt(one)) return true;
  }
  return false;
}

}  // namespace tincan::inline abi0::detail
