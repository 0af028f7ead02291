// tincan/renderer.ipp - an endpoint that talks to main: the bodies
#pragma once

#include <optional>
#include <string_view>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/peer.hpp>
#include <tincan/renderer.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE Peer Renderer::main() const {
  core();
  return detail::PeerAccess::make(main_, checked());
}

TINCAN_INLINE detail::FoundPeer Renderer::peer(std::string_view name) const {
  auto found = core().bus->find(name, main_.get());
  if (found == nullptr) return std::nullopt;
  return detail::PeerAccess::make(std::move(found), checked());
}

TINCAN_INLINE void Renderer::close() {
  core().checkThread("close");
  auto const keep = checked();
  keep->closeHere();
}

}  // namespace tincan::inline abi0
