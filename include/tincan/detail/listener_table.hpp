// tincan/detail/listener_table.hpp - layer 6 - which listeners a channel has
//
//   Threads   The endpoint's.
//   Order     Listeners run in the order of registration.
//   Lifetime  A listener that is removed while messages are dispatched is not called any more, and
//             is destroyed once no dispatch is under way: it may be the one that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/arguments.hpp>
#include <tincan/detail/name_table.hpp>

namespace tincan {
class Event;
}

namespace tincan::detail {

struct ChannelEntry;
class ListenerTable;

struct ListenerNode {
  ListenerNode() = default;
  ListenerNode(ListenerNode const&) = delete;
  ListenerNode& operator=(ListenerNode const&) = delete;
  virtual ~ListenerNode() = default;

  /// Calls the listener. False, and it was not called, if it does not take these arguments.
  virtual bool call(Event& event, ArgumentsView const& arguments) = 0;
  virtual std::string parameters() const = 0;

  ListenerTable* table = nullptr;
  ChannelEntry* entry = nullptr;
  bool isOnce = false;
  bool isLive = true;
};

struct ChannelEntry {
  ChannelEntry(std::uint64_t h, std::string_view n) : hash(h), name(n) {}

  std::size_t count() const noexcept {
    std::size_t live = 0;
    for (auto const& node : listeners) live += node->isLive ? 1 : 0;
    return live;
  }

  std::uint64_t hash;
  std::string name;
  std::vector<std::shared_ptr<ListenerNode>> listeners;
};

class ListenerTable {
 public:
  ChannelEntry* find(std::uint64_t hash, std::string_view name) noexcept {
    if (places_.empty()) return nullptr;
    for (std::size_t at = hash & mask(); places_[at].entry != nullptr; at = (at + 1) & mask()) {
      ChannelEntry* const entry = places_[at].entry;
      if (places_[at].hash == hash && entry->name.size() == name.size() &&
          sameBytes(entry->name.data(), name.data(), name.size())) {
        return entry;
      }
    }
    return nullptr;
  }

  /// Changes when entries are destroyed: one that was found before may be used as long as it stays.
  std::uint64_t version() const noexcept { return version_; }

  ChannelEntry* find(ChannelName const& name) noexcept {
    return find(ChannelNameAccess::hash(name), name.name());
  }

  void add(ChannelName const& name, std::shared_ptr<ListenerNode> node) {
    ChannelEntry& entry = findOrAdd(name);
    node->table = this;
    node->entry = &entry;
    entry.listeners.push_back(std::move(node));
  }

  /// False if the node was removed before.
  bool remove(ListenerNode& node) {
    if (!node.isLive) return false;
    disarm(node);
    if (dispatching_ == 0) sweep();
    return true;
  }

  void removeAll(ChannelEntry& entry) {
    for (auto const& node : entry.listeners) {
      if (node->isLive) disarm(*node);
    }
    if (dispatching_ == 0) sweep();
  }

  void removeAll() {
    for (auto const& entry : entries_) {
      for (auto const& node : entry->listeners) {
        if (node->isLive) disarm(*node);
      }
    }
    if (dispatching_ == 0) sweep();
  }

  /// It will not be called again; destroyed once no dispatch is under way.
  void disarm(ListenerNode& node) {
    retired_.push_back(node.entry);
    node.isLive = false;
  }

  std::vector<std::string> channels() const {
    std::vector<std::string> names;
    for (auto const& entry : entries_) {
      if (entry->count() > 0) names.push_back(entry->name);
    }
    return names;
  }

  /// While one of these lives nothing is destroyed.
  class Dispatch {
   public:
    explicit Dispatch(ListenerTable& table) noexcept : table_(table) { ++table_.dispatching_; }
    ~Dispatch() {
      if (--table_.dispatching_ == 0 && table_.isUntidy()) table_.sweep();
    }
    Dispatch(Dispatch const&) = delete;
    Dispatch& operator=(Dispatch const&) = delete;

   private:
    ListenerTable& table_;
  };

 private:
  struct Bucket {
    std::uint64_t hash = 0;
    ChannelEntry* entry = nullptr;
  };

  std::size_t mask() const noexcept { return places_.size() - 1; }

  ChannelEntry& findOrAdd(ChannelName const& name) {
    if (ChannelEntry* const entry = find(name)) return *entry;
    if ((entries_.size() + 1) * 2 > places_.size()) grow();
    entries_.push_back(std::make_unique<ChannelEntry>(ChannelNameAccess::hash(name), name.name()));
    insert(entries_.back().get());
    return *entries_.back();
  }

  /// Channels come and go (a name for each reply): before the table grows, those without listeners
  /// leave it.
  void grow() {
    if (dispatching_ == 0) {
      std::erase_if(entries_, [](auto const& entry) { return entry->listeners.empty(); });
      ++version_;
    }
    mustShrink_ = dispatching_ != 0;
    std::size_t size = 16;
    while (size < (entries_.size() + 1) * 4) size *= 2;
    places_.assign(size, Bucket{});
    entries_.reserve(size / 2);
    for (auto const& entry : entries_) insert(entry.get());
  }

  void insert(ChannelEntry* entry) noexcept {
    std::size_t at = entry->hash & mask();
    while (places_[at].entry != nullptr) at = (at + 1) & mask();
    places_[at] = {entry->hash, entry};
  }

  bool isUntidy() const noexcept { return !retired_.empty() || mustShrink_; }

  void sweep() {
    if (!isUntidy()) return;
    // Destroyed at the end, when the table is whole: a destructor of captures may come back here.
    std::vector<std::shared_ptr<ListenerNode>> dead;
    for (ChannelEntry* entry : retired_) {
      std::erase_if(entry->listeners, [&](std::shared_ptr<ListenerNode>& node) {
        if (node->isLive) return false;
        dead.push_back(std::move(node));
        return true;
      });
    }
    retired_.clear();
    // The table has grown during a dispatch, when channels without listeners could not leave it.
    if (mustShrink_) grow();
  }

  bool mustShrink_ = false;
  std::uint64_t version_ = 1;
  std::vector<Bucket> places_;  // open addressing, at most half full
  std::vector<std::unique_ptr<ChannelEntry>> entries_;
  std::size_t dispatching_ = 0;
  std::vector<ChannelEntry*> retired_;  // those with a node that is no longer live
};

}  // namespace tincan::detail
