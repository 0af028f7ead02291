// tincan/detail/message/bounds.hpp - how many messages of one sender may wait in an inbox
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/inbox_options.hpp>

namespace tincan::inline abi0::detail {

/// Wakes a writer that waits for room. The reader has counted what it took before roomMade().
///
///   Threads   roomMade(): the reader. Everything else: the writer.
template <class Platform>
struct RoomBell {
  /// Says that one message less waits.
  void roomMade() noexcept {
    // acq_rel: pairs with the exchange in wantRoom(). If that comes later the writer sees the message
    // taken, else we see that there is somebody to wake.
    if (wanted.exchange(0, std::memory_order_acq_rel) != 0) room.signal();
  }
  /// Says that the writer wants to be woken. After it the writer looks once more whether there is room.
  void wantRoom() noexcept {
    room.reset();
    // acq_rel, and an exchange: pairs with the one in roomMade().
    wanted.exchange(1, std::memory_order_acq_rel);
  }

  AnswerState<Platform> room{};                                 // the writer waits for it
  typename Platform::template atomic<std::uint32_t> wanted{0};  // 1: the writer wants to be woken
};

/// The part of a lane that is bounded, or watched for its high water.
struct LaneBounds : RoomBell<ThreadPlatform> {
  explicit LaneBounds(InboxOptions const& options)
      : capacity(options.capacity == 0 ? SIZE_MAX : options.capacity),
        overflow(options.capacity == 0 ? Overflow::Fail : options.overflow),
        highWater(options.highWater == 0 ? SIZE_MAX : options.highWater) {}

  /// The bounds of a new lane, or null if it needs none. Throws std::bad_alloc.
  static Owned<LaneBounds> make(InboxOptions const& options);

  /// Says that one message less waits; by the reader.
  void roomMade() noexcept {
    if (overflow == Overflow::Block) RoomBell::roomMade();
  }

  std::size_t const capacity;
  Overflow const overflow;
  std::size_t const highWater;

  std::atomic<std::uint64_t> takenAt{0};  // the receiver's clock when it took the last message
  // The writer's.
  bool isHigh = false;
  // The stamp of a message for whose room another one is being dropped: what is sent meanwhile, by
  // whoever is told, does not take the room of that one, nor of one after it.
  std::uint64_t keptFrom = UINT64_MAX;

  // Guards the reader's end of the lane, where the writer drops what waits, `oldest` and `taken`.
  Mutex mutex{};
  std::uint64_t taken =
      0;  // so many messages has the reader taken, with one that it has not counted yet
  MessageQueue::Cursor oldest{};  // no message before it can be dropped
};

}  // namespace tincan::inline abi0::detail
