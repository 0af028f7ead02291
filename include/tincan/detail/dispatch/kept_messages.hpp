// tincan/detail/dispatch/kept_messages.hpp - the last messages of a channel, for listeners that come later
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

/// One message whose listeners have been called.
///
///   Threads   The endpoint's.
class KeptMessage {
 public:
  /// Throws std::bad_alloc.
  KeptMessage(Peer const& from, NameRecord const& channel, std::uint64_t number)
      : sender(from), name(makeRecord(channel.name(), false)), turn(number) {}
  KeptMessage(KeptMessage const&) = delete;
  KeptMessage& operator=(KeptMessage const&) = delete;
  ~KeptMessage() {
    if (arguments.ops != nullptr && arguments.ops->destroy != nullptr) {
      arguments.ops->destroy(arguments.at);
    }
  }

  /// Takes the arguments of a message, which has none or only moved ones from now on.
  void take(ArgumentsView& from) noexcept;

  Peer const sender;
  Owned<NameRecord const, DeleteRecord> const name;
  std::uint64_t const turn;  // see KeptMessages::beginTurn()
  ArgumentsView arguments{nullptr, nullptr};

 private:
  alignas(CacheLine) std::byte storage_[InPlace];
};

/// The last message of a channel, and the last one of each sender.
///
///   Threads   The endpoint's.
class KeptMessages final : public KeptLast {
 public:
  using Message = std::shared_ptr<KeptMessage>;

  /// Numbers a message whose listeners are about to be called.
  std::uint64_t beginTurn() noexcept { return ++turns_; }

  /// Keeps a message of that lane, unless one that was handled inside of it is kept: that has come later. Without
  /// memory the one before stays. Returns what it has made, or null. What is not kept any more ends last: it may come
  /// back here.
  Message keep(MessageLane const& lane, NameRecord const& channel, ArgumentsView& arguments,
               std::uint64_t turn) noexcept;

  /// The last message; of that sender, if it is not null. Null: there is none.
  Message last(EndpointCore const* sender) noexcept;

 private:
  AddressMap<Message> bySender_;  // but for some that are closed
  Message last_;
  std::uint64_t turns_ = 0;
};

/// What hands the last message of the channel to a listener that is about to be added, for the endpoint's next poll;
/// null: there is none, or they are not kept. `sender`: of those of the scope that the listener is in; null: of all.
/// Throws std::bad_alloc.
[[nodiscard]] TaskPtr makeLateDelivery(EndpointCore& core, ChannelName const& channel,
                                       std::shared_ptr<ListenerNode> const& node,
                                       EndpointCore const* sender);

/// What was there when the handling of a message began.
struct KeptTurn {
  std::uint64_t number;
  std::size_t listeners;       // of its channel
  ChannelEntry const* scoped;  // of its sender's scope; or null
  std::size_t scopedListeners;
};

/// Keeps a message whose listeners have been called, and has the endpoint's next poll hand it to those that were
/// added meanwhile.
void keepHandled(EndpointCore& core, MessageLane& lane, NameRecord const& channel,
                 ArgumentsView& arguments, KeptTurn const& turn) noexcept;

}  // namespace tincan::inline abi0::detail
