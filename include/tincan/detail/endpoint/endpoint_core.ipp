// tincan/detail/endpoint/endpoint_core.ipp - one endpoint behind its handles: the bodies
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool EndpointCore::isInParent() const noexcept {
  if (Party::isInParent()) return true;
  // acquire: pairs with the release of the one who starts its thread.
  std::uint32_t const spawned = spawnedIn.load(std::memory_order_acquire);
  return spawned != 0 && spawned != process().forks.generation() + 1 && owner() == nullptr &&
         bus->driver() == nullptr;
}

TINCAN_INLINE bool EndpointCore::isOver() const noexcept {
  return isClosed() || isInParent() || (named && named->isClosed());
}

TINCAN_INLINE bool EndpointCore::isHeldHere() const noexcept {
  if (bus->driver() != nullptr) return !isReleased() && bus->driver()->ownership.isOwn(*this);
  ThreadToken const* const own = threadState().token;
  if (own == nullptr) return false;
  ThreadToken const* const thread = owner();
  // acquire: pairs with the release in settleHere(): what the one to whom it belonged did before is
  // visible to the one who finds that it does no more.
  return thread == own || (thread == nullptr && settledBy() == own);
}

TINCAN_INLINE ThreadToken const* EndpointCore::settledBy() const noexcept {
  // acquire: pairs with the release in settleHere().
  return settler.load(std::memory_order_acquire);
}

TINCAN_INLINE ThreadToken const* EndpointCore::lastThread() const noexcept {
  ThreadToken const* const bound = owner();
  return bound != nullptr ? bound : settledBy();
}

}  // namespace tincan::inline abi0::detail
