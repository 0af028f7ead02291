// tincan/detail/message/bounds.ipp - how many messages of one sender may wait in an inbox: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/inbox_options.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Owned<LaneBounds> LaneBounds::make(InboxOptions const& options,
                                                 std::shared_ptr<Tap> tap) {
  if (options.capacity == 0 && options.highWater == 0 && tap == nullptr) return nullptr;
  return Owned<LaneBounds>::make(options, std::move(tap));
}

}  // namespace tincan::inline abi0::detail
