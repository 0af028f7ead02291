// tincan/detail/queue/lane_roster.hpp - the lanes of an inbox that its owner looks at
//
// A lane that has been quiet for long is retired: the owner looks at it no more, and the writer that
// pushes into it next enlists it again. An owner that sleeps has retired all its lanes. So a writer
// pays for sleepers with the one check of its lane's signal, and the first writer that enlists a
// lane rings the bell.
//
//   Threads   Writers: enlist(). Any thread: interrupt(). Everything else: the owner only.
//   Order     What a writer did before enlist() is visible to the owner once collect() lists the lane.
//   Progress  enlist() and interrupt() never block; they enter the kernel only to wake the owner.
//   Lifetime  Does not own the lanes. A lane must outlive its place here, see remove().
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/doorbell.hpp>

namespace tincan::inline v0::detail {

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

  /// Hands a lane to the owner; for the writer that has changed its signal from Retired to Listed.
  /// True if the owner waits in a foreign loop, which the caller must wake.
  [[nodiscard, gnu::noinline]] bool enlist(LaneType& lane) noexcept {
    // relaxed: the exchange below decides.
    void* head = enlisted_.load(std::memory_order_relaxed);
    do {
      lane.nextEnlisted = isMark(head) ? nullptr : static_cast<LaneType*>(head);
      // seq_cst, and so release: pairs with the acquire in collect() and hasEnlisted().
    } while (!enlisted_.compare_exchange_weak(
        head, static_cast<void*>(&lane), std::memory_order_seq_cst, std::memory_order_relaxed));
    if (head == asleep()) bell_.ring();
    return head == armed();
  }

  /// Wakes the owner if it sleeps. What it is to notice was stored before, by seq_cst.
  void interrupt() noexcept {
    // seq_cst: pairs with the exchange in sleep(). The owner first says that it sleeps and then looks
    // what there is to notice; we have stored that and now look whether it sleeps. One sees the other.
    void* seen = enlisted_.load(std::memory_order_seq_cst);
    if (seen == asleep() &&
        enlisted_.compare_exchange_strong(seen, nullptr, std::memory_order_seq_cst,
                                          std::memory_order_relaxed)) {
      bell_.ring();
    }
  }

  // ---- owner ----

  /// Lists what has been enlisted, and returns everything that is listed. Throws std::bad_alloc; what
  /// could not be listed is collected the next time.
  std::vector<LaneType*> const& collect() {
    // acquire: as in hasEnlisted().
    if (enlisted_.load(std::memory_order_acquire) != nullptr || uncollected_ != nullptr)
        [[unlikely]]
      collectEnlisted();
    return listed_;
  }

  std::vector<LaneType*> const& listed() const noexcept { return listed_; }
  /// True if collect() would list a lane.
  bool hasEnlisted() noexcept {
    if (uncollected_ != nullptr) [[unlikely]]
      return true;
    // acquire: pairs with the release in enlist(). The second look of a round relies on it: a lane
    // that was enlisted before a message that the round has seen is seen here.
    void* const head = enlisted_.load(std::memory_order_acquire);
    return head != nullptr && !isMark(head);
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
    // relaxed: nobody collects any more.
    enlisted_.store(nullptr, std::memory_order_relaxed);
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
    bell_.quiet();
    void* seen = nullptr;
    // seq_cst: see interrupt(). Also release: pairs with the acquire of the writer that rings.
    if (!enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_seq_cst,
                                           std::memory_order_relaxed)) {
      return;
    }
    if (!notice()) bell_.wait(deadline);
    seen = asleep();
    // relaxed: an owner that is awake publishes nothing, and what was enlisted collect() acquires.
    enlisted_.compare_exchange_strong(seen, nullptr, std::memory_order_relaxed,
                                      std::memory_order_relaxed);
  }

  /// Makes the next enlist() return true. False if there is a message already.
  [[nodiscard]] bool arm() {
    collect();
    retire([](LaneType&) { return true; });
    if (!listed_.empty()) return false;
    void* seen = nullptr;
    // release: pairs with the exchange in enlist(): who wakes the foreign loop sees what the owner did.
    return enlisted_.compare_exchange_strong(seen, armed(), std::memory_order_release,
                                             std::memory_order_relaxed) ||
           seen == armed();
  }

 private:
  [[gnu::noinline]] bool manySeemEmpty() noexcept {
    constexpr unsigned Between = 2048;
    return ++idle_ % Between != 0 && empty();
  }

  // How many counted looks lie between two times that quiet lanes are retired.
  static constexpr unsigned LooksBetween = 1024;

  // What enlisted_ may be:
  //   null      nothing is enlisted, and the owner is awake
  //   a lane    the youngest that is enlisted, and behind it, by nextEnlisted, the others
  //   asleep()  nothing is enlisted, and the owner sleeps or is about to
  //   armed()   nothing is enlisted, and the owner waits in a foreign loop
  //
  //   null    -> a lane    a writer
  //   a lane  -> a lane    another writer, whose lane goes before it
  //   asleep  -> a lane    a writer, which rings the bell
  //   armed   -> a lane    a writer, which wakes the foreign loop
  //   null    -> asleep    the owner, in sleep()
  //   asleep  -> null      interrupt(), which rings the bell; or the owner, which has woken
  //   null    -> armed     the owner, in arm()
  //   a lane, asleep, armed -> null   the owner, in collect()
  void* asleep() noexcept { return &asleepMark_; }
  void* armed() noexcept { return &armedMark_; }
  bool isMark(void const* head) noexcept { return head == asleep() || head == armed(); }

  bool isListed(LaneType const& lane) const noexcept {
    std::size_t const place = lane.atInbox.place;
    return place < listed_.size() && listed_[place] == &lane;
  }

  void collectEnlisted() {
    // acq_rel: pairs with the release in enlist().
    void* const head = enlisted_.exchange(nullptr, std::memory_order_acq_rel);
    if (head != nullptr && !isMark(head)) {
      auto* const youngest = static_cast<LaneType*>(head);
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
    auto const first = std::partition(listed_.begin(), listed_.end(),
                                      [&](LaneType* lane) { return !chosen(*lane); });
    if (first == listed_.end()) return;
    for (auto at = first; at != listed_.end(); ++at) (*at)->signal.set(LaneType::Retired);
    (*first)->signal.settle();
    auto const isOff = [](LaneType* lane) {
      return lane->front() == nullptr || !lane->signal.change(LaneType::Retired, LaneType::Listed);
    };
    listed_.erase(std::remove_if(first, listed_.end(), isOff), listed_.end());
    for (std::size_t place = 0; place < listed_.size(); ++place) {
      listed_[place]->atInbox.place = place;
    }
  }

  // Shared with the writers.
  alignas(FalseSharingRange) typename Platform::template atomic<void*> enlisted_{nullptr};
  Doorbell<Platform> bell_;

  // The owner's.
  alignas(FalseSharingRange) std::vector<LaneType*> listed_;
  LaneType* uncollected_ = nullptr;  // the lanes that were enlisted and could not be listed yet
  unsigned idle_ = 0;                // seemsEmpty()
  unsigned looks_ = 0;               // that were counted since quiet lanes were retired
  // Only their addresses are used, which no lane has.
  char asleepMark_ = 0;
  char armedMark_ = 0;
};

}  // namespace tincan::inline v0::detail
