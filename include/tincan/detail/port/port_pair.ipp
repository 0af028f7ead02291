// tincan/detail/port/port_pair.ipp - what two ports share: the bodies
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/port/port_call.hpp>
#include <tincan/detail/port/port_message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_pair.hpp>
#include <tincan/detail/port/port_remains.hpp>
#include <tincan/detail/port/port_ticket.hpp>
#include <tincan/detail/port/port_world.hpp>
#include <tincan/detail/port/start_lane.hpp>
#include <tincan/detail/send/push_uncounted.hpp>
#include <tincan/detail/send/sure_lane.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool PortPair::isAmong(std::shared_ptr<PortPair> const& pair,
                                     std::span<MessagePort* const> ports) noexcept {
  return pair != nullptr && anyOf(ports, [&](auto const* port) { return port->pair_ == pair; });
}

TINCAN_INLINE void PortPair::describe(MessagePort& port, PortMove& move) noexcept {
  move.port = &port;
  move.pair = port.pair_;
  move.end = port.end_;
  if (move.pair != nullptr) move.ends = &move.pair->ends_;
}

TINCAN_INLINE void PortPair::listen(unsigned at, bool toMessages,
                                    std::shared_ptr<ListenerNode> node) {
  ends_.listen(at, toMessages, [&](PortWorld::Listeners& listeners) {
    if (listeners == nullptr) listeners = std::make_shared<PortWorld::ListenerList>();
    listeners->list.push_back(std::move(node));
  });
}

TINCAN_INLINE void PortPair::start(unsigned at, EndpointCore& where) {
  notePortCall();
  note(at, EffectLog::PortUse::Changes);
  if (!ends_.mayStart(at)) return;
  auto const watch = std::make_shared<Watch>(*this, at);
  auto const keep = where.shared_from_this();  // its wake hook may end it
  PortWorld::Service service{keep, watch, Owned<PortTicket>::make(),
                             where.bus->driver() == nullptr ? SureLane::of(where) : nullptr};
  where.closeListeners.add(watch);
  {
    StartLane lane(where);
    ends_.start(at, service, [&](auto&... ticket) { pushTicket(where, lane, at, ticket...); });
  }
  // It may have been closed before it knew of this end.
  if (where.isClosed()) watch->endpointIsClosed();
}

TINCAN_INLINE void PortPair::stop(unsigned at) noexcept {
  TwoEnds::Rest rest;  // destroyed after the lock
  note(at, EffectLog::PortUse::Changes);
  std::lock_guard const lock(ends_.mutex());
  ends_.stop(at, rest);
}

TINCAN_INLINE void PortPair::close(unsigned at) noexcept {
  TwoEnds::Closing closing;
  notePortCall();
  noteEnd(at);
  ends_.close(at, threadState().clock, closing);
  finish(at, closing);
}

TINCAN_INLINE void PortPair::noteEnd(unsigned at) noexcept {
  note(at, EffectLog::PortUse::Changes);
  note(other(at), EffectLog::PortUse::Adds);
  if (number_ != 0 && closedAs_ == 0) closedAs_ = numberOfPosted(senderOfThread());
}

TINCAN_INLINE void PortPair::arrive(unsigned at, std::uint64_t epoch, bool isForClose) noexcept {
  for (bool isMore = true; isMore;) {
    note(at, EffectLog::PortUse::Adds);
    TwoEnds::Taken taken = ends_.take(at, epoch, isForClose);
    if (taken.message == nullptr) return;
    for (MessagePort const& port : taken.message->ports) port.pair_->ends_.received(port.end_);
    PortCall(ends_.mutex(), taken.listeners).run(*taken.home, *taken.message);
    isMore = isForClose && !taken.message->isClose;
  }
}

TINCAN_INLINE PortPair::Message PortPair::makeClose() {
  auto message = Owned<PortMessage>::make();
  message->isClose = true;
  return message;
}

TINCAN_INLINE void PortPair::pushTicket(EndpointCore& where, StartLane& lane, unsigned at,
                                        PortMessage const& message, std::uint64_t epoch) {
  lane.push(message.stamp, Owned<PortTicket>::make(shared_from_this(), at, epoch));
  noteWaiting(where, nameOf(at), message.number);
}

TINCAN_INLINE void PortPair::pushTicket(EndpointCore& where, StartLane& lane, unsigned at,
                                        Owned<PortTicket>& bell, PortMessage const& close,
                                        std::uint64_t epoch) {
  bell->serve(shared_from_this(), at, epoch);
  lane.push(close.stamp, std::move(bell));
  noteWaiting(where, nameOf(at), closedAs_);
}

TINCAN_INLINE void PortPair::homeIsClosed(unsigned at, CloseListener const& watch) noexcept {
  TwoEnds::Closing closing;
  noteEnd(at);
  ends_.homeIsClosed(at, &watch, threadState().clock, closing);
  finish(at, closing);
}

TINCAN_INLINE void PortPair::finish(unsigned at, TwoEnds::Closing& closing) noexcept {
  raiseClock(closing.stamp);
  for (unsigned const end : {other(at), at}) ring(end, closing.rings[end]);
  PortRemains::destroy(closing.rests);
}

TINCAN_INLINE void PortPair::ring(unsigned at, TwoEnds::Ring& ring) noexcept {
  if (ring.bell == nullptr) return;
  ring.bell->serve(shared_from_this(), at, ring.epoch);
  drawStamp(ring.lastStamp);
  try {
    SendingAs const sender(ring.home->bus);
    pushUncounted(sender.core(), *ring.home, Kind::Post, [&](MessageCell& cell) {
      cell.task = ring.bell.release();
      notePosted(*ring.home, nameOf(at));
    });
  } catch (...) {
    // No memory; or not one of the driver's threads, and then its run is over.
  }
  if (ring.bell != nullptr && ring.lane != nullptr) ring.lane->bring(std::move(ring.bell));
}

TINCAN_INLINE void PortTicket::runOnce() noexcept {
  if (pair_ != nullptr) pair_->arrive(end_, epoch_, isForClose_);
}

}  // namespace tincan::inline abi0::detail
