// tincan/detail/port/port_verbs.ipp - the verbs of MessagePort and MessageChannel: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stdexcept>
#include <string_view>
#include <utility>

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_pair.hpp>
#include <tincan/detail/port/port_posting.hpp>
#include <tincan/detail/port/port_verbs.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// The moves of some ports, mostly on the stack of the one that posts. Throws std::bad_alloc for many.
class MovesOfPorts {
 public:
  MovesOfPorts(std::span<MessagePort* const> ports, PortPair& pair) : moves_{few_, ports.size()} {
    if (ports.size() > Few) {
      manyMoves_ = Row<PortMove>(ports.size());
      manyPairs_ = Row<TwoEnds*>(ports.size() + 1);
      moves_ = {manyMoves_.begin(), ports.size()};
      pairs_ = manyPairs_.begin();
    }
    for (std::size_t i = 0; i < ports.size(); ++i) {
      PortPair::describe(*ports[i], moves_[i]);
      pairs_[i] = moves_[i].ends;
    }
    pairs_[ports.size()] = &pair.ends();
  }
  MovesOfPorts(MovesOfPorts const&) = delete;
  MovesOfPorts& operator=(MovesOfPorts const&) = delete;

  PortMoves all() noexcept { return {moves_, {pairs_, moves_.size() + 1}}; }

 private:
  static constexpr std::size_t Few = 4;

  PortMove few_[Few];
  TwoEnds* fewPairs_[Few + 1] = {};
  Row<PortMove> manyMoves_{};
  Row<TwoEnds*> manyPairs_{};
  std::span<PortMove> moves_;
  TwoEnds** pairs_ = fewPairs_;
};

/// The endpoint as which the calling thread sends, on whatever bus; or nobody.
inline Peer peerOfThread() {
  EndpointCore* const core = senderOfThread();
  return core == nullptr ? Peer() : PeerAccess::make(core->shared_from_this());
}

TINCAN_INLINE void AnyPortsToSend::requireAll() const {
  for (std::size_t i = 0; i < ports_.size(); ++i) {
    bool isTwice = false;
    for (std::size_t j = 0; j < i; ++j) isTwice = isTwice || ports_[j] == ports_[i];
    if (ports_[i]->pair_ == nullptr || isTwice) {
      throw std::invalid_argument(
          "tincan: a port that is to be sent has been moved away, or is there twice");
    }
  }
}

TINCAN_INLINE void AnyPortsToSend::requireOthers(std::shared_ptr<PortPair> const& pair) const {
  requireAll();
  if (PortPair::isAmong(pair, ports_)) {
    throw std::invalid_argument("tincan: a port cannot be sent through its own channel");
  }
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

TINCAN_INLINE void MessagePort::post(std::shared_ptr<detail::PortPair> const& pair, unsigned to,
                                     detail::Owned<detail::PortMessage> message,
                                     std::span<MessagePort* const> toSend) {
  message->ports.reserve(toSend.size());
  message->sender = detail::peerOfThread();
  detail::MovesOfPorts moves(toSend, *pair);
  detail::PortMoves const toMove = moves.all();
  detail::PortPosting(*pair, to, std::move(message), toMove).run();
}

TINCAN_INLINE void MessagePort::postMessage() {
  auto const pair = pair_;
  if (pair == nullptr) return;
  post(pair, detail::PortPair::other(end_), detail::Owned<detail::PortMessage>::make(), {});
}

TINCAN_INLINE bool MessagePort::hasEvent(std::string_view event) const {
  if (event != "message" && event != "close") {
    throw std::invalid_argument("tincan: a port has the events \"message\" and \"close\"");
  }
  return pair_ != nullptr;
}

TINCAN_INLINE void MessagePort::listen(std::string_view event,
                                       std::shared_ptr<detail::ListenerNode> listener) {
  pair_->listen(end_, event == "message", std::move(listener));
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
