// tincan/detail/message/bounds.ipp - how many messages of one sender may wait in an inbox: the bodies
#pragma once

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/inbox_options.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Owned<LaneBounds> LaneBounds::make(InboxOptions const& options) {
  if (options.capacity == 0 && options.highWater == 0) return nullptr;
  return Owned<LaneBounds>::make(options);
}

}  // namespace tincan::inline abi0::detail
