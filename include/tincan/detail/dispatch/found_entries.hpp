// tincan/detail/dispatch/found_entries.hpp - finds who takes what comes on a channel
#pragma once

#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/channel_entry.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

/// The entries of a channel: the endpoint's own, and that of the scope for a message's sender; or
/// null.
struct FoundEntries {
  ChannelEntry* entry;
  ChannelEntry* scoped;
};

[[gnu::noinline]] inline FoundEntries lookUpEntries(EndpointCore& core, MessageLane& lane,
                                                    NameRecord const& record) noexcept {
  ChannelEntry* const entry = core.table.find(record.hash, record.view());
  ListenerTable* const scope = findScope(core, lane.senderCore());
  ChannelEntry* const scoped = scope == nullptr ? nullptr : scope->find(record.hash, record.view());
  bool const isPlain = scoped == nullptr && core.anyTable == nullptr;
  if (record.isKept) {
    lane.cacheFor(record) = {&record, entry, scoped, isPlain ? entry : nullptr, core.tableVersion};
  }
  return {entry, scoped};
}
inline FoundEntries findEntries(EndpointCore& core, MessageLane& lane,
                                NameRecord const& record) noexcept {
  MessageLane::ChannelCache const& cached = lane.cacheFor(record);
  if (cached.isOf(record, core.tableVersion)) [[likely]]
    return {cached.entry, cached.scoped};
  return lookUpEntries(core, lane, record);
}

}  // namespace tincan::inline abi0::detail
