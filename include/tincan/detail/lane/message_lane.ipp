// tincan/detail/lane/message_lane.ipp - the messages of one sender that wait at one receiver: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <type_traits>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// What a tap is told of a cell of such a kind.
inline Passing passing(Kind kind, MessageCell const& cell, std::uint64_t stamp) noexcept {
  bool const isMessage = kind <= Kind::Invoke;
  bool const hasSlot = kind != Kind::Message && kind != Kind::Post;
  static_assert(static_cast<unsigned>(Passing::What::Answer) ==
                static_cast<unsigned>(Kind::Answer));
  return {static_cast<Passing::What>(kind), isMessage ? cell.name : nullptr,
          hasSlot ? &cell.slot()->state : nullptr, stamp};
}

TINCAN_INLINE void MessageLane::leave() noexcept {
  // First the count: whoever drops the lane takes it off that.
  // release: pairs with the acquire of the receiver's loop, which then finds the lane abandoned.
  receiver->abandonedLanes.fetch_add(1, std::memory_order_release);
  receiver->inbox.abandon(*this);
  receiver->notices.add(Notices::AbandonedLanes);
}

[[gnu::noinline]] TINCAN_INLINE void MessageLane::messageTakenOfBounded() noexcept {
  // relaxed: published by the release of takenMessages, which waiting() acquires before
  // learnOfRoom() reads this.
  bounds->takenAt.store(threadState().clock, std::memory_order_relaxed);
  takenMessages.add();
  bounds->roomMade();
}

[[gnu::noinline]] TINCAN_INLINE MessageLane::Taken MessageLane::takeShared(
    std::uint64_t limit) noexcept {
  Taken const taken = guarded([&] {
    Taken const first = MessageQueue::take(limit);
    if (readerLocks && first.cell != nullptr && kindOf(first.word) <= Kind::Invoke) {
      bounds->taken = takenMessages.get() + 1;
    }
    return first;
  });
  if (taken.cell == nullptr || tap == nullptr || !isTold(kindOf(taken.word))) return taken;
  tap->taken(passing(kindOf(taken.word), *taken.cell, stampOf(taken.word)));
  return taken;
}

[[gnu::noinline]] TINCAN_INLINE void MessageLane::tellSent(Kind kind, MessageCell const& cell,
                                                           std::uint64_t stamp) const noexcept {
  Kind const told = kind == Kind::Latest ? Kind::Message : kind;  // as which it is taken
  if (isTold(told)) tap->sent(passing(told, cell, stamp));
}

TINCAN_INLINE std::unique_ptr<LaneTap> MessageLane::listenIn(EndpointCore const& from,
                                                             EndpointCore const& to) {
  Tap* const listens = to.bus->tap();
  return listens == nullptr ? nullptr : listens->listenIn(from, to);
}

}  // namespace tincan::inline abi0::detail
