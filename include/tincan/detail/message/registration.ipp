// tincan/detail/message/registration.ipp - a listener or a handler in a table: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/node_memory.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

/// The function of a registration, which lies behind it.
template <class Node>
void const* functionOf(Node const& node) noexcept {
  return reinterpret_cast<std::byte const*>(&node) +
         offsetBehind(sizeof(Node), node.ops.function.alignment);
}

/// True if a registration ends with an object, and that has ended.
template <class Node>
bool hasLostObject(Node const& node) noexcept {
  return node.isGuarded() && !node.ops.function.hasObject(functionOf(node));
}

TINCAN_INLINE std::shared_ptr<void const> ListenerNode::object() const noexcept {
  return ops.function.object(functionOf(*this));
}
TINCAN_INLINE bool ListenerNode::hasEnded() const noexcept {
  return !isLive || hasLostObject(*this);
}
TINCAN_INLINE std::shared_ptr<void const> HandlerNode::object() const noexcept {
  return ops.function.object(functionOf(*this));
}
TINCAN_INLINE bool HandlerNode::hasEnded() const noexcept {
  return !isLive || hasLostObject(*this);
}

TINCAN_INLINE bool Registration::remove() noexcept { return entry->table->remove(*this); }

TINCAN_INLINE DeadList::~DeadList() {
  while (first_ != nullptr) {
    std::shared_ptr<Registration> next = std::move(first_->nextDead);
    first_.swap(next);
  }
}

TINCAN_INLINE void DeadList::add(std::shared_ptr<Registration> node) noexcept {
  node->nextDead = std::move(first_);
  first_ = std::move(node);
}

}  // namespace tincan::inline abi0::detail
