// tincan/detail/queue/lane_roster.hpp - the lanes of an inbox that its owner looks at
//
// A lane that has been quiet for long is retired: the owner looks at it no more, and the writer that
// pushes into it next enlists it again. An owner that sleeps has retired all its lanes. So a writer
// pays for sleepers with the one check of its lane's signal, and the first writer that enlists a
// lane rings the bell.
//
//   Threads   Writers: enlist(). Any thread: interrupt(). Everything else: the owner only.
//   Progress  enlist() and interrupt() never block; they enter the kernel only to wake the owner.
//   Lifetime  Does not own the lanes. A lane must outlive its place here, see remove().
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/queue/enlisted_lanes.hpp>
#include <tincan/detail/queue/group_bell.hpp>

namespace tincan::inline abi0::detail {

/// The fields of a lane that belong to the owner of the inbox.
struct LaneAtInbox {
  unsigned quietRounds = 0;      // since it was enlisted or something was taken from it
  std::size_t place = 0;         // its index among the listed lanes, if it is one of them
  std::uint64_t lastLookBy = 0;  // the number of the last round that found something in it
};

template <class LaneType, class Platform>
class LaneRoster {
 public:
  LaneRoster() = default;
  LaneRoster(LaneRoster const&) = delete;
  LaneRoster& operator=(LaneRoster const&) = delete;

  // ---- any thread ----

  /// See EnlistedLanes.
  [[nodiscard, gnu::noinline]] bool enlist(LaneType& lane) noexcept {
    return enlisted_.enlist(lane);
  }
  void interrupt() noexcept { enlisted_.interrupt(); }

  // ---- owner ----

  /// Lists what has been enlisted, and returns everything that is listed. Throws std::bad_alloc; what
  /// could not be listed is collected the next time.
  [[gnu::always_inline]] Row<LaneType*> const& collect() {
    if (enlisted_.isTouched() || uncollected_ != nullptr) [[unlikely]]
      collectEnlisted();
    return listed_;
  }

  Row<LaneType*> const& listed() const noexcept { return listed_; }
  /// True if collect() would list a lane.
  bool hasEnlisted() noexcept {
    if (uncollected_ != nullptr) [[unlikely]]
      return true;
    return enlisted_.hasAny();
  }

  /// True if nothing is visible in any lane.
  bool empty() noexcept {
    if (hasEnlisted()) [[unlikely]]
      return false;
    for (LaneType* lane : listed_) {
      if (lane->front() != nullptr) return false;
    }
    return true;
  }

  /// True if nothing is visible in any lane; false, although there is nothing, once in a while when quiet
  /// lanes are to be retired. For owners that do nothing else if this is true.
  [[gnu::always_inline]] bool seemsEmpty() noexcept {
    if (hasEnlisted()) [[unlikely]]
      return false;
    if (listed_.empty()) return true;
    return listed_.size() == 1 ? listed_.front()->front() == nullptr : manySeemEmpty();
  }

  /// Has the lane looked at first from now on, if it is listed.
  void moveToFront(LaneType& lane) noexcept {
    if (!isListed(lane)) return;
    std::size_t const place = lane.atInbox.place;
    std::swap(listed_[place], listed_.front());
    listed_[place]->atInbox.place = place;
    lane.atInbox.place = 0;
  }

  /// Takes the lane off the list, if it is there.
  void remove(LaneType& lane) noexcept {
    if (!isListed(lane)) return;
    std::size_t const place = lane.atInbox.place;
    listed_[place] = listed_.back();
    listed_[place]->atInbox.place = place;
    listed_.pop_back();
  }

  /// Forgets all lanes, for good.
  void clear() noexcept {
    listed_.clear();
    uncollected_ = nullptr;
    enlisted_.clear();
  }

  /// Counts a look at all listed lanes: the more there are, the sooner it pays to retire some.
  void countLook() noexcept { looks_ += 1 + static_cast<unsigned>(listed_.size()) / 8; }

