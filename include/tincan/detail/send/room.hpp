// tincan/detail/send/room.hpp - makes room in a lane that is bounded, or refuses the message
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/detail/thread/waiting.hpp>
#include <tincan/error.hpp>

namespace tincan::inline v0::detail {

/// A lane that takes messages; or why there is none, and then the message counts as refused.
struct LaneOrError {
  MessageLane* lane;
  Errc refused;  // if lane is null
};

/// Counts a message that was refused as sent and as a dead letter.
[[gnu::noinline]] inline void refuse(EndpointCore& sender, EndpointCore& to,
                                     ChannelName const& channel, Errc reason) {
  noteRefusal(to);
  sender.sent.add();
  sender.bus->deadLetter(reason, channel.name(), sender, to);
}

/// Makes the lane's oldest waiting message a dead letter. False if none waits.
inline bool dropOldest(MessageLane& lane) {
  LaneBounds& bounds = *lane.bounds;
  Kind kind = Kind::Nothing;
  MessageCell* cell = nullptr;
  {
    std::lock_guard const lock(bounds.mutex);
    // relaxed, all: the reader looks under the same lock, and the writer is this thread.
    auto const kindOfCell = [](MessageCell& one) {
      return kindOf(one.word.load(std::memory_order_relaxed));
    };
    auto const isMessage = [&](MessageCell& one) { return kindOfCell(one) <= Kind::Invoke; };
    cell = lane.MessageQueue::seek(bounds.oldest, isMessage);
    if (cell == nullptr) return false;
    kind = kindOfCell(*cell);
    std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
    cell->word.store(makeWord(stampOf(word), Kind::Nothing), std::memory_order_relaxed);
    lane.MessageQueue::pin();
    // What is behind the reader's place is given back.
    while (MessageCell* const first = lane.MessageQueue::front()) {
      if (kindOfCell(*first) != Kind::Nothing) break;
      lane.MessageQueue::pop();
      lane.MessageQueue::unpin();
    }
  }
  lane.droppedMessages.add();
  drop(lane, *cell, kind == Kind::Message ? nullptr : cell->slot());
  lane.unpin();
  return true;
}

/// Drops messages until the lane is not full. Full if none can be dropped: the reader is taking the last
/// ones, or all are still being captured.
inline std::optional<Errc> dropUntilRoom(MessageLane& lane) {
  // What is dropped may send at its end, and drop again: not as deep as inboxes are.
  constexpr unsigned MostInside = 16;
  LaneBounds& bounds = *lane.bounds;
  unsigned& dropping = threadState().dropping;
  // while: hooks that are told may send here, too; what they send does not get this room.
  while (lane.waiting() + bounds.promised >= bounds.capacity) {
    if (dropping == MostInside) return Errc::Full;
    ++bounds.promised;
    ++dropping;
    bool const hasDropped = dropOldest(lane);
    --dropping;
    --bounds.promised;
    if (hasDropped) continue;
    bool const areCaptured = lane.reserved != 0 && lane.waiting() <= lane.reserved;
    if (bounds.promised != 0 || areCaptured) return Errc::Full;
    break;
  }
  return std::nullopt;
}

/// Blocks until the lane has room. Returns why it will have none: Full, if this thread would have to
/// make it, Timeout or Closed. Throws Deadlock.
inline std::optional<Errc> waitForRoom(EndpointCore& sender, MessageLane& lane,
                                       ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  EndpointCore& to = *lane.receiver;
  // A stand-in of the receiver waits for it to be polled, which would be by this thread.
  if (&to == &sender || sender.named.get() == &to || to.isBoundHere()) return Errc::Full;
  Waiting waiting(bounds.room, to, sender, channel.name());
  for (;;) {
    bounds.wantRoom();
    std::uint64_t const waits = lane.waiting();
    if (waits < bounds.capacity) return std::nullopt;
    if (waits <= lane.reserved) {
      throwDeadlock(channel.name(), "an argument that is being captured for '" + to.displayName() +
                                        "' waits for room at '" + to.displayName() + "'");
    }
    switch (waiting.wait(deadline, "room for", channel.name())) {
      case WaitEnd::Driven:
      case WaitEnd::Ready: break;
      case WaitEnd::Timeout: return Errc::Timeout;
      case WaitEnd::Deadlock: throwDeadlock(channel.name(), waiting.cycle());
      case WaitEnd::Closed:
      case WaitEnd::Deserted: return Errc::Closed;
    }
  }
}

/// Makes room for one message in a lane that has bounds, as its receiver's Overflow says, and tells
/// Bus::onHighWater. Throws Deadlock.
[[gnu::noinline]] inline LaneOrError makeRoom(EndpointCore& sender, MessageLane& lane,
                                              ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  noteRoom(*lane.receiver, lane);
  if (lane.waiting() < bounds.highWater) bounds.isHigh = false;
  std::optional<Errc> refused;
  if (bounds.overflow == Overflow::DropOldest) {
    refused = dropUntilRoom(lane);
  } else if (lane.waiting() + bounds.promised >= bounds.capacity) {
    refused = bounds.overflow == Overflow::Block ? waitForRoom(sender, lane, channel, deadline)
                                                 : Errc::Full;
  }
  if (refused.has_value()) {
    refuse(sender, *lane.receiver, channel, *refused);
    return {nullptr, *refused};
  }
  // That there is room tells what the receiver has done before it made it.
  // relaxed: stored before the release of takenMessages, which waiting() has acquired.
  raiseClock(bounds.takenAt.load(std::memory_order_relaxed));
  std::uint64_t const waiting = lane.waiting() + 1;  // with this one
  if (waiting >= bounds.highWater && !std::exchange(bounds.isHigh, true)) {
    sender.bus->highWater(sender.name, lane.receiver->name, waiting);
  }
  return {&lane, {}};
}

}  // namespace tincan::inline v0::detail
