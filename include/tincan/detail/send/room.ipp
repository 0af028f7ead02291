// tincan/detail/send/room.ipp - the room for a message in a lane that has bounds: the bodies
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/detail/send/room.hpp>
#include <tincan/detail/thread/waiting.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE void refuse(EndpointCore& sender, EndpointCore& to,
                                            ChannelName const& channel, Errc reason) {
  noteRefusal(to);
  sender.sent.add();
  sender.bus->deadLetter(reason, channel.name(), sender, to);
}

TINCAN_INLINE bool isMessage(MessageCell& cell) noexcept {
  // relaxed: the reader looks under the same lock, and the writer is this thread.
  Kind const kind = kindOf(cell.word.load(std::memory_order_relaxed));
  return kind <= Kind::Invoke || (kind == Kind::Latest && cell.ticket()->waits());
}

TINCAN_INLINE bool mayDropOldest(MessageLane& lane) noexcept {
  // What is dropped may send at its end, and drop again: not as deep as inboxes are.
  constexpr unsigned MostInside = 16;
  LaneBounds& bounds = *lane.bounds;
  if (lane.waiting() + lane.reserved < bounds.capacity) return true;
  if (lane.reserved >= bounds.capacity) return false;  // all the room is for what is being captured
  unsigned const dropping = threadState().dropping;
  if (dropping == 0) return true;
  if (dropping >= MostInside) return false;
  std::lock_guard const lock(bounds.mutex);
  MessageCell* const oldest = lane.MessageQueue::seek(bounds.oldest, isMessage);
  // relaxed: the reader looks under the same lock, and the writer is this thread.
  return oldest == nullptr ||
         stampOf(oldest->word.load(std::memory_order_relaxed)) < bounds.keptFrom;
}

TINCAN_INLINE std::optional<Errc> waitForRoom(EndpointCore& sender, MessageLane& lane,
                                              ChannelName const& channel, Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  EndpointCore& to = *lane.receiver;
  // A stand-in of the receiver waits for it to be polled, which would be by this thread.
  if (&to == &sender || sender.named.get() == &to || to.isBoundHere()) return Errc::Full;
  Waiting waiting(bounds.room, to, sender, channel.name());
  for (;;) {
    bounds.wantRoom();
    std::uint64_t const waits = lane.waiting() + lane.reserved;
    if (waits < bounds.capacity) return std::nullopt;
    if (waits <= lane.reserved) {
      throwDeadlock(channel.name(), "an argument that is being captured for '" + to.displayName() +
                                        "' waits for room at '" + to.displayName() + "'");
    }
    Waited const waited = waiting.wait(deadline, "room for", channel.name());
    switch (waited.end) {
      case WaitEnd::Driven:
      case WaitEnd::Ready: break;
      case WaitEnd::Timeout: return Errc::Timeout;
      case WaitEnd::Deadlock: throwDeadlock(channel.name(), waited.cycle);
      case WaitEnd::Closed:
      case WaitEnd::Deserted: return Errc::Closed;
    }
  }
}

TINCAN_INLINE void learnOfRoom(LaneBounds const& bounds) noexcept {
  // relaxed: stored before the release of takenMessages, which waiting() has acquired.
  raiseClock(bounds.takenAt.load(std::memory_order_relaxed));
}

/// The room that the sender's messages in another lane to the receiver take.
inline std::uint64_t waitingElsewhere(EndpointCore& sender, EndpointCore& to) noexcept {
  std::uint64_t waits = 0;
  withOtherLane(sender, to,
                [&](MessageLane const& lane) { waits = lane.waiting() + lane.reserved; });
  return waits;
}

[[gnu::noinline]] TINCAN_INLINE LaneOrError findRoom(EndpointCore& sender, MessageLane& lane,
                                                     ChannelName const& channel,
                                                     Nanoseconds deadline) {
  LaneBounds& bounds = *lane.bounds;
  noteRoom(*lane.receiver, lane);
  std::optional<Errc> refused;
  std::uint64_t const waits = lane.waiting() + lane.reserved;
  if (bounds.overflow == Overflow::DropOldest) {
    if (!mayDropOldest(lane)) refused = Errc::Full;
  } else if (bounds.overflow == Overflow::Block) {
    if (waits >= bounds.capacity) refused = waitForRoom(sender, lane, channel, deadline);
  } else if (waits + waitingElsewhere(sender, *lane.receiver) >= bounds.capacity) {
    refused = Errc::Full;
  }
  if (refused.has_value()) {
    refuse(sender, *lane.receiver, channel, *refused);
    return {nullptr, *refused};
  }
  learnOfRoom(bounds);
  return {&lane, {}};
}

TINCAN_INLINE RoomForOne::RoomForOne(EndpointCore& sender, MessageLane& lane) noexcept
    : sender_(sender), lane_(lane), keptFrom_(lane.bounds->keptFrom) {
  LaneBounds& bounds = *lane.bounds;
  std::uint64_t waiting = lane.waiting();  // with this one
  if (waiting <= bounds.highWater) bounds.isHigh = false;
  if (bounds.overflow == Overflow::DropOldest) {
    noteRoom(*lane.receiver, lane);
    if (waiting > bounds.capacity) {
      takeOldest();
      --waiting;
    }
  }
  learnOfRoom(bounds);
  if (waiting >= bounds.highWater && !std::exchange(bounds.isHigh, true)) highWater_ = waiting;
}

TINCAN_INLINE RoomForOne::~RoomForOne() {
  published();
  if (dropped_ != nullptr) {
    drop(lane_, *dropped_, kindOfDropped_ == Kind::Message ? nullptr : dropped_->slot());
    lane_.unpin();
    --threadState().dropping;
    lane_.bounds->keptFrom = keptFrom_;
  }
  if (highWater_ != 0) {
    sender_.bus->highWater(sender_.name, lane_.receiver->name, highWater_);
  }
}

TINCAN_INLINE bool RoomForOne::isTooFull() const noexcept {
  LaneBounds const& bounds = *lane_.bounds;
  std::uint64_t const taken = largerOf(lane_.takenMessages.get(), bounds.taken);
  return lane_.pushedMessages.get() > taken + lane_.droppedMessages.get() + bounds.capacity;
}

TINCAN_INLINE void RoomForOne::takeOldest() noexcept {
  LaneBounds& bounds = *lane_.bounds;
  readersLock_ = std::unique_lock(bounds.mutex);
  if (!isTooFull()) return;
  MessageCell* const cell = lane_.MessageQueue::seek(bounds.oldest, isMessage);
  if (cell == nullptr) return;
  // relaxed, all: the reader looks under the same lock, and the writer is this thread.
  std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
  kindOfDropped_ = kindOf(word);
  if (kindOfDropped_ == Kind::Latest) {
    // Waits, and nobody else claims it under the lock.
    static_cast<void>(cell->claim(cell->lookAtClaim()));
    kindOfDropped_ = Kind::Message;
  }
  cell->word.store(makeWord(stampOf(word), Kind::Nothing), std::memory_order_relaxed);
  lane_.MessageQueue::pin();
  // What is behind the reader's place is given back.
  while (MessageCell* const first = lane_.MessageQueue::front()) {
    if (kindOf(first->word.load(std::memory_order_relaxed)) != Kind::Nothing) break;
    lane_.MessageQueue::pop();
    lane_.MessageQueue::unpin();
  }
  dropped_ = cell;
  lane_.droppedMessages.add();
  ++threadState().dropping;
  if (bounds.keptFrom == UINT64_MAX) bounds.keptFrom = lane_.lastStamp + 1;
}

}  // namespace tincan::inline abi0::detail
