// tincan/detail/port/port_verbs.hpp - the verbs of MessagePort and MessageChannel
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/listen/listener_of.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_pair.hpp>
#include <tincan/detail/port/port_posting.hpp>
#include <tincan/detail/thread/binding.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// The moves of that many ports, on the stack of the one that posts.
template <std::size_t Count>
class PortMovesOf {
 public:
  PortMovesOf(std::span<MessagePort* const> ports, PortPair& pair) noexcept {
    pairs_[Count] = &pair.ends();
    for (std::size_t i = 0; i < Count; ++i) {
      PortPair::describe(*ports[i], moves_[i]);
      pairs_[i] = moves_[i].ends;
    }
  }
  operator PortMoves() noexcept { return {moves_, pairs_}; }

 private:
  std::array<PortMove, Count> moves_;
  std::array<TwoEnds*, Count + 1> pairs_{};
};

/// The endpoint as which the calling thread sends, on whatever bus; or nobody.
inline Peer peerOfThread() {
  EndpointCore* const core = senderOfThread();
  return core == nullptr ? Peer() : PeerAccess::make(core->shared_from_this());
}

inline void PortList::take(std::span<MessagePort* const> toSend) noexcept {
  for (MessagePort* const port : toSend) {
    // Capturing the value may have moved it away.
    if (port->pair_ != nullptr) port->pair_->stop(port->end_);
    ports.push_back(std::move(*port));  // there is room
  }
}

template <class... Ports>
void PortsToSend<Ports...>::requireAll() const {
  for (std::size_t i = 0; i < count; ++i) {
    bool const isTwice = std::find(ports_, ports_ + i, ports_[i]) != ports_ + i;
    if (ports_[i]->pair_ == nullptr || isTwice) {
      throw std::invalid_argument(
          "tincan: a port that is to be sent has been moved away, or is there twice");
    }
  }
}

template <class... Ports>
void PortsToSend<Ports...>::requireOthers(std::shared_ptr<PortPair> const& pair) const {
  requireAll();
  if (PortPair::isAmong(pair, ports())) {
    throw std::invalid_argument("tincan: a port cannot be sent through its own channel");
  }
}

}  // namespace tincan::inline abi0::detail

namespace tincan::inline abi0 {

inline MessageChannel::MessageChannel() {
  auto const pair = std::make_shared<detail::PortPair>();
  port1 = MessagePort(pair, 0);
  port2 = MessagePort(pair, 1);
}

inline MessagePort& MessagePort::operator=(MessagePort&& other) noexcept {
  if (this != &other) {
    MessagePort const before(std::move(*this));  // ends when this is whole: it may come back here
    pair_ = std::move(other.pair_);
    end_ = other.end_;
  }
  return *this;
}

inline MessagePort::~MessagePort() { close(); }

inline void MessagePort::close() noexcept {
  // A listener that ends with this may hold this very port.
  if (auto const pair = pair_) pair->close(end_);
}

template <class V, class... Ports>
void MessagePort::postMessage(V&& value, Ports&&... ports) {
  using T = detail::Travels<V>;
  static_assert(std::is_constructible_v<T, V>,
                "tincan: a value is copied or moved into the message, and this type cannot be: "
                "pass std::move(value), or a pointer that owns it.");
  // This port may be among those that are moved.
  auto const pair = pair_;
  unsigned const to = detail::PortPair::other(end_);
  detail::PortsToSend<Ports...> const toSend(ports...);
  toSend.requireOthers(pair);
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessageOf<T>>(detail::travelling<V>(value));
  toSend.requireOthers(pair);  // once more: capturing the value may have changed them
  message->ports.reserve(sizeof...(Ports));
  message->sender = detail::peerOfThread();
  detail::PortMovesOf<sizeof...(Ports)> moves(toSend.ports(), *pair);
  detail::PortMoves const toMove = moves;
  detail::PortPosting(*pair, to, std::move(message), toMove).run();
}

inline void MessagePort::postMessage() {
  auto const pair = pair_;
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessage>();
  message->sender = detail::peerOfThread();
  detail::PortMovesOf<0> moves({}, *pair);
  detail::PortMoves const toMove = moves;
  detail::PortPosting(*pair, detail::PortPair::other(end_), std::move(message), toMove).run();
}

template <class F>
void MessagePort::on(std::string_view event, F listener) {
  detail::refuseNull(listener, "on");
  if (event != "message" && event != "close") {
    throw std::invalid_argument("tincan: a port has the events \"message\" and \"close\"");
  }
  if (pair_ == nullptr) return;
  pair_->listen(
      end_, event == "message",
      detail::makeNode<detail::ListenerNode>(detail::ListenerOf<F>::Shims::ops, &listener));
}

inline void MessagePort::start() {
  if (pair_ == nullptr) return;
  detail::EndpointCore* const where = detail::endpointOfThread();
  if (where == nullptr) {
    throw Error(Errc::WrongThread, {},
                "start: this thread runs no endpoint; say which one: start(endpoint)");
  }
  startAt(*where);
}

inline void MessagePort::startAt(detail::EndpointCore& where) {
  if (!where.isElsewhere()) where.settleHere("start");
  where.checkOpen("start");
  if (auto const pair = pair_) pair->start(end_, where);
}

}  // namespace tincan::inline abi0
