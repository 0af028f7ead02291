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
#include <string>
#include <string_view>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/name_index.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
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
  ~ListenerTable();

  /// The entry of that name, or null.
  ChannelEntry* find(std::uint64_t hash, std::string_view name) noexcept {
    return index_.find(hash, name);
  }

  ChannelEntry* find(ChannelName const& name) noexcept {
    return find(ChannelNameAccess::hash(name), name.name());
  }

  /// Adds a listener behind the others of the channel. Throws std::bad_alloc.
  void add(ChannelName const& name, std::shared_ptr<ListenerNode> node);

  /// Sets the handler of a channel that has none. Throws std::bad_alloc.
  void setHandler(ChannelName const& name, std::shared_ptr<HandlerNode> node);

  /// The entry of that name, made if there is none. Throws std::bad_alloc.
  ChannelEntry& findOrAdd(ChannelName const& name);

  /// Removes a listener or a handler. False if it was removed before.
  bool remove(Registration& node) noexcept;

  /// Removes the listeners of one channel.
  void removeAll(ChannelEntry& entry) noexcept;

  /// Removes all listeners. Handlers stay.
  void removeAll() noexcept;

  /// Removes everything, for the end: listeners, handlers and admissions.
  void clear() noexcept;

  /// Sees to it that the node is not called again, and is destroyed once no dispatch is under way.
  void disarm(Registration& node) noexcept;

  /// The names of the channels that have a listener.
  std::vector<std::string> channels() const;

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
  /// Takes the listeners of that channel that have ended with their objects out of the table, if no dispatch is under
  /// way.
  [[nodiscard]] DeadList takeThoseWithoutObject(ChannelEntry& entry) noexcept;

  /// Makes a larger index. Channels come and go (a name for each reply), so those that are not used
  /// leave. Throws std::bad_alloc, and then nothing has happened.
  void grow();

  void sweepWithin() noexcept;

  /// Destroys what was removed. No dispatch is under way.
  void sweep() noexcept;

  /// Takes out of the table what is no longer live.
  DeadList takeDead() noexcept;

  bool mustShrink_ = false;
  bool isUntidy_ = false;  // something is retired, replaced, or must shrink
  std::uint64_t& version_;
  NameIndex<ChannelEntry> index_{};
  Row<Owned<ChannelEntry>> entries_{};
  std::size_t dispatching_ = 0;
  ChannelEntry* retired_ = nullptr;  // those with a node that is no longer live
  DeadList replaced_{};              // handlers that may still run
};

}  // namespace tincan::inline abi0::detail
