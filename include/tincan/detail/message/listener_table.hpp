// tincan/detail/message/listener_table.hpp - who listens to a channel and who handles its calls
//
//   Threads   The endpoint's.
//   Order     Listeners run in the order of registration.
//   Progress  What adds something allocates, and has done nothing when that fails. What removes, and
//             the end of a dispatch, allocates nothing.
//   Lifetime  What is removed while messages are dispatched is not called any more, and is
//             destroyed once no dispatch is under way: it may be the one that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/name_index.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0::detail {

class ListenerTable {
 public:
  /// Makes an empty table. `version` changes when entries come or go: what was found before may be used
  /// as long as it stays.
  explicit ListenerTable(std::uint64_t& version) noexcept : version_(version) {}
  ListenerTable(ListenerTable const&) = delete;
  ListenerTable& operator=(ListenerTable const&) = delete;
  ~ListenerTable() {
    // Somebody may hold a node, and ask it where it belongs.
    for (auto const& entry : entries_) {
      for (auto const& node : entry->listeners) node->isLive = false;
      if (entry->handler != nullptr) entry->handler->isLive = false;
    }
  }

  /// The entry of that name, or null.
  ChannelEntry* find(std::uint64_t hash, std::string_view name) noexcept {
    return index_.find(hash, name);
  }

  ChannelEntry* find(ChannelName const& name) noexcept {
    return find(ChannelNameAccess::hash(name), name.name());
  }

  /// Adds a listener behind the others of the channel. Throws std::bad_alloc.
  void add(ChannelName const& name, std::shared_ptr<ListenerNode> node) {
    ChannelEntry& entry = findOrAdd(name);
    node->entry = &entry;
    ArgumentsOps const* const exact = node->isOnce ? nullptr : node->exact;
    bool const isFirst = entry.listeners.empty();
    // If this throws, the entry is one that is not used.
    entry.listeners.push_back(std::move(node));
    entry.exact = isFirst || entry.exact == exact ? exact : nullptr;
    entry.changed();
  }

  /// Sets the handler of a channel that has none. Throws std::bad_alloc.
  void setHandler(ChannelName const& name, std::shared_ptr<HandlerNode> node) {
    ChannelEntry& entry = findOrAdd(name);
    node->entry = &entry;
    // One that was removed and may still run.
    if (entry.handler != nullptr) replaced_.add(std::move(entry.handler));
    entry.handler = std::move(node);
  }

  /// The entry of that name, made if there is none. Throws std::bad_alloc.
  ChannelEntry& findOrAdd(ChannelName const& name) {
    if (ChannelEntry* const entry = find(name)) return *entry;
    if (!index_.hasRoom()) grow();
    if (entries_.size() == entries_.capacity()) entries_.reserve(entries_.size() * 2 + 8);
    auto entry = std::make_unique<ChannelEntry>(*this, ChannelNameAccess::hash(name), name.name());
    index_.insert(entry.get());
    entries_.push_back(std::move(entry));  // there is room
    ++version_;
    return *entries_.back();
  }

  /// Removes a listener or a handler. False if it was removed before.
  bool remove(Registration& node) noexcept {
    if (!node.isLive) return false;
    disarm(node);
    if (dispatching_ == 0) sweep();
    return true;
  }

  /// Removes the listeners of one channel.
  void removeAll(ChannelEntry& entry) noexcept {
    for (auto const& node : entry.listeners) {
      if (node->isLive) disarm(*node);
    }
    if (dispatching_ == 0) sweep();
  }

  /// Removes all listeners. Handlers stay.
  void removeAll() noexcept {
    for (auto const& entry : entries_) {
      for (auto const& node : entry->listeners) {
        if (node->isLive) disarm(*node);
      }
    }
    if (dispatching_ == 0) sweep();
  }

  /// Removes everything, for the end: listeners, handlers and admissions.
  void clear() noexcept {
    DeferDestruction const whole(
        this);  // captures that end here may come back: no entry leaves meanwhile
    for (std::size_t i = 0; i < entries_.size(); ++i) {
      ChannelEntry& entry = *entries_[i];
      if (entry.liveHandler() != nullptr) disarm(*entry.handler);
      if (entry.admits != nullptr) entry.admit(nullptr);
    }
    removeAll();
  }

