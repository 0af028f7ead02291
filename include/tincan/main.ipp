// tincan/main.ipp - the endpoint that every renderer talks to: the bodies
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/main.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE detail::FoundPeer Main::renderer(std::string_view name) const {
  auto found = core().bus->find(name, &core());
  if (found == nullptr) return std::nullopt;
  return detail::PeerAccess::make(std::move(found), checked());
}

TINCAN_INLINE std::vector<Peer> Main::renderers() const {
  std::vector<Peer> peers;
  for (auto& other : core().bus->endpoints()) {
    if (other.get() == &core()) continue;
    peers.push_back(detail::PeerAccess::make(std::move(other), checked()));
  }
  return peers;
}

}  // namespace tincan::inline abi0
