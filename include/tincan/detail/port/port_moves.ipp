// tincan/detail/port/port_moves.ipp - ports on their way into a message: the bodies
#pragma once

#include <algorithm>
#include <functional>
#include <span>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE PortLocks::PortLocks(std::span<TwoEnds*> pairs) noexcept : pairs_(pairs) {
  std::sort(pairs_.begin(), pairs_.end(), std::less<TwoEnds*>());
  each([](auto& mutex) { mutex.lock(); });
}

}  // namespace tincan::inline abi0::detail
