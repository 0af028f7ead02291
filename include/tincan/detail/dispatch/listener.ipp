// tincan/detail/dispatch/listener.ipp - a token for a listener or a handler that was registered: the bodies
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/api/listener.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE bool Listener::remove() const {
  auto const core = core_.lock();
  auto const node = node_.lock();
  if (core == nullptr || node == nullptr) return false;
  core->checkThread("remove");
  detail::removeNow(*core);
  return node->isLive && node->remove();
}

TINCAN_INLINE void Listener::removeFromAnywhere() const noexcept {
  auto const core = core_.lock();
  auto node = node_.lock();
  if (core == nullptr || node == nullptr) return;
  // One that nobody has polled yet another thread may be about to poll.
  if (!core->isHeldHere()) core->kept.keepRemoval(std::move(node), detail::threadState().clock);
  else if (node->isLive) node->remove();
}

TINCAN_INLINE bool Listener::isIn(std::shared_ptr<detail::EndpointCore> const& core,
                                  detail::ListenerTable const* table) const {
  auto const node = node_.lock();
  if (node == nullptr || !node->isLive || core_.lock() != core) return false;
  if (node->entry == nullptr) return table == &core->table;
  bool const isOfAny = node->entry->table == core->anyTable.get();
  return isOfAny ? table == &core->table : node->entry->table == table;
}

}  // namespace tincan::inline abi0
