// tincan/detail/endpoint/wake_hook.ipp - the function that wakes a loop which is not the endpoint's own: the bodies
#pragma once

#include <atomic>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/endpoint/wake_hook.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void WakeHook::mark(bool isSet, Notices& notices) noexcept {
  // relaxed: read by isSet(); the hook's own lock decides whom a call finds.
  isSet_.store(isSet, std::memory_order_relaxed);
  if (isSet) notices.add(Notices::Hooked);
  else notices.remove(Notices::Hooked);
}

}  // namespace tincan::inline abi0::detail
