// tincan/detail/dispatch/kept_messages.hpp - the last messages of a channel, for listeners that come later
#pragma once

#include <cstddef>
#include <memory>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/row.hpp>
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
  KeptMessage(Peer const& from, NameRecord const& channel)
      : sender(from), name(makeRecord(channel.name(), false)) {}
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

  /// Keeps a message of that lane; without memory, the one before.
  void keep(MessageLane const& lane, NameRecord const& channel, ArgumentsView& arguments) noexcept;

  /// The last message; of that sender, if it is not null. Null: there is none.
  Message last(EndpointCore const* sender) const noexcept;

 private:
  /// Forgets those whose senders are closed, but for the last one.
  void forgetClosed() noexcept;

  Row<Message> bySender_;
  Message last_;
  std::size_t forgetAt_ = 16;  // when there are so many
};

/// Has the endpoint's next poll hand the last message of its channel to a listener that was added just now, if they are
/// kept. `sender`: of those of the scope that the listener is in; null: of all.
void handKept(EndpointCore& core, std::shared_ptr<ListenerNode> const& node,
              EndpointCore const* sender);

}  // namespace tincan::inline abi0::detail
