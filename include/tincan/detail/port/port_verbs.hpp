// tincan/detail/port/port_verbs.hpp - the verbs of MessagePort and MessageChannel
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/listen/listener_of.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0 {

template <class V, class... Ports>
void MessagePort::postMessage(V&& value, Ports&&... ports) {
  using T = detail::Travels<V>;
  static_assert(std::is_constructible_v<T, V>,
                "tincan: a value is copied or moved into the message, and this type cannot be: "
                "pass std::move(value), or a pointer that owns it.");
  // This port may be among those that are moved.
  auto const pair = pair_;
  unsigned const to = 1 - end_;
  detail::PortsToSend<Ports...> const toSend(ports...);
  toSend.requireOthers(pair);
  if (pair == nullptr) return;
  auto message = detail::Owned<detail::PortMessageOf<T>>::make(detail::travelling<V>(value));
  toSend.requireOthers(pair);  // once more: capturing the value may have changed them
  post(pair, to, std::move(message), toSend.ports());
}

template <class F>
void MessagePort::on(std::string_view event, F listener) {
  detail::refuseNull(listener, "on");
  if (!hasEvent(event)) return;
  listen(event,
         detail::makeNode<detail::ListenerNode>(detail::ListenerOf<F>::Shims::ops, &listener));
}

}  // namespace tincan::inline abi0
