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
  Taken const taken = guarded([&] { return MessageQueue::take(limit); });
  if (taken.cell == nullptr || tap == nullptr) return taken;
  Kind const kind = kindOf(taken.word);
  if (kind <= Kind::Invoke) tap->taken(*taken.cell->name);
  else if (kind == Kind::Post) tap->tookOther(LaneTap::Other::Post);
  else if (kind == Kind::Answer) tap->tookOther(LaneTap::Other::Answer);
  return taken;
}

TINCAN_INLINE std::unique_ptr<LaneTap> MessageLane::listenIn(EndpointCore const& from,
                                                             EndpointCore const& to) {
  Tap* const listens = to.bus->tap();
  return listens == nullptr ? nullptr : listens->listenIn(from, to);
}

}  // namespace tincan::inline abi0::detail
