// tincan/detail/queue/lane_deliveries.hpp - delivers what is visible in one lane of an inbox
//
//   Threads   The owner of the inbox, where nothing else is said.
//   Order     As the lane has it.
//   Progress  Never blocks.
//   Lifetime  Does not own the lanes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/queue/inbox_marks.hpp>
#include <tincan/detail/queue/lane_roster.hpp>
#include <tincan/detail/queue/run.hpp>

namespace tincan::inline abi0::detail {

template <class LaneType, class Platform>
class LaneDeliveries {
 public:
  LaneDeliveries() = default;
  LaneDeliveries(LaneDeliveries const&) = delete;
  LaneDeliveries& operator=(LaneDeliveries const&) = delete;

  struct Delivered {
    std::size_t count;
    bool stopped;        // `deliver` has ended the round
    std::uint64_t word;  // of the next cell of the lane; 0: there is none
  };

  struct DeliveredAll {
    std::size_t count;
    bool
        hasLeft;  // of what was to be delivered something is there, or was changed for another message
  };
  /// Delivers what is visible in a lane up to that word, mostly in one run.
  template <class Deliver>
  [[gnu::always_inline]] DeliveredAll deliverAll(LaneType& lane, std::uint64_t last,
                                                 Deliver& deliver) {
    std::size_t count = 0;
    if constexpr (TakesRuns<Deliver, LaneType>) {
      lane.atInbox.quietRounds = 0;
      Run const run = deliver.takeRun(lane, last);
      if (run.count != 0) [[likely]] {
        if (run.stopped) [[unlikely]]
          return {run.count, false};
        countDelivered(run.count);
        if (lane.hasTaken(last)) [[likely]]
          return {run.count, false};
        count = run.count;
      }
    }
    Delivered const rest = deliverUpTo(lane, last, deliver);
    return {count + rest.count, !rest.stopped && hasLeft(lane, last, rest.count == 0)};
  }
  /// True if something up to that word is in the lane still, or may have been dropped by its writer, in favour of
  /// another message.
  static bool hasLeft(LaneType& lane, std::uint64_t last, bool mayBeDropped) noexcept {
    return mayBeDropped || !lane.hasTakenShared(last);
  }

  /// Delivers what is visible in a lane up to that word, cell by cell and run by run.
  template <class Deliver>
  [[gnu::noinline]] Delivered deliverUpTo(LaneType& lane, std::uint64_t last, Deliver& deliver) {
    lane.atInbox.quietRounds = 0;
    std::size_t count = 0;
    for (;;) {
      if constexpr (TakesRuns<Deliver, LaneType>) {
        Run const run = deliver.takeRun(lane, last);
        if (run.count != 0) {
          count += run.count;
          if (run.stopped) return {count, true, 0};
          countDelivered(run.count);
        }
      }
      auto const taken = lane.take(last);
      // None: it exceeds the last one, or a round inside a handler took it.
      if (taken.cell == nullptr) return {count, false, taken.word};
      ++count;
      if (!deliver(lane, *taken.cell)) return {count, true, 0};
      countDelivered(1);
    }
  }

  /// What any thread may read of the owner's rounds.
  InboxMarks<Platform> marks{};

  // What follows may lie in its padding.
  [[no_unique_address]] LaneRoster<LaneType, Platform> roster{};

 private:
  // Deliveries between two looks for other stamps; as many as there are lanes, if those are more.
  static constexpr std::size_t RefreshEvery = 64;

  void countDelivered(std::size_t count) noexcept {
    if (untilRefresh_ <= count) [[unlikely]]
      refreshSeen();
    else untilRefresh_ -= count;
  }

  /// Looks, in the midst of a long round, what has come into the other lanes, for the writers' clocks.
  [[gnu::noinline]] void refreshSeen() noexcept {
    try {
      roster.collect();
    } catch (std::bad_alloc const&) {
      // The next round collects them; the clocks may wait for it.
    }
    auto const& listed = roster.listed();
    untilRefresh_ = largerOf(RefreshEvery, listed.size());
    if (listed.size() < 2) return;
    std::uint64_t seen = 0;
    for (LaneType* lane : listed) seen = largerOf(seen, lane->look().last);
    marks.noteSeen(seen);
  }

  std::size_t untilRefresh_ = RefreshEvery;  // deliveries
};

}  // namespace tincan::inline abi0::detail
