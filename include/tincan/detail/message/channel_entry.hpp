// tincan/detail/message/channel_entry.hpp - who takes what comes on one channel
//
//   Threads   The endpoint's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/base/shared_function.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/registration.hpp>

namespace tincan::inline abi0 {
class Peer;
}  // namespace tincan::inline abi0

namespace tincan::inline abi0::detail {

class ListenerTable;

/// Base of what is kept of the messages of a channel.
class KeptLast {
 public:
  KeptLast() = default;
  KeptLast(KeptLast const&) = delete;
  KeptLast& operator=(KeptLast const&) = delete;
  virtual ~KeptLast() = default;
};

/// The listeners and the handler of one channel.
struct ChannelEntry {
  using Admission = SharedFunction<bool(Peer const&)>;

  ChannelEntry(ListenerTable& owner, std::uint64_t h, std::string_view n)
      : table(&owner), hash(h), name(n) {}
  ChannelEntry(ChannelEntry const&) = delete;
  ChannelEntry& operator=(ChannelEntry const&) = delete;

  /// The number of listeners that are live.
  std::size_t count() const noexcept;

  /// Finds out what `alone` and `aloneHandler` are. To be called after every change of the listeners, of the
  /// handler, or of who is admitted.
  void changed() noexcept;

  /// Takes messages from those only for whom the function is true; null: from everybody.
  void admit(Admission admission) noexcept;

  /// The handler; null if there is none, or it has ended and may still run.
  HandlerNode* liveHandler() const noexcept {
    return handler != nullptr && !handler->hasEnded() ? handler.get() : nullptr;
  }

  /// True if the table may forget the channel.
  bool isUnused() const noexcept {
    return listeners.empty() && handler == nullptr && admits == nullptr && kept == nullptr;
  }

  std::string_view view() const noexcept { return name; }

  ListenerTable* table;
  std::uint64_t hash;
  std::string name;
  ChannelEntry* nextRetired = nullptr;
  bool isRetired = false;  // in that list: one of its nodes is no longer live
  Row<std::shared_ptr<ListenerNode>> listeners{};
  // What each listener takes as it is, message by message; null if they differ, or one is for once.
  ArgumentsOps const* exact = nullptr;
  // The listener, if there is one only, for everybody, and `exact` says what it takes.
  ListenerNode* alone = nullptr;
  std::shared_ptr<HandlerNode> handler{};
  // The handler, if it is for everybody and for more than one call, and takes what is exact as it is.
  HandlerNode* aloneHandler = nullptr;
  Owned<KeptLast>
      kept{};          // the last messages, for listeners that come later; null: they are not kept
  Admission admits{};  // from whom the channel takes messages; null: from everybody
};

}  // namespace tincan::inline abi0::detail