  /// Sees to it that the node is not called again, and is destroyed once no dispatch is under way.
  [[gnu::noinline]] void disarm(Registration& node) noexcept {
    ChannelEntry& entry = *node.entry;
    node.isLive = false;
    entry.changed();
    isUntidy_ = true;
    if (std::exchange(entry.isRetired, true)) return;
    entry.nextRetired = std::exchange(retired_, &entry);
  }

  /// The names of the channels that have a listener.
  std::vector<std::string> channels() const {
    std::vector<std::string> names;
    for (auto const& entry : entries_) {
      if (entry->count() > 0) names.push_back(entry->name);
    }
    return names;
  }

  /// Destroys what was removed, if the dispatch that calls this is the only one, and between two
  /// messages.
  [[gnu::always_inline]] void sweepBetween() noexcept {
    if (isUntidy_ && dispatching_ == 1) [[unlikely]]
      sweepWithin();
  }

  /// Keeps a table from destroying anything as long as it lives: a dispatch. For no table (null) it does
  /// nothing.
  class DeferDestruction {
   public:
    explicit DeferDestruction(ListenerTable* table) noexcept : table_(table) {
      if (table_ != nullptr) ++table_->dispatching_;
    }
    [[gnu::always_inline]] ~DeferDestruction() {
      if (table_ != nullptr && --table_->dispatching_ == 0 && table_->isUntidy_) [[unlikely]]
        table_->sweep();
    }
    DeferDestruction(DeferDestruction const&) = delete;
    DeferDestruction& operator=(DeferDestruction const&) = delete;

   private:
    ListenerTable* table_;
  };

 private:
  /// Makes a larger index. Channels come and go (a name for each reply), so those that are not used
  /// leave. Throws std::bad_alloc, and then nothing has happened.
  void grow() {
    bool const mayLeave = dispatching_ == 0;
    auto const stays = [&](ChannelEntry const& entry) { return !mayLeave || !entry.isUnused(); };
    std::size_t count = 0;
    for (auto const& entry : entries_) count += stays(*entry) ? 1 : 0;
    NameIndex<ChannelEntry> larger(count + 1);
    for (auto const& entry : entries_) {
      if (stays(*entry)) larger.insert(entry.get());
    }
    // Nothing fails any more.
    index_ = std::move(larger);
    if (mayLeave && count != entries_.size()) {
      std::erase_if(entries_, [&](auto const& entry) { return !stays(*entry); });
      ++version_;
    }
    mustShrink_ = !mayLeave;
    isUntidy_ = isUntidy_ || mustShrink_;
  }

  [[gnu::noinline]] void sweepWithin() noexcept {
    dispatching_ = 0;
    sweep();
    ++dispatching_;
  }

  /// Destroys what was removed. No dispatch is under way.
  [[gnu::noinline]] void sweep() noexcept {
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

  /// Takes out of the table what is no longer live.
  DeadList takeDead() noexcept {
    DeadList dead = std::move(replaced_);
    while (retired_ != nullptr) {
      ChannelEntry& entry = *retired_;
      retired_ = std::exchange(entry.nextRetired, nullptr);
      entry.isRetired = false;
      if (entry.handler != nullptr && !entry.handler->isLive) dead.add(std::move(entry.handler));
      std::erase_if(entry.listeners, [&](std::shared_ptr<ListenerNode>& node) {
        if (node->isLive) return false;
        dead.add(std::move(node));
        return true;
      });
      entry.changed();
    }
    return dead;
  }

  bool mustShrink_ = false;
  bool isUntidy_ = false;  // something is retired, replaced, or must shrink
  std::uint64_t& version_;
  NameIndex<ChannelEntry> index_;
  std::vector<std::unique_ptr<ChannelEntry>> entries_;
  std::size_t dispatching_ = 0;
  ChannelEntry* retired_ = nullptr;  // those with a node that is no longer live
  DeadList replaced_;                // handlers that may still run
};

}  // namespace tincan::inline abi0::detail
