// tincan/detail/send/room.hpp - the room for a message in a lane that has bounds
#pragma once

#include <cstdint>
#include <mutex>
#include <optional>

#include <tincan/channel_name.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/bounds.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// A lane that takes messages; or why there is none, and then the message counts as refused.
struct LaneOrError {
  MessageLane* lane;
  Errc refused;  // if lane is null
};

/// Calls use(lane) with the other lane to the receiver by which a sender has sent before its first poll, if there is
/// one: until then its own verbs and its handles send by different ones.
template <class Use>
void withOtherLane(EndpointCore& sender, EndpointCore& to, Use&& use) noexcept {
  auto const lookAt = [&](EndpointCore& other) {
    MessageLane* const lane = other.outbox.find(to);
    if (lane != nullptr) use(*lane);
    return lane != nullptr;
  };
  EndpointCore* standIn = sender.takenStandIn();
  if (sender.named != nullptr) {
    sender.named->beforeItIsPolled([&] { return lookAt(*sender.named); });
  } else if (ThreadHolder* const holder = threadState().holder;
             standIn == nullptr && holder != nullptr) {
    standIn = holder->standInOf(sender);
  }
  if (standIn != nullptr) lookAt(*standIn);
}

/// Counts a message that was refused as sent and as a dead letter.
void refuse(EndpointCore& sender, EndpointCore& to, ChannelName const& channel, Errc reason);

/// True for a cell that holds a message, of which nobody has taken anything. Called under the lock of the
/// bounds, by the writer.
bool isMessage(MessageCell& cell) noexcept;

/// Says whether a lane whose oldest messages may be dropped takes one more. Drops nothing.
bool mayDropOldest(MessageLane& lane) noexcept;

/// Blocks until the lane has room. Returns why it will have none: Full, if this thread would have to
/// make it, Timeout or Closed. Throws Deadlock.
std::optional<Errc> waitForRoom(EndpointCore& sender, MessageLane& lane, ChannelName const& channel,
                                Nanoseconds deadline);

/// Takes over the receiver's clock: that there is room tells what it has done before it made it. Called
/// after a look at waiting().
void learnOfRoom(LaneBounds const& bounds) noexcept;

/// Looks whether a lane that has bounds takes one message more, as its receiver's Overflow says, and waits
/// for room if that says so; what refuses messages also counts those that wait in another lane of the sender. Drops
/// nothing: RoomForOne does, once the message is complete. Throws Deadlock.
LaneOrError findRoom(EndpointCore& sender, MessageLane& lane, ChannelName const& channel,
                     Nanoseconds deadline);

/// The room of one message in a lane that has bounds. Made while nothing can fail any more, after the
/// message was counted and before it is published; the message that gives its room is taken out at once, and
/// the reader finds no lane that has neither of the two. Ends after the message is published: then whoever is
/// to know of that, and of the high water, is told.
///
///   Threads   The writer's.
class RoomForOne {
 public:
  RoomForOne(EndpointCore& sender, MessageLane& lane) noexcept;
  ~RoomForOne();
  RoomForOne(RoomForOne const&) = delete;
  RoomForOne& operator=(RoomForOne const&) = delete;

  /// Lets the reader into the lane: the message is published.
  void published() noexcept {
    if (readersLock_.owns_lock()) readersLock_.unlock();
  }

 private:
  /// Takes the oldest message out of the lane, unless the reader has made room meanwhile, and keeps the reader out.
  void takeOldest() noexcept;
  /// Whether more messages wait than there is room for; under the lock.
  bool isTooFull() const noexcept;

  EndpointCore& sender_;
  MessageLane& lane_;
  std::unique_lock<Mutex> readersLock_{};
  std::uint64_t const keptFrom_;    // as it was before
  MessageCell* dropped_ = nullptr;  // null: none
  Kind kindOfDropped_ = Kind::Nothing;
  std::uint64_t highWater_ = 0;  // so many wait, which is to be told; or 0
};

}  // namespace tincan::inline abi0::detail
