// tincan/detail/port/port_posting.ipp - posts one message at a port: the bodies
#pragma once

#include <cstdint>
#include <stdexcept>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/port/port_moves.hpp>
#include <tincan/detail/port/port_posting.hpp>
#include <tincan/detail/port/port_ticket.hpp>
#include <tincan/detail/port/port_world.hpp>
#include <tincan/detail/send/push_uncounted.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void PortPosting::run() {
  notePortCall();
  if (closesCycle([](PortMove const& move) { return move.ends->carried(move.end) != 0; })) {
    throw std::invalid_argument(
        "tincan: a port cannot be sent to one that waits, in a message, at the port itself: "
        "nobody could ever receive them");
  }
  // Once more only if somebody has started the end, or sent it away, since the last look: a message
  // that has a place in the queue stays there, wherever the end goes.
  while (!tryToPost()) {
  }
  // Two threads may have closed a cycle together.
  if (closesCycle([](PortMove const& move) { return move.carries; })) pair_.close(to_);
}

TINCAN_INLINE bool PortPosting::waitsBehind(PortMove const& port) {
  auto pair = pair_.shared_from_this();
  unsigned end = to_;
  while (pair != nullptr && (pair != port.pair || end != port.end)) {
    PortWorld::Holder const holder = pair->ends().holder(end);
    pair = holder.pair.lock();
    end = holder.end;
  }
  return pair != nullptr;
}

TINCAN_INLINE bool PortPosting::tryToPost() {
  pair_.note(to_, EffectLog::PortUse::Adds);
  TwoEnds::Place const place = pair_.ends().place(to_);
  // Nobody waits for a stamp that is not used, if what follows throws.
  message_->number = numberOfPosted(PeerAccess::core(message_->sender));
  message_->stamp = drawStamp(place.lastStamp);
  TwoEnds::Fit fit = TwoEnds::Fit::Closed;
  auto const append = [&] { fit = this->append(place.epoch); };
  if (!place.isOpen || place.home == nullptr) {
    append();
  } else {
    auto ticket = Owned<PortTicket>::make(pair_.shared_from_this(), to_, place.epoch);
    SendingAs const sender(place.home->bus);
    pushUncounted(sender.core(), *place.home, Kind::Post, [&](MessageCell& cell) {
      append();
      if (fit != TwoEnds::Fit::Fits) ticket->annul();
      cell.task = ticket.release();
      notePosted(*place.home, pair_.nameOf(to_));
    });
    if (ticket != nullptr) {  // the endpoint is closed, or the one that sends has been left
      append();
      if (fit == TwoEnds::Fit::Fits && place.lane != nullptr) place.lane->bring(std::move(ticket));
    }
  }
  return fit != TwoEnds::Fit::Moved;
}

TINCAN_INLINE TwoEnds::Fit PortPosting::append(std::uint64_t epoch) noexcept {
  pair_.note(to_, EffectLog::PortUse::Adds);
  PortLocks const locks(moves_.pairs);
  TwoEnds& ends = pair_.ends();
  TwoEnds::Fit const fit = ends.fit(to_, epoch);
  if (fit == TwoEnds::Fit::Moved) return fit;
  for (PortMove& move : moves_.moves) {
    move.pair->note(move.end, EffectLog::PortUse::Changes);
    move.carries = move.ends->stop(move.end, move.rest) != 0;
    if (fit == TwoEnds::Fit::Fits) {
      move.ends->setHolder(move.end, {pair_.weak_from_this(), to_});
    }
    message_->ports.push_back(std::move(*move.port));  // there is room
  }
  if (fit == TwoEnds::Fit::Fits) ends.append(to_, std::move(message_), threadState().clock);
  return fit;
}

}  // namespace tincan::inline abi0::detail
