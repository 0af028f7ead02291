// tincan/detail/endpoint/outbox.ipp - the lanes from one endpoint to others: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/outbox.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE AddressMap<Outbox::Hold> Outbox::takeAll() noexcept {
  forgetRecent();
  spare_ = nullptr;
  return std::exchange(lanes_, {});
}

[[gnu::noinline]] TINCAN_INLINE MessageLane* Outbox::findAll(EndpointCore const& to) noexcept {
  Hold const* const lane = lanes_.find(&to);
  if (lane == nullptr) return nullptr;
  recent_[place(&to)] = {&to, lane->get()};
  return lane->get();
}

}  // namespace tincan::inline abi0::detail