  /// Retires, now and then, the lanes that have been quiet since the last time. `isIdle`: the round
  /// found nothing, though empty() has said so thousands of times before it.
  void retireQuiet(bool isIdle) {
    if (listed_.size() < 2) [[likely]]
      return;
    if (!isIdle && looks_ < LooksBetween) [[likely]]
      return;
    looks_ = 0;
    retire([](LaneType& lane) { return ++lane.atInbox.quietRounds > 1; });
  }

  /// Sleeps until a lane is enlisted, interrupt(), or the deadline. Returns at once if there is a
  /// message or `notice()` is true.
  template <class Notice>
  void sleep(Nanoseconds deadline, Notice&& notice) {
    collect();
    retire([](LaneType&) { return true; });
    if (!listed_.empty()) return;
    enlisted_.sleep(deadline, notice);
  }

  /// See EnlistedLanes::fallAsleep(). False also if there is a message.
  [[nodiscard]] bool fallAsleep(GroupBell<Platform>& bell) {
    collect();
    retire([](LaneType&) { return true; });
    return listed_.empty() && enlisted_.fallAsleep(bell);
  }
  [[nodiscard]] bool wakeUp() noexcept { return enlisted_.wakeUp(); }

  /// Makes the next enlist() return true. False if there is a message already.
  [[nodiscard]] bool arm() {
    collect();
    retire([](LaneType&) { return true; });
    if (!listed_.empty()) return false;
    return enlisted_.arm();
  }

 private:
  [[gnu::noinline]] bool manySeemEmpty() noexcept {
    constexpr unsigned Between = 2048;
    return ++idle_ % Between != 0 && empty();
  }

  // How many counted looks lie between two times that quiet lanes are retired.
  static constexpr unsigned LooksBetween = 1024;

  bool isListed(LaneType const& lane) const noexcept {
    std::size_t const place = lane.atInbox.place;
    return place < listed_.size() && listed_[place] == &lane;
  }

  [[gnu::noinline]] void collectEnlisted() {
    if (LaneType* const youngest = enlisted_.takeAll()) {
      LaneType* last = youngest;
      while (last->nextEnlisted != nullptr) last = last->nextEnlisted;
      last->nextEnlisted = uncollected_;
      uncollected_ = youngest;
    }
    while (uncollected_ != nullptr) {
      listed_.push_back(uncollected_);
      LaneType* const collected = uncollected_;
      collected->atInbox.quietRounds = 0;
      collected->atInbox.place = listed_.size() - 1;
      uncollected_ = collected->nextEnlisted;
    }
  }

  /// Takes the lanes that `chosen` picks off the list, unless there is a message in them.
  template <class Chosen>
  void retire(Chosen&& chosen) {
    auto* first = listed_.begin();  // of those that are chosen, which go behind the others
    for (LaneType*& lane : listed_) {
      if (!chosen(*lane)) std::swap(*first++, lane);
    }
    if (first == listed_.end()) return;
    for (auto* at = first; at != listed_.end(); ++at) (*at)->signal.set(LaneType::Retired);
    (*first)->signal.settle();
    auto* stays = first;
    for (auto* at = first; at != listed_.end(); ++at) {
      LaneType* const lane = *at;
      bool const isOff =
          lane->front() == nullptr || !lane->signal.change(LaneType::Retired, LaneType::Listed);
      if (!isOff) *stays++ = lane;
    }
    listed_.cut(stays);
    for (std::size_t place = 0; place < listed_.size(); ++place) {
      listed_[place]->atInbox.place = place;
    }
  }

  EnlistedLanes<LaneType, Platform> enlisted_{};

  // The owner's.
  alignas(FalseSharingRange) Row<LaneType*> listed_{};
  LaneType* uncollected_ = nullptr;  // the lanes that were enlisted and could not be listed yet
  unsigned idle_ = 0;                // seemsEmpty()
  unsigned looks_ = 0;               // that were counted since quiet lanes were retired
};

}  // namespace tincan::inline abi0::detail
