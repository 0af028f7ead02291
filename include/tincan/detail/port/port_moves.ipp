// tincan/detail/port/port_moves.ipp - ports on their way into a message: the bodies
#pragma once

#include <compare>
#include <cstdlib>
#include <span>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE PortLocks::PortLocks(std::span<TwoEnds*> pairs) noexcept : pairs_(pairs) {
  // Not std::sort, which costs the compiler 10 ms.
  auto const order = [](void const* left, void const* right) {
    auto const* const one = *static_cast<TwoEnds* const*>(left);
    auto const* const other = *static_cast<TwoEnds* const*>(right);
    std::strong_ordering const is = std::compare_three_way()(one, other);
    return std::is_lt(is) ? -1 : std::is_gt(is) ? 1 : 0;
  };
  if (!pairs_.empty()) std::qsort(pairs_.data(), pairs_.size(), sizeof(TwoEnds*), order);
  each([](auto& mutex) { mutex.lock(); });
}

}  // namespace tincan::inline abi0::detail
