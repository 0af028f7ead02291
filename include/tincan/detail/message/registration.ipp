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

/// Holds the object that a registration ends with, whose function lies behind it.
template <class Node>
std::shared_ptr<void const> objectOf(Node const& node) noexcept {
  FunctionOps const& function = node.ops.function;
  return function.object(reinterpret_cast<std::byte const*>(&node) +
                         offsetBehind(sizeof(Node), function.alignment));
}

TINCAN_INLINE std::shared_ptr<void const> ListenerNode::object() const noexcept {
  return objectOf(*this);
}
TINCAN_INLINE bool ListenerNode::hasEnded() const noexcept {
  return !isLive || (isGuarded() && object() == nullptr);
}
TINCAN_INLINE std::shared_ptr<void const> HandlerNode::object() const noexcept {
  return objectOf(*this);
}
TINCAN_INLINE bool HandlerNode::hasEnded() const noexcept {
  return !isLive || (isGuarded() && object() == nullptr);
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
