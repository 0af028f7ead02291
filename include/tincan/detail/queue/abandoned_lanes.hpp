// tincan/detail/queue/abandoned_lanes.hpp - the lanes of an inbox to which nothing is written any more
//
//   Threads   add() from any thread; everything else from the owner of the inbox.
//   Order     What a writer did before add() is visible to the owner once collect() has returned.
//   Progress  Wait-free, but for add(), which is lock-free. Allocates nothing.
//   Lifetime  Does not own the lanes. A lane stays here until it is dropped.
#pragma once

#include <atomic>
#include <cstddef>

namespace tincan::inline abi0::detail {

template <class LaneType, class Platform>
class AbandonedLanes {
 public:
  AbandonedLanes() = default;
  AbandonedLanes(AbandonedLanes const&) = delete;
  AbandonedLanes& operator=(AbandonedLanes const&) = delete;

  /// Adds a lane that is abandoned; each lane only once.
  void add(LaneType& lane) noexcept {
    // relaxed: the exchange below decides.
    LaneType* head = added_.load(std::memory_order_relaxed);
    do {
      lane.nextGone = head;
      // release: pairs with the acquire in collect().
    } while (!added_.compare_exchange_weak(head, &lane, std::memory_order_release,
                                           std::memory_order_relaxed));
  }

  /// Queues the lanes that were added since the last call, behind those of before.
  void collect() noexcept {
    // acquire: pairs with the release in add().
    LaneType* added = added_.exchange(nullptr, std::memory_order_acquire);
    while (added != nullptr) {
      LaneType& lane = *added;
      added = lane.nextGone;
      append(lane);
    }
  }

  /// Calls drop(lane), which may end the lane, for up to `most` of the collected lanes for which
  /// `isOver(lane)`. Passes over few others in a row, which come last the next time.
  template <class IsOver, class Drop>
  void dropSome(std::size_t most, IsOver&& isOver, Drop&& drop) {
    std::size_t inVain = 0;
    LaneType* const last = last_;
    for (bool isLast = last == nullptr; !isLast && most > 0 && inVain < MostInVain;) {
      LaneType& lane = *first_;
      isLast = &lane == last;
      first_ = lane.nextGone;
      if (first_ == nullptr) last_ = nullptr;
      if (!isOver(lane)) {
        append(lane);
        ++inVain;
        continue;
      }
      inVain = 0;
      --most;
      drop(lane);
    }
  }

  /// Forgets the lanes that were collected.
  void clear() noexcept { first_ = last_ = nullptr; }

 private:
  // How many lanes in a row dropSome() passes over.
  static constexpr std::size_t MostInVain = 16;

  void append(LaneType& lane) noexcept {
    lane.nextGone = nullptr;
    if (last_ == nullptr) first_ = &lane;
    else last_->nextGone = &lane;
    last_ = &lane;
  }

  typename Platform::template atomic<LaneType*> added_{nullptr};  // a list, by nextGone

  // The owner's queue, by nextGone.
  LaneType* first_ = nullptr;
  LaneType* last_ = nullptr;
};

}  // namespace tincan::inline abi0::detail
