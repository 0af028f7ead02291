// tincan/detail/dispatch/kept_messages.ipp - the last messages of a channel, for listeners that come later: the bodies
#pragma once

#include <cstddef>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/kept_messages.hpp>
#include <tincan/detail/dispatch/message_dispatch.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/registration.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void KeptMessage::take(ArgumentsView& from) noexcept {
  if (from.ops->place == Place::Heap) {
    arguments = std::exchange(from, {&ArgumentsOf<>::ops, nullptr});
    return;
  }
  arguments = {from.ops, storage_};
  moveArguments(*from.ops, from.at, storage_);
  from.ops = &ArgumentsOf<>::ops;  // they have ended there
}

TINCAN_INLINE KeptMessages::Message KeptMessages::keep(MessageLane const& lane,
                                                       NameRecord const& channel,
                                                       ArgumentsView& arguments,
                                                       std::uint64_t turn) noexcept {
  constexpr std::size_t Looks = 4;
  Message forgotten[Looks + 2];
  Message* next = forgotten;
  Message made;
  try {
    made = std::make_shared<KeptMessage>(lane.sender, channel, turn);
    made->take(arguments);  // what ends there may come back here, too
    bySender_.makeRoom();
  } catch (std::bad_alloc const&) {
    return nullptr;
  }
  bySender_.lookAtSome(
      Looks,
      [&](Message const& message) {
        return message != last_ && PeerAccess::core(message->sender)->isClosed();
      },
      [&](Message message) { *next++ = std::move(message); });
  auto const replace = [&](Message& kept) {
    if (kept == nullptr || kept->turn < turn) *next++ = std::exchange(kept, made);
  };
  EndpointCore const& sender = lane.senderCore();
  if (Message* const known = bySender_.find(&sender)) replace(*known);
  else if (!sender.isNobody()) bySender_.insert(&sender, made);  // who has no scope
  replace(last_);
  return made;
}

TINCAN_INLINE KeptMessages::Message KeptMessages::last(EndpointCore const* sender) noexcept {
  if (sender == nullptr) return last_;
  Message const* const known = bySender_.find(sender);
  return known == nullptr ? nullptr : *known;
}

/// What is kept of a channel; null: nothing.
inline KeptMessages* keptOf(EndpointCore& core, NameRecord const& channel) noexcept {
  ChannelEntry const* const entry = core.table.find(channel.hash, channel.view());
  return entry == nullptr ? nullptr : static_cast<KeptMessages*>(entry->kept.get());
}

/// Hands a message that was kept to one listener, unless that has got a later one meanwhile.
class LateDelivery final : public PostedFunction {
 public:
  LateDelivery(EndpointCore& core, std::shared_ptr<ListenerNode> const& node,
               KeptMessages::Message message, EndpointCore const* sender)
      : core_(core), node_(node), message_(std::move(message)), sender_(sender) {}
  LateDelivery(LateDelivery const&) = delete;
  LateDelivery& operator=(LateDelivery const&) = delete;

  void run() override {
    auto const node = node_.lock();
    if (core_.isClosed() || node == nullptr || !node->isLive) return;
    KeptMessages* const kept = keptOf(core_, *message_->name);
    if (kept == nullptr || kept->last(sender_) != message_) return;
    auto const object = node->isGuarded() ? node->object() : nullptr;
    if (node->isGuarded() && object == nullptr) return;
    ListenerTable::DeferDestruction const guard(node->entry->table);
    Responder nobodyAsks(nullptr, core_);
    try {
      Event event = EventAccess::make(message_->sender, *message_->name, nobodyAsks);
      if (node->call(event, message_->arguments)) return;
      std::rethrow_exception(describeMisfit(core_, *node, *message_->name, message_->arguments,
                                            *PeerAccess::core(message_->sender)));
    } catch (...) {
      core_.bus->reportError(message_->name->view(), message_->sender.name(), core_.name,
                             std::current_exception());
    }
  }
  bool counts() const noexcept override { return false; }

 private:
  EndpointCore& core_;  // in whose inbox this is
  std::weak_ptr<ListenerNode> const node_;
  KeptMessages::Message const message_;
  EndpointCore const* const sender_;  // held by the message
};

[[gnu::noinline]] TINCAN_INLINE TaskPtr makeLateDelivery(EndpointCore& core,
                                                         ChannelName const& channel,
                                                         std::shared_ptr<ListenerNode> const& node,
                                                         EndpointCore const* sender) {
  ChannelEntry const* const entry = core.table.find(channel);
  if (entry == nullptr || entry->kept == nullptr) return nullptr;
  auto message = static_cast<KeptMessages&>(*entry->kept).last(sender);
  if (message == nullptr) return nullptr;
  return TaskPtr(new LateDelivery(core, node, std::move(message), sender));
}

[[gnu::noinline]] TINCAN_INLINE void keepHandled(EndpointCore& core, MessageLane& lane,
                                                 NameRecord const& channel,
                                                 ArgumentsView& arguments,
                                                 KeptTurn const& turn) noexcept {
  KeptMessages* kept = keptOf(core, channel);
  if (kept == nullptr) return;
  auto const message = kept->keep(lane, channel, arguments, turn.number);
  EndpointCore const* const sender = &lane.senderCore();
  auto const handToNewOf = [&](ListenerTable* table, auto const& countBefore,
                               EndpointCore const* scopeOf) {
    kept = keptOf(core, channel);  // what has ended may have closed it
    if (message == nullptr || table == nullptr || kept == nullptr) return;
    ChannelEntry const* const entry = table->find(channel.hash, channel.view());
    if (entry == nullptr || kept->last(scopeOf) != message) return;
    for (std::size_t i = countBefore(entry); i < entry->listeners.size(); ++i) {
      if (!entry->listeners[i]->isLive) continue;
      TaskPtr late = makeLateDelivery(core, channel.name(), entry->listeners[i], scopeOf);
      if (late != nullptr) core.bringTask(std::move(late));
    }
  };
  try {
    handToNewOf(
        &core.table, [&](ChannelEntry const*) { return turn.listeners; }, nullptr);
    handToNewOf(
        findScope(core, *sender),
        [&](ChannelEntry const* entry) { return entry == turn.scoped ? turn.scopedListeners : 0; },
        sender);
  } catch (std::bad_alloc const&) {
    // They get the next one.
  }
}

}  // namespace tincan::inline abi0::detail
