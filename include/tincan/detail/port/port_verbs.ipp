// tincan/detail/port/port_verbs.ipp - the verbs of MessagePort and MessageChannel: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_pair.hpp>
#include <tincan/detail/port/port_posting.hpp>
#include <tincan/detail/port/port_verbs.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE Peer peerOfThread() {
  EndpointCore* const core = senderOfThread();
  return core == nullptr ? Peer() : PeerAccess::make(core->shared_from_this());
}

TINCAN_INLINE void PortList::take(std::span<MessagePort* const> toSend) noexcept {
  for (MessagePort* const port : toSend) {
    // Capturing the value may have moved it away.
    if (port->pair_ != nullptr) port->pair_->stop(port->end_);
    ports.push_back(std::move(*port));  // there is room
  }
}

}  // namespace tincan::inline abi0::detail

namespace tincan::inline abi0 {

TINCAN_INLINE MessageChannel::MessageChannel() {
  auto const pair = std::make_shared<detail::PortPair>();
  port1 = MessagePort(pair, 0);
  port2 = MessagePort(pair, 1);
}

TINCAN_INLINE MessagePort& MessagePort::operator=(MessagePort&& other) noexcept {
  if (this != &other) {
    MessagePort const before(std::move(*this));  // ends when this is whole: it may come back here
    pair_ = std::move(other.pair_);
    end_ = other.end_;
  }
  return *this;
}

TINCAN_INLINE MessagePort::~MessagePort() { close(); }

TINCAN_INLINE void MessagePort::close() noexcept {
  // A listener that ends with this may hold this very port.
  if (auto const pair = pair_) pair->close(end_);
}

TINCAN_INLINE void MessagePort::postMessage() {
  auto const pair = pair_;
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessage>();
  message->sender = detail::peerOfThread();
  detail::PortMovesOf<0> moves({}, *pair);
  detail::PortMoves const toMove = moves;
  detail::PortPosting(*pair, detail::PortPair::other(end_), std::move(message), toMove).run();
}

TINCAN_INLINE void MessagePort::start() {
  if (pair_ == nullptr) return;
  detail::EndpointCore* const where = detail::endpointOfThread();
  if (where == nullptr) {
    throw Error(Errc::WrongThread, {},
                "start: this thread runs no endpoint; say which one: start(endpoint)");
  }
  startAt(*where);
}

TINCAN_INLINE void MessagePort::startAt(detail::EndpointCore& where) {
  if (!where.isElsewhere()) where.settleHere("start");
  where.checkOpen("start");
  if (auto const pair = pair_) pair->start(end_, where);
}

}  // namespace tincan::inline abi0
