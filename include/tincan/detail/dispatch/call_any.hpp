// tincan/detail/dispatch/call_any.hpp - shows a message to those that look at every one
#pragma once

#include <cstddef>
#include <exception>
#include <memory>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/arguments.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/dispatch/report_error.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// The channel under which all of them are, in a table of their own.
inline constexpr ChannelName AnyChannel("");

/// Calls those that look at every message, before its listeners. What they answer is ignored, and what they throw goes
/// to onError.
[[gnu::noinline]] inline void callAny(EndpointCore& core, MessageLane& lane,
                                      NameRecord const& record, ArgumentsView const& arguments) {
  ChannelEntry* const entry = core.anyTable->find(AnyChannel);
  if (entry == nullptr) return;
  ListenerTable::DeferDestruction const guard(core.anyTable.get());
  Responder nobodyAsks(nullptr, core);
  Event event = EventAccess::make(lane.sender, record, nobodyAsks);
  Arguments const all = AnyArguments::make(arguments);
  std::size_t const count = entry->listeners.size();
  for (std::size_t i = 0; i < count; ++i) {
    ListenerNode& node = *entry->listeners[i];
    if (!node.isLive) continue;
    auto const object = node.isGuarded() ? node.object() : nullptr;
    if (node.isGuarded() && object == nullptr) continue;
    try {
      node.callExactly(event, const_cast<Arguments*>(&all));
    } catch (...) {
      reportError(core, record, lane, std::current_exception());
    }
  }
}

}  // namespace tincan::inline abi0::detail
