// tincan/detail/api/peer.ipp - a handle to an endpoint: the bodies
#pragma once

#include <cstdint>
#include <string_view>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE bool Peer::alive() const noexcept {
  if (core_ == nullptr) return false;
  detail::noteCall(*core_->bus);
  detail::noteLife(*core_);
  bool const isAlive = core_->isAlive();
  detail::noteLooked(detail::threadState().current, *core_, detail::LookedAt::Life, isAlive);
  return isAlive;
}

TINCAN_INLINE detail::Route Peer::route(std::string_view verb) const {
  if (core_ == nullptr) return {detail::SendingAs(), nullptr};
  return {detail::SendingAs(from_, core_->bus, verb), core_.get()};
}

}  // namespace tincan::inline abi0
