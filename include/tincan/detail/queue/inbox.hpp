// tincan/detail/queue/inbox.hpp - an endpoint's lanes, merged in causal order
//
//   Threads   Writers: pushed(), seen(), abandon(). Any thread: interrupt(), deepest(). The owner, or
//             whoever has got its place after closing: everything else.
//   Order     See CausalBatch.
//   Progress  pushed() never blocks; it enters the kernel only to wake the owner.
//   Lifetime  Does not own the lanes. They are there until they are abandoned and empty and dropped,
//             or until forget().
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/abandoned_lanes.hpp>
#include <tincan/detail/queue/causal_rounds.hpp>
#include <tincan/detail/queue/group_bell.hpp>

namespace tincan::inline abi0::detail {

/// `LaneType` derives from Lane and has the members `LaneType* nextEnlisted`, `LaneType* nextGone`
/// and `LaneAtInbox atInbox`. Rounds of at most `Few` lanes leave nothing to the next one.
template <class LaneType, class PlatformType = typename LaneType::Platform, std::size_t Few = 16>
class Inbox : private CausalRounds<LaneType, PlatformType, Few> {
  using Rounds = CausalRounds<LaneType, PlatformType, Few>;
  using Rounds::roster;

 public:
  using Platform = PlatformType;

  // ---- writers ----

  enum class Pushed {
    Fine,    // there is nothing to do
    Wake,    // the inbox has turned from empty to not empty, and its owner waits in a foreign loop
    Driven,  // the caller must tell the driver
    Closed   // the caller must clear the lane
  };

  /// Learns that a cell was published in the lane; to be called after every publish().
  [[nodiscard, gnu::always_inline]] Pushed pushed(LaneType& lane) noexcept {
    std::uint32_t const state = lane.signal.observe();
    if (state == LaneType::Listed) [[likely]]
      return Pushed::Fine;
    if (state == LaneType::Closed) return Pushed::Closed;
    if (state == LaneType::Driven) return Pushed::Driven;
    // Lost: the reader has seen the message and listed the lane itself; or it has closed the lane
    // after our observe(), and so clears it after our publish().
    if (!lane.signal.change(LaneType::Retired, LaneType::Listed)) return Pushed::Fine;
    return roster.enlist(lane) ? Pushed::Wake : Pushed::Fine;
  }

  /// Says that nothing more is written to the lane, which is dropped once it is empty. Once for
  /// each.
  void abandon(LaneType& lane) noexcept {
    lane.abandon();
    abandoned_.add(lane);
  }

  /// See InboxMarks.
  std::uint64_t seen() const noexcept { return Rounds::marks.seen(); }

  // ---- any thread ----

  /// Wakes the owner if it sleeps. What it is to notice was stored before, by seq_cst.
  void interrupt() noexcept { roster.interrupt(); }

  std::uint64_t deepest() const noexcept { return Rounds::marks.deepest(); }

  // ---- owner ----

  /// Makes a new lane ready, under the lock that guards the owner's list of all its lanes. It begins
  /// retired, so that its first message enlists it.
  static void prepare(LaneType& lane) noexcept { lane.signal.set(LaneType::Retired); }

  void noteDepth(std::uint64_t waiting) noexcept { Rounds::marks.noteDepth(waiting); }
  using Rounds::heldBack;
  using Rounds::round;
  using Rounds::roundUpTo;

  /// True if something is visible whose word is `most` at most. If not, quiet lanes may be retired.
  bool hasUpTo(std::uint64_t most) {
    for (LaneType* lane : roster.collect()) {
      std::uint64_t const word = lane->frontWord();
      if (word != 0 && word <= most) return true;
    }
    roster.countLook();
    roster.retireQuiet(false);
    return false;
  }

  /// Calls each(lane, lane.look()) for every lane in which something is visible.
  template <class Each>
  void lookAtAll(Each&& each) {
    for (LaneType* lane : roster.collect()) {
      auto const view = lane->look();
      if (view.end != view.begin) each(*lane, view);
    }
  }

  /// True if nothing is visible; see LaneRoster::seemsEmpty().
  [[gnu::always_inline]] bool seemsEmpty() noexcept { return roster.seemsEmpty(); }
  /// True if nothing is visible. Cheap.
  bool empty() noexcept { return roster.empty(); }

  /// Sleeps until a message is pushed, interrupt(), or the deadline. Returns at once if there is a
  /// message or `notice()` is true.
  template <class Notice>
  void sleep(Nanoseconds deadline, Notice&& notice) {
    roster.sleep(deadline, notice);
  }

  /// Falls asleep beside other inboxes of the thread, and wakes; see EnlistedLanes.
  [[nodiscard]] bool fallAsleep(GroupBell<Platform>& bell) { return roster.fallAsleep(bell); }
  [[nodiscard]] bool wakeUp() noexcept { return roster.wakeUp(); }

  /// Makes the next pushed() return Wake. False if there is a message already.
  [[nodiscard]] bool arm() {
    roster.collect();
    return !this->hasKept() && roster.arm();
  }

  /// Finds the lanes that are abandoned, for dropAbandoned(). Outside of every round. Allocates.
  void collectAbandoned() {
    // A round that goes on after a sleep in one of its handlers takes from lanes that are retired,
    // so an abandoned lane that is empty may still be among the enlisted, but no longer after this:
    // its writer has enlisted it before abandoning it.
    // Wrong: collecting the enlisted first. The writer may enlist and abandon the lane after that.
    abandoned_.collect();
    roster.collect();
  }
  /// Calls drop(lane), which may end the lane, for up to `most` of the lanes that were found to be
  /// abandoned, and are empty. Passes over few that are not, which come last the next time. Outside of
  /// every round.
  template <class Drop>
  void dropAbandoned(std::size_t most, Drop&& drop) {
    auto const isOver = [this](LaneType& lane) {
      return lane.front() == nullptr && !this->mayKeep(lane);
    };
    abandoned_.dropSome(most, isOver, [&](LaneType& lane) {
      roster.remove(lane);
      drop(lane);
    });
  }

  /// Forgets all lanes: the endpoint is closed and its lanes are cleared one by one.
  void forget() noexcept {
    Rounds::clear();
    abandoned_.clear();
  }

 private:
  AbandonedLanes<LaneType, Platform> abandoned_{};
};

}  // namespace tincan::inline abi0::detail
