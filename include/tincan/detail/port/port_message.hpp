// tincan/detail/port/port_message.hpp - what is posted at a port
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/message/arguments.hpp>

namespace tincan::inline abi0::detail {

/// A value on its way from one port to the other, or the word that the other port is closed.
///
///   Lifetime  In a PortQueue, then with the ticket that has taken it.
struct PortMessage {
  PortMessage() = default;
  PortMessage(PortMessage const&) = delete;
  PortMessage& operator=(PortMessage const&) = delete;
  virtual ~PortMessage() = default;
  virtual ArgumentsView arguments() noexcept { return {&ArgumentsOf<>::ops, &nothing}; }
  std::size_t carried() const noexcept { return ports.size(); }

  PortMessage* next = nullptr;  // in a PortQueue
  Peer sender{};
  std::vector<MessagePort> ports{};
  std::uint64_t stamp = 0;
  std::uint64_t number = 0;  // a driver's
  bool isClose = false;
  Values<> nothing{};
};

/// A value of that type on its way.
template <class T>
struct PortMessageOf final : PortMessage {
  template <class V>
  explicit PortMessageOf(V&& value) : held{ValueAt<0, T>{static_cast<T>(std::forward<V>(value))}} {}
  ArgumentsView arguments() noexcept override { return {&ArgumentsOf<T>::ops, &held}; }

  Values<T> held;
};

}  // namespace tincan::inline abi0::detail
