// tincan/detail/endpoint/bus_core.ipp - what the endpoints of one bus share: the bodies
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::shared_ptr<Tap> BusCore::tap() const {
  // acquire: pairs with the releases in tapBy() and untap().
  if (!isTapped_.load(std::memory_order_acquire)) return nullptr;
  std::lock_guard const lock(mutex_);
  return tap_;
}

}  // namespace tincan::inline abi0::detail
