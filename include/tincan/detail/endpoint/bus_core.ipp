// tincan/detail/endpoint/bus_core.ipp - what the endpoints of one bus share: the bodies
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/first_lines.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/error.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::shared_ptr<Tap> BusCore::tap() const {
  // acquire: pairs with the releases in tapBy() and untap().
  if (!isTapped_.load(std::memory_order_acquire)) return nullptr;
  std::lock_guard const lock(mutex_);
  return tap_;
}

}  // namespace tincan::inline abi0::detail
