// tincan/detail/port/port_call.ipp - calls the listeners of a port: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/port/port_call.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void PortCall::run(EndpointCore& here, PortMessage& message) {
  NameRecord const name = record(message.isClose ? ChannelName("close") : ChannelName("message"));
  Responder nobodyWaits(nullptr, here);
  message.sender = PeerAccess::givenBy(message.sender, here.shared_from_this());
  Event event = EventAccess::make(message.sender, name, nobodyWaits);
  event.ports = std::move(message.ports);
  ArgumentsView const arguments = message.arguments();
  std::size_t const count = countThem();
  for (std::size_t i = 0; i < count; ++i) {
    auto const listener = at(i);
    try {
      if (!listener->call(event, arguments)) throwMisfit(*listener, name, arguments, here);
    } catch (...) {
      here.bus->reportError(name.view(), message.sender.name(), here.name,
                            std::current_exception());
    }
  }
}

TINCAN_INLINE NameRecord PortCall::record(ChannelName const& name) noexcept {
  std::string_view const text = name.name();
  return {ChannelNameAccess::hash(name),           nullptr, 1, text.data(),
          static_cast<std::uint32_t>(text.size()), true};
}

TINCAN_INLINE std::size_t PortCall::countThem() const {
  std::lock_guard const lock(mutex_);
  return listeners_ == nullptr ? 0 : listeners_->list.size();
}

TINCAN_INLINE std::shared_ptr<ListenerNode> PortCall::at(std::size_t i) const {
  std::lock_guard const lock(mutex_);
  return listeners_->list[i];
}

TINCAN_INLINE void PortCall::throwMisfit(ListenerNode const& listener, NameRecord const& name,
                                         ArgumentsView const& arguments, EndpointCore const& here) {
  throwTypeMismatch(
      std::string(name.view()),
      "'" + std::string(name.view()) + "': a listener of a port at '" + here.displayName() + "'",
      listener.parameters(), describeArguments(arguments));
}

}  // namespace tincan::inline abi0::detail
