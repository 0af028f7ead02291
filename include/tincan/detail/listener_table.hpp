// tincan/detail/listener_table.hpp - layer 6 - who listens to a channel and who handles its calls
//
//   Threads   The endpoint's.
//   Order     Listeners run in the order of registration.
//   Lifetime  What is removed while messages are dispatched is not called any more, and is
//             destroyed once no dispatch is under way: it may be the one that runs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
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
class Peer;
}  // namespace tincan

namespace tincan::detail {

struct ChannelEntry;
class ListenerTable;

struct Invocation;

/// A listener or a handler.
struct Registration {
  Registration() = default;
  Registration(Registration const&) = delete;
  Registration& operator=(Registration const&) = delete;
  virtual ~Registration() = default;

  /// What it takes, for people.
  virtual std::string parameters() const = 0;

  ChannelEntry* entry = nullptr;
  bool isOnce = false;
  bool isLive = true;
};

struct ListenerNode : Registration {
  explicit ListenerNode(ArgumentsOps const* ops) noexcept : exact(ops) {}

  /// Calls the listener. False, and it was not called, if it does not take these arguments.
  virtual bool call(Event& event, ArgumentsView const& arguments) = 0;
  /// The same for arguments that are `exact`, of a listener for more than one message.
  virtual void callExactly(Event& event, void* at) = 0;

  ArgumentsOps const* const exact;  // the arguments that need no fitting
};

struct HandlerNode : Registration, std::enable_shared_from_this<HandlerNode> {
  /// Calls the handler, and answers or promises to. False, and it was not called, if it does not
  /// take the arguments. What the handler throws, leaves.
  virtual bool call(Invocation const& invocation) = 0;
};

struct ChannelEntry {
  using Admission = std::shared_ptr<std::function<bool(Peer const&)> const>;

  ChannelEntry(ListenerTable& owner, std::uint64_t h, std::string_view n)
      : table(&owner), hash(h), name(n) {}

  std::size_t count() const noexcept {
    std::size_t live = 0;
    for (auto const& node : listeners) live += node->isLive ? 1 : 0;
    return live;
  }

  /// After every change of the listeners or of who is admitted.
  void changed() noexcept {
    bool const isAlone = listeners.size() == 1 && admits == nullptr && exact != nullptr;
    alone = isAlone && listeners.front()->isLive ? listeners.front().get() : nullptr;
  }

  void admit(Admission admission) noexcept {
    admits.swap(admission);
    changed();
  }

  HandlerNode* liveHandler() const noexcept {
    return handler != nullptr && handler->isLive ? handler.get() : nullptr;
  }

  bool isUnused() const noexcept {
    return listeners.empty() && handler == nullptr && admits == nullptr;
  }

  ListenerTable* table;
  std::uint64_t hash;
  std::string name;
  std::vector<std::shared_ptr<ListenerNode>> listeners;
  // What each listener takes as it is, message by message; null if they differ, or one is for once.
  ArgumentsOps const* exact = nullptr;
  // The listener, if there is one only, for everybody, and `exact` says what it takes.
  ListenerNode* alone = nullptr;
  std::shared_ptr<HandlerNode> handler;
  Admission admits;  // from whom the channel takes messages; null: from everybody
};

class ListenerTable {
 public:
  /// `version` changes when entries come or go: what was found before may be used as long as it
  /// stays.
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

  ChannelEntry* find(ChannelName const& name) noexcept {
    return find(ChannelNameAccess::hash(name), name.name());
  }

  void add(ChannelName const& name, std::shared_ptr<ListenerNode> node) {
    ChannelEntry& entry = findOrAdd(name);
    node->entry = &entry;
    ArgumentsOps const* const exact = node->isOnce ? nullptr : node->exact;
    bool const isFirst = entry.listeners.empty();
    entry.listeners.push_back(std::move(node));
    entry.exact = isFirst || entry.exact == exact ? exact : nullptr;
    entry.changed();
  }

  /// The channel has no handler.
  void setHandler(ChannelName const& name, std::shared_ptr<HandlerNode> node) {
    ChannelEntry& entry = findOrAdd(name);
    node->entry = &entry;
    // One that was removed and may still run.
    if (entry.handler != nullptr) replaced_.push_back(std::move(entry.handler));
    entry.handler = std::move(node);
  }

