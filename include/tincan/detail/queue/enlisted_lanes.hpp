// tincan/detail/queue/enlisted_lanes.hpp - lanes that writers hand to the owner of an inbox, and its sleep
//
// A stack of lanes, which the owner takes as a whole. An owner that is about to sleep leaves a mark in it
// instead, so that the one who hands the first lane over knows that it must wake the owner.
//
//   Threads   Writers: enlist(). Any thread: interrupt(). Everything else: the owner only.
//   Order     What a writer did before enlist() is visible to the owner after takeAll() has returned the lane.
//   Progress  enlist() and interrupt() never block; they enter the kernel only to wake the owner.
//   Lifetime  Does not own the lanes, which outlive their place here.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/doorbell.hpp>
#include <tincan/detail/queue/group_bell.hpp>

namespace tincan::inline abi0::detail {

template <class LaneType, class Platform>
class EnlistedLanes {
 public:
  EnlistedLanes() = default;
  EnlistedLanes(EnlistedLanes const&) = delete;
  EnlistedLanes& operator=(EnlistedLanes const&) = delete;

  // ---- any thread ----

  /// Hands a lane to the owner; for the writer that has changed its signal from Retired to Listed.
  /// True if the owner waits in a foreign loop, which the caller must wake.
  [[nodiscard, gnu::noinline]] bool enlist(LaneType& lane) noexcept {
    // relaxed: the exchange below decides.
    void* head = enlisted_.load(std::memory_order_relaxed);
    do {
      lane.nextEnlisted = isMark(head) ? nullptr : static_cast<LaneType*>(head);
      // seq_cst, and so release: pairs with the acquire in takeAll() and hasAny().
    } while (!enlisted_.compare_exchange_weak(
        head, static_cast<void*>(&lane), std::memory_order_seq_cst, std::memory_order_relaxed));
    if (head == armed()) return true;
    if (head == asleep()) bell_.ring();
    else if (head == inGroup()) [[unlikely]] ringForGroup();
    return false;
  }

  /// Wakes the owner if it sleeps. What it is to notice was stored before, by seq_cst.
  void interrupt() noexcept {
    // seq_cst: pairs with the exchange in sleep(). The owner first says that it sleeps and then looks
    // what there is to notice; we have stored that and now look whether it sleeps. One sees the other.
    void* seen = enlisted_.load(std::memory_order_seq_cst);
    if ((seen == asleep() || seen == inGroup()) &&
        enlisted_.compare_exchange_strong(seen, nullptr, std::memory_order_seq_cst,
                                          std::memory_order_relaxed)) {
      seen == asleep() ? bell_.ring() : ringForGroup();
    }
  }

  // ---- owner ----

  /// True if a lane is there.
  [[gnu::always_inline]] bool hasAny() noexcept {
    // acquire: pairs with the release in enlist(). The second look of a round relies on it: a lane
    // that was enlisted before a message that the round has seen is seen here.
    void* const head = enlisted_.load(std::memory_order_acquire);
    return head != nullptr && !isMark(head);
  }
  /// True if takeAll() would do something.
  [[gnu::always_inline]] bool isTouched() const noexcept {
    // acquire: as in hasAny().
    return enlisted_.load(std::memory_order_acquire) != nullptr;
  }
  /// Takes all lanes out, and any mark back. Returns the youngest, or null: the others follow it by
  /// nextEnlisted.
  [[nodiscard]] LaneType* takeAll() noexcept {
    // acq_rel: pairs with the release in enlist().
    void* const head = enlisted_.exchange(nullptr, std::memory_order_acq_rel);
    return isMark(head) ? nullptr : static_cast<LaneType*>(head);
  }

