// tincan/detail/dispatch/take_alone.hpp - a message that one listener, or the handler, takes as it is
//
// Most messages meet one listener, or one handler, which is for all senders and takes the arguments as they
// are. All others go through MessageDispatch.
//
//   Threads   The endpoint's.
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/dispatch/message_dispatch.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// The entry of the channel, if a message from that lane meets no other one and the lane knows it; else null.
[[gnu::always_inline]] inline ChannelEntry* findPlainEntry(EndpointCore const& core,
                                                           MessageLane& lane,
                                                           NameRecord const& record) noexcept {
  MessageLane::ChannelCache const& cached = lane.cacheFor(record);
  return cached.isOf(record, core.tableVersion) ? cached.plain : nullptr;
}
/// The listener that takes alone a message with such arguments; or null.
[[gnu::always_inline]] inline ListenerNode* findAlone(EndpointCore const& core, MessageLane& lane,
                                                      NameRecord const& record,
                                                      ArgumentsOps const* arguments) noexcept {
  ChannelEntry const* const entry = findPlainEntry(core, lane, record);
  if (entry == nullptr) [[unlikely]]
    return nullptr;
  ListenerNode* const node = entry->alone;
  return node != nullptr && node->exact == arguments ? node : nullptr;
}
/// The handler that takes a call with such arguments; or null.
[[gnu::always_inline]] inline HandlerNode* findHandler(EndpointCore const& core, MessageLane& lane,
                                                       NameRecord const& record,
                                                       ArgumentsOps const* arguments) noexcept {
  ChannelEntry const* const entry = findPlainEntry(core, lane, record);
  if (entry == nullptr) [[unlikely]]
    return nullptr;
  HandlerNode* const node = entry->aloneHandler;
  return node != nullptr && node->exact == arguments ? node : nullptr;
}

/// What was thrown, if something was. Costs nothing where nothing is.
class Thrown {
 public:
  Thrown() noexcept {}
  ~Thrown() {}
  Thrown(Thrown const&) = delete;
  Thrown& operator=(Thrown const&) = delete;

  /// Keeps what is being handled.
  void keep() noexcept { std::construct_at(&exception_, std::current_exception()); }
  /// What was kept: the only reference to it.
  [[nodiscard]] std::exception_ptr take() noexcept {
    std::exception_ptr taken = std::move(exception_);
    std::destroy_at(&exception_);
    return taken;
  }

 private:
  union {
    std::exception_ptr exception_;
  };
};

/// Calls the listener, with arguments that it takes as they are, and answers if that has not.
[[gnu::always_inline]] inline void callAlone(EndpointCore& core, MessageLane& lane,
                                             NameRecord const& record, void* arguments,
                                             AnswerSlot* slot, ListenerNode& node) {
  Responder responder(slot, core);
  Event event = EventAccess::make(lane.sender, record, responder);
  Thrown thrown;
  bool hasThrown = false;
  try {
    node.callExactly(event, arguments);
  } catch (...) {
    thrown.keep();
    hasThrown = true;
  }
  core.handled.add();
  if (hasThrown) [[unlikely]]
    return answerThrown(core, lane, record, responder, thrown.take());
  responder.fail(Errc::NoReply);
}

/// Calls the handler, with arguments that it takes as they are, and answers.
[[gnu::always_inline]] inline void callAlone(EndpointCore& core, MessageLane& lane,
                                             NameRecord const& record, void* arguments,
                                             AnswerSlot* slot, HandlerNode& node) {
  Responder responder(slot, core);
  Thrown thrown;
  bool hasThrown = false;
  try {
    node.callExactly({lane.sender, record, responder}, arguments);
  } catch (...) {
    thrown.keep();
    hasThrown = true;
  }
  core.handled.add();
  if (hasThrown) [[unlikely]]
    responder.fail(thrown.take());
}

}  // namespace tincan::inline abi0::detail