  ChannelEntry& findOrAdd(ChannelName const& name) {
    if (ChannelEntry* const entry = find(name)) return *entry;
    if ((entries_.size() + 1) * 2 > places_.size()) grow();
    entries_.push_back(
        std::make_unique<ChannelEntry>(*this, ChannelNameAccess::hash(name), name.name()));
    insert(entries_.back().get());
    ++version_;
    return *entries_.back();
  }

  /// False if the node was removed before.
  bool remove(Registration& node) {
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

  /// Handlers stay.
  void removeAll() {
    for (auto const& entry : entries_) {
      for (auto const& node : entry->listeners) {
        if (node->isLive) disarm(*node);
      }
    }
    if (dispatching_ == 0) sweep();
  }

  /// For the end: handlers and admissions, too.
  void clear() {
    std::vector<ChannelEntry::Admission> admissions;  // destroyed when the table is whole
    for (auto const& entry : entries_) {
      if (entry->liveHandler() != nullptr) disarm(*entry->handler);
      if (entry->admits != nullptr) admissions.push_back(std::move(entry->admits));
    }
    removeAll();
  }

  /// It will not be called again; destroyed once no dispatch is under way.
  [[gnu::noinline]] void disarm(Registration& node) {
    retired_.push_back(node.entry);
    isUntidy_ = true;
    node.isLive = false;
    node.entry->changed();
  }

  std::vector<std::string> channels() const {
    std::vector<std::string> names;
    for (auto const& entry : entries_) {
      if (entry->count() > 0) names.push_back(entry->name);
    }
    return names;
  }

  /// While one of these lives nothing is destroyed. Of no table (null) it does nothing.
  class Dispatch {
   public:
    explicit Dispatch(ListenerTable* table) noexcept : table_(table) {
      if (table_ != nullptr) ++table_->dispatching_;
    }
    [[gnu::always_inline]] ~Dispatch() {
      if (table_ != nullptr && --table_->dispatching_ == 0 && table_->isUntidy_) [[unlikely]]
        table_->sweep();
    }
    Dispatch(Dispatch const&) = delete;
    Dispatch& operator=(Dispatch const&) = delete;

   private:
    ListenerTable* table_;
  };

 private:
  struct Bucket {
    std::uint64_t hash = 0;
    ChannelEntry* entry = nullptr;
  };

  std::size_t mask() const noexcept { return places_.size() - 1; }

  /// Channels come and go (a name for each reply): before the table grows, those that are not used
  /// leave it.
  void grow() {
    if (dispatching_ == 0) {
      std::erase_if(entries_, [](auto const& entry) { return entry->isUnused(); });
      ++version_;
    }
    mustShrink_ = dispatching_ != 0;
    isUntidy_ = isUntidy_ || mustShrink_;
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

  [[gnu::noinline]] void sweep() {
    if (!isUntidy_) return;
    isUntidy_ = false;
    // Destroyed at the end, when the table is whole: a destructor of captures may come back here.
    std::vector<std::shared_ptr<Registration>> dead = std::exchange(replaced_, {});
    for (ChannelEntry* entry : retired_) {
      if (entry->handler != nullptr && !entry->handler->isLive) {
        dead.push_back(std::move(entry->handler));
      }
      std::erase_if(entry->listeners, [&](std::shared_ptr<ListenerNode>& node) {
        if (node->isLive) return false;
        dead.push_back(std::move(node));
        return true;
      });
      entry->changed();
    }
    retired_.clear();
    // The table has grown during a dispatch, when channels without listeners could not leave it.
    if (mustShrink_) grow();
  }

  bool mustShrink_ = false;
  bool isUntidy_ = false;  // something is retired, or must shrink
  std::uint64_t& version_;
  std::vector<Bucket> places_;  // open addressing, at most half full
  std::vector<std::unique_ptr<ChannelEntry>> entries_;
  std::size_t dispatching_ = 0;
  std::vector<ChannelEntry*> retired_;  // those with a node that is no longer live
  std::vector<std::shared_ptr<Registration>> replaced_;
};

}  // namespace tincan::detail
