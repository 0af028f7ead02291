// tincan/detail/listen/registering_at.hpp - where something is registered
#pragma once

#include <memory>
#include <string>

#include <tincan/channel_name.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// The endpoint and the table where something is registered.
struct RegisteringAt {
  /// The entry of the channel, or null.
  ChannelEntry* find(ChannelName const& channel) const {
    return table == nullptr ? nullptr : table->find(channel);
  }

  /// Throws DuplicateHandler if the channel has a handler.
  void refuseSecond(ChannelName const& channel) const {
    ChannelEntry const* const entry = find(channel);
    if (entry == nullptr || entry->liveHandler() == nullptr) return;
    std::string const name(channel.name());
    throw Error(Errc::DuplicateHandler, name,
                "Attempted to register a second handler for '" + name + "'");
  }

  std::shared_ptr<EndpointCore> const core;  // captures that end here may end it
  ListenerTable* table;                      // null: there is none, or none any more
  EndpointCore const* sender = nullptr;      // of a scope; null: it is none
};

}  // namespace tincan::inline abi0::detail