  /// Sleeps until a lane is enlisted, interrupt(), or the deadline. Returns at once if one is, or if
  /// `notice()` is true.
  template <class Notice>
  void sleep(Nanoseconds deadline, Notice&& notice) {
    bell_.quiet();
    void* seen = nullptr;
    // seq_cst: see interrupt(). Also release: pairs with the acquire of the writer that rings.
    if (!enlisted_.compare_exchange_strong(seen, asleep(), std::memory_order_seq_cst,
                                           std::memory_order_relaxed)) {
      return;
    }
    if (!notice()) bell_.wait(deadline);
    seen = asleep();
    // relaxed: an owner that is awake publishes nothing, and what was enlisted takeAll() acquires.
    enlisted_.compare_exchange_strong(seen, nullptr, std::memory_order_relaxed,
                                      std::memory_order_relaxed);
  }

  /// Falls asleep beside others, all of which that bell wakes: then the owner looks whether there is something to
  /// notice, and waits. False, and it is awake, if a lane is enlisted.
  [[nodiscard]] bool fallAsleep(GroupBell<Platform>& bell) noexcept {
    group_ = &bell;
    void* seen = nullptr;
    // seq_cst: see interrupt(). Also release: pairs with the acquire of the one who takes the mark, and reads group_.
    return enlisted_.compare_exchange_strong(seen, inGroup(), std::memory_order_seq_cst,
                                             std::memory_order_relaxed);
  }
  /// Wakes, after fallAsleep(). False: somebody has rung the bell for this, or is about to.
  [[nodiscard]] bool wakeUp() noexcept {
    void* seen = inGroup();
    // relaxed: as at the end of sleep().
    return enlisted_.compare_exchange_strong(seen, nullptr, std::memory_order_relaxed,
                                             std::memory_order_relaxed);
  }

  /// Makes the next enlist() return true. False if there is a lane already.
  [[nodiscard]] bool arm() noexcept {
    void* seen = nullptr;
    // release: pairs with the exchange in enlist(): who wakes the foreign loop sees what the owner did.
    return enlisted_.compare_exchange_strong(seen, armed(), std::memory_order_release,
                                             std::memory_order_relaxed) ||
           seen == armed();
  }

  /// Forgets all lanes, for good.
  void clear() noexcept {
    // relaxed: nobody takes them any more.
    enlisted_.store(nullptr, std::memory_order_relaxed);
  }

 private:
  // What enlisted_ may be:
  //   null      nothing is enlisted, and the owner is awake
  //   a lane    the youngest that is enlisted, and behind it, by nextEnlisted, the others
  //   asleep()  nothing is enlisted, and the owner sleeps or is about to
  //   inGroup() nothing is enlisted, and the owner sleeps, or is about to, in several inboxes
  //   armed()   nothing is enlisted, and the owner waits in a foreign loop
  //
  //   null    -> a lane    a writer
  //   a lane  -> a lane    another writer, whose lane goes before it
  //   asleep  -> a lane    a writer, which rings the bell
  //   inGroup -> a lane    a writer, which rings the group's bell
  //   armed   -> a lane    a writer, which wakes the foreign loop
  //   null    -> asleep    the owner, in sleep()
  //   asleep  -> null      interrupt(), which rings the bell; or the owner, which has woken
  //   null    -> inGroup   the owner, in fallAsleep()
  //   inGroup -> null      interrupt(), which rings the group's bell; or the owner, which has woken
  //   null    -> armed     the owner, in arm()
  //   a lane, asleep, armed -> null   the owner, in takeAll()
  void* asleep() noexcept { return &asleepMark_; }
  void* inGroup() noexcept { return &inGroupMark_; }
  void* armed() noexcept { return &armedMark_; }
  /// Wakes the owner, whose mark inGroup() the caller has taken.
  void ringForGroup() noexcept {
    GroupBell<Platform>* const bell = group_;
    bell->ring();
  }
  bool isMark(void const* head) noexcept {
    return head == asleep() || head == armed() || head == inGroup();
  }

  // Shared with the writers.
  alignas(FalseSharingRange) typename Platform::template atomic<void*> enlisted_{nullptr};
  Doorbell<Platform> bell_{};
  typename Platform::template plain<GroupBell<Platform>*> group_{nullptr};  // see ringForGroup()
  // Only their addresses are used, which no lane has.
  char asleepMark_ = 0;
  char inGroupMark_ = 0;
  char armedMark_ = 0;
};

}  // namespace tincan::inline abi0::detail
