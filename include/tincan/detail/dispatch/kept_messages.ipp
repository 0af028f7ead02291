// tincan/detail/dispatch/kept_messages.ipp - the last messages of a channel, for listeners that come later: the bodies
#pragma once

#include <algorithm>
#include <exception>
#include <memory>
#include <new>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/kept_messages.hpp>
#include <tincan/detail/dispatch/message_dispatch.hpp>
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

TINCAN_INLINE void KeptMessages::keep(MessageLane const& lane, NameRecord const& channel,
                                      ArgumentsView& arguments) noexcept {
  EndpointCore const* const sender = PeerAccess::core(lane.sender);
  try {
    auto* const known = std::find_if(
        bySender_.begin(), bySender_.end(),
        [&](Message const& message) { return PeerAccess::core(message->sender) == sender; });
    auto made = std::make_shared<KeptMessage>(lane.sender, channel);
    if (known == bySender_.end()) {
      if (bySender_.size() >= forgetAt_) forgetClosed();
      bySender_.push_back(made);
    } else {
      *known = made;
    }
    last_ = std::move(made);
  } catch (std::bad_alloc const&) {
    return;
  }
  last_->take(arguments);
}

TINCAN_INLINE KeptMessages::Message KeptMessages::last(EndpointCore const* sender) const noexcept {
  if (sender == nullptr) return last_;
  for (Message const& message : bySender_) {
    if (PeerAccess::core(message->sender) == sender) return message;
  }
  return nullptr;
}

TINCAN_INLINE void KeptMessages::forgetClosed() noexcept {
  bySender_.eraseIf([&](Message const& message) {
    EndpointCore const* const sender = PeerAccess::core(message->sender);
    return message != last_ && sender->isClosed();
  });
  forgetAt_ = (std::max<std::size_t>)(16, bySender_.size() * 2);
}

/// Hands a message that was kept to one listener, unless that has got a later one meanwhile.
class LateDelivery final : public PostedFunction {
 public:
  LateDelivery(EndpointCore& core, std::shared_ptr<ListenerNode> const& node,
               KeptMessages::Message message, EndpointCore const* sender)
      : core_(core), node_(node), message_(std::move(message)), sender_(sender) {}

  void run() override {
    auto const node = node_.lock();
    if (core_.isClosed() || node == nullptr || !node->isLive) return;
    ChannelEntry const* const entry =
        core_.table.find(message_->name->hash, message_->name->view());
    if (entry == nullptr || entry->kept == nullptr) return;
    auto const& kept = static_cast<KeptMessages const&>(*entry->kept);
    if (kept.last(sender_) != message_) return;
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

[[gnu::noinline]] TINCAN_INLINE void handKept(EndpointCore& core,
                                              std::shared_ptr<ListenerNode> const& node,
                                              EndpointCore const* sender) {
  ChannelEntry const* const entry = core.table.find(node->entry->hash, node->entry->view());
  if (entry == nullptr || entry->kept == nullptr) return;
  auto message = static_cast<KeptMessages const&>(*entry->kept).last(sender);
  if (message == nullptr) return;
  core.bringTask(TaskPtr(new LateDelivery(core, node, std::move(message), sender)));
}

}  // namespace tincan::inline abi0::detail
