// tincan/detail/message/listener_table.ipp - who listens to a channel and who handles its calls: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/name_index.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE ListenerTable::~ListenerTable() {
  // Somebody may hold a node, and ask it where it belongs.
  for (auto const& entry : entries_) {
    for (auto const& node : entry->listeners) node->isLive = false;
    if (entry->handler != nullptr) entry->handler->isLive = false;
  }
}

TINCAN_INLINE void ListenerTable::add(ChannelName const& name, std::shared_ptr<ListenerNode> node) {
  ChannelEntry& entry = findOrAdd(name);
  node->entry = &entry;
  ArgumentsOps const* const exact = node->isOnce || node->isGuarded() ? nullptr : node->exact;
  bool const isFull = entry.listeners.size() == entry.listeners.capacity();
  // They end last: what ends with them may come back here, and forget an entry that is not used.
  DeadList const dead = isFull ? takeThoseWithoutObject(entry) : DeadList();
  bool const isFirst = entry.listeners.empty();
  // If this throws, the entry is one that is not used.
  entry.listeners.push_back(std::move(node));
  entry.exact = isFirst || entry.exact == exact ? exact : nullptr;
  entry.changed();
}

TINCAN_INLINE DeadList ListenerTable::takeThoseWithoutObject(ChannelEntry& entry) noexcept {
  for (auto const& node : entry.listeners) {
    if (node->isLive && node->hasEnded()) disarm(*node);
  }
  return dispatching_ == 0 && entry.isRetired ? takeDead() : DeadList();
}

TINCAN_INLINE void ListenerTable::setHandler(ChannelName const& name,
                                             std::shared_ptr<HandlerNode> node) {
  ChannelEntry& entry = findOrAdd(name);
  node->entry = &entry;
  // One that has ended and may still run.
  if (entry.handler != nullptr) {
    entry.handler->isLive = false;
    replaced_.add(std::move(entry.handler));
    isUntidy_ = true;
  }
  entry.handler = std::move(node);
  entry.changed();
}

TINCAN_INLINE ChannelEntry& ListenerTable::findOrAdd(ChannelName const& name) {
  if (ChannelEntry* const entry = find(name)) return *entry;
  if (!index_.hasRoom()) grow();
  if (entries_.size() == entries_.capacity()) entries_.reserve(entries_.size() * 2 + 8);
  auto entry = Owned<ChannelEntry>::make(*this, ChannelNameAccess::hash(name), name.name());
  index_.insert(entry.get());
  entries_.push_back(std::move(entry));  // there is room
  ++version_;
  return *entries_.back();
}

TINCAN_INLINE bool ListenerTable::remove(Registration& node) noexcept {
  if (!node.isLive) return false;
  bool const wasThere = !node.hasEnded();
  disarm(node);
  if (dispatching_ == 0) sweep();
  return wasThere;
}

TINCAN_INLINE void ListenerTable::removeAll(ChannelEntry& entry) noexcept {
  for (auto const& node : entry.listeners) {
    if (node->isLive) disarm(*node);
  }
  if (dispatching_ == 0) sweep();
}

TINCAN_INLINE void ListenerTable::removeAll() noexcept {
  for (auto const& entry : entries_) {
    for (auto const& node : entry->listeners) {
      if (node->isLive) disarm(*node);
    }
  }
  if (dispatching_ == 0) sweep();
}

TINCAN_INLINE void ListenerTable::clear() noexcept {
  DeferDestruction const whole(
      this);  // captures that end here may come back: no entry leaves meanwhile
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    ChannelEntry& entry = *entries_[i];
    if (entry.handler != nullptr && entry.handler->isLive) disarm(*entry.handler);
    if (entry.admits != nullptr) entry.admit(nullptr);
    auto const kept = std::move(entry.kept);  // what ends with it may come back here
  }
  removeAll();
}

[[gnu::noinline]] TINCAN_INLINE void ListenerTable::disarm(Registration& node) noexcept {
  ChannelEntry& entry = *node.entry;
  node.isLive = false;
  entry.changed();
  isUntidy_ = true;
  if (std::exchange(entry.isRetired, true)) return;
  entry.nextRetired = std::exchange(retired_, &entry);
}

TINCAN_INLINE std::vector<std::string> ListenerTable::channels() const {
  std::vector<std::string> names;
  for (auto const& entry : entries_) {
    if (entry->count() > 0) names.push_back(entry->name);
  }
  return names;
}

TINCAN_INLINE void ListenerTable::grow() {
  bool const mayLeave = dispatching_ == 0;
  auto const stays = [&](ChannelEntry const& entry) { return !mayLeave || !entry.isUnused(); };
  std::size_t count = 0;
  for (auto const& entry : entries_) count += stays(*entry) ? 1U : 0U;
  NameIndex<ChannelEntry> larger(count + 1);
  for (auto const& entry : entries_) {
    if (stays(*entry)) larger.insert(entry.get());
  }
  // Nothing fails any more.
  index_ = std::move(larger);
  if (mayLeave && count != entries_.size()) {
    entries_.eraseIf([&](auto const& entry) { return !stays(*entry); });
    ++version_;
  }
  mustShrink_ = !mayLeave;
  isUntidy_ = isUntidy_ || mustShrink_;
}

[[gnu::noinline]] TINCAN_INLINE void ListenerTable::sweepWithin() noexcept {
  dispatching_ = 0;
  sweep();
  ++dispatching_;
}

[[gnu::noinline]] TINCAN_INLINE void ListenerTable::sweep() noexcept {
  if (!isUntidy_) return;
  isUntidy_ = false;
  // Destroyed at the end, when the table is whole: a destructor of captures may come back here.
  DeadList const dead = takeDead();
  // The index has grown during a dispatch, when channels without listeners could not leave it.
  if (!std::exchange(mustShrink_, false)) return;
  try {
    grow();
  } catch (std::bad_alloc const&) {
    // They leave when it grows the next time.
  }
}

TINCAN_INLINE DeadList ListenerTable::takeDead() noexcept {
  DeadList dead = std::move(replaced_);
  while (retired_ != nullptr) {
    ChannelEntry& entry = *retired_;
    retired_ = std::exchange(entry.nextRetired, nullptr);
    entry.isRetired = false;
    if (entry.handler != nullptr && !entry.handler->isLive) dead.add(std::move(entry.handler));
    entry.listeners.eraseIf([&](std::shared_ptr<ListenerNode>& node) {
      if (node->isLive) return false;
      dead.add(std::move(node));
      return true;
    });
    entry.changed();
  }
  return dead;
}

}  // namespace tincan::inline abi0::detail
