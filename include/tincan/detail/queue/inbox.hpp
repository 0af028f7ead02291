// tincan/detail/queue/inbox.hpp - an endpoint's lanes, merged in causal order
//
// The words of the cells are Lamport stamps: whoever sends has a larger stamp than anything that
// it has handled (L. Lamport, Time, Clocks, and the Ordering of Events, CACM 21(7), 1978). A round
// takes what is visible in all lanes (the first look), then looks once more (the second look), and
// delivers what it took in the order of stamps, up to the smallest stamp of what the second look
// found anew. Whatever led to a message was pushed before it; so once the first look has seen the
// message, the second sees what led to it, with a smaller stamp.
// Wrong: delivering after the first look alone. The lane that was looked at first may have got the
// cause, and the lane looked at last the effect, in between.
//
// Lanes that are quiet for long are retired: a round does not look at them, and the writer that
// pushes next enlists its lane again. A sleeping owner has retired all its lanes, so a writer pays
// for sleepers with the one check of its lane's signal, and the first that enlists rings.
//
// A round of many lanes that ends early leaves what it has found to the next one, which looks at no
// lane until that is handled. What the looks have found may be delivered at any later time: whatever
// led to it is among it, or was taken before.
//
//   Threads   Writers: pushed, seen, abandon. Any thread: interrupt. The owner, or
//             whoever has got its place after closing: everything else.
//   Progress  pushed() never blocks; it enters the kernel only to wake the owner.
//   Lifetime  Lanes are held until they are abandoned and empty, or taken by close().
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/doorbell.hpp>

namespace tincan::inline v0::detail {

/// What an inbox keeps at each of its lanes.
struct LaneAtInbox {
  unsigned quietRounds = 0;
  std::size_t place = 0;         // among the listed, if it is there
  std::uint64_t lastLookBy = 0;  // the number of a round
};

/// `LaneType` derives from Lane and has the members `LaneType* nextEnlisted`, `LaneType* nextGone`
/// and `LaneAtInbox atInbox`. Rounds of at most `Few` lanes leave nothing to the next one.
template <class LaneType, class PlatformType = typename LaneType::Platform, std::size_t Few = 16>
class Inbox {
 public:
  using Platform = PlatformType;

  Inbox() = default;
  Inbox(Inbox const&) = delete;
  Inbox& operator=(Inbox const&) = delete;

  // ---- writers ----

  enum class Pushed { Fine, Wake, Driven, Closed };

  /// To be called after every publish() into the lane. Wake: the inbox has turned from empty to not
  /// empty and its owner waits in a foreign loop. Driven: the caller tells the driver. Closed: the
  /// caller must clear the lane.
  [[gnu::always_inline]] Pushed pushed(LaneType& lane) noexcept {
    std::uint32_t const state = lane.signal.observe();
    if (state == LaneType::Listed) [[likely]]
      return Pushed::Fine;
    if (state == LaneType::Closed) return Pushed::Closed;
    if (state == LaneType::Driven) return Pushed::Driven;
    // Lost: the reader has seen the message and listed the lane itself; or it has closed the lane
    // after our observe(), and so clears it after our publish().
    if (!lane.signal.change(LaneType::Retired, LaneType::Listed)) return Pushed::Fine;
    return enlist(lane);
  }

  /// No more is written to the lane: it is dropped once it is empty. Only once.
  void abandon(LaneType& lane) noexcept {
    lane.abandon();
    LaneType* head = gone_.load(std::memory_order_relaxed);
    do {
      lane.nextGone = head;
      // release: pairs with the acquire in takeGone().
    } while (!gone_.compare_exchange_weak(head, &lane, std::memory_order_release,
                                          std::memory_order_relaxed));
  }

  /// The largest stamp the owner has seen, now and then. A writer that begins a chunk catches up
  /// with it: else one whose clock lags could always come first.
  std::uint64_t seen() const noexcept { return seen_.load(std::memory_order_relaxed); }

  /// Wakes the owner if it sleeps. What it is to notice was stored before, by seq_cst.
  void interrupt() noexcept {
    // seq_cst: the owner first says that it sleeps and then looks what there is to notice; we have
    // said what there is to notice and now look whether it sleeps. One of us sees the other.
    LaneType* asleep = enlisted_.load(std::memory_order_seq_cst);
    if (asleep == sleeper() &&
        enlisted_.compare_exchange_strong(asleep, nullptr, std::memory_order_seq_cst,
                                          std::memory_order_relaxed)) {
      bell_.ring();
    }
  }

  // ---- owner ----

  /// A new lane, under the lock that guards the owner's list of all its lanes: it begins retired,
  /// so that its first message enlists it.
  static void prepare(LaneType& lane) noexcept { lane.signal.set(LaneType::Retired); }

  /// Delivers what is visible now, in causal order, and returns how many cells that was.
  /// `deliver(lane, cell)` is called with the cell popped; it unpins, and returns false to end the
  /// round. It may call round() again.
  template <class Deliver>
  std::size_t round(Deliver&& deliver) {
    collectEnlisted();
    if (listed_.empty()) {
      heldBack_ = false;
      kept_ = nullptr;
      return 0;
    }
    Depth const deeper(depth_);
    std::size_t const count =
        listed_.size() == 1 ? roundOfOne(deliver) : roundOfMany(deliver, NoLimit);
    if (depth_ == 1) retireQuiet(count == 0);
    return count;
  }

  /// A round that delivers nothing whose word exceeds `most`.
  template <class Deliver>
  std::size_t roundUpTo(std::uint64_t most, Deliver&& deliver) {
    collectEnlisted();
    Depth const deeper(depth_);
    return roundOfMany(deliver, most);
  }

  /// True if something is visible whose word is that one at most. Lanes may be retired if not.
  bool hasUpTo(std::uint64_t most) {
    collectEnlisted();
    for (LaneType* lane : listed_) {
      std::uint64_t const word = lane->frontWord();
      if (word != 0 && word <= most) return true;
    }
    countLooks();
    retireQuiet(false);
    return false;
  }

  /// Calls each(lane, lane.look()) for every lane in which something is visible.
  template <class Each>
  void lookAtAll(Each&& each) {
    collectEnlisted();
    for (LaneType* lane : listed_) {
      auto const view = lane->look();
      if (view.end != view.begin) each(*lane, view);
    }
  }

  /// A cheap look at all lanes: true if nothing is visible.
  bool empty() noexcept {
    if (hasEnlisted()) [[unlikely]]
      return false;
    for (LaneType* lane : listed_) {
      if (lane->front() != nullptr) return false;
    }
    return true;
  }

  /// Sleeps until a message is pushed, interrupt(), or the deadline. Returns at once if there is a
  /// message or `notice()` is true.
  template <class Notice>
  void sleep(Nanoseconds deadline, Notice&& notice) {
    collectEnlisted();
    retire([](LaneType&) { return true; });
    if (!listed_.empty()) return;
    bell_.quiet();
    LaneType* none = nullptr;
    // seq_cst: see interrupt(). Also release: pairs with the acquire of the writer that rings.
    if (!enlisted_.compare_exchange_strong(none, sleeper(), std::memory_order_seq_cst,
                                           std::memory_order_relaxed)) {
      return;
    }
    if (!notice()) bell_.wait(deadline);
    LaneType* asleep = sleeper();
    enlisted_.compare_exchange_strong(asleep, nullptr, std::memory_order_acq_rel,
                                      std::memory_order_relaxed);
  }

  /// Makes the next pushed() return Wake. False if there is a message already.
  bool arm() {
    collectEnlisted();
    if (hasKept()) return false;
    retire([](LaneType&) { return true; });
    if (!listed_.empty()) return false;
    LaneType* none = nullptr;
    return enlisted_.compare_exchange_strong(none, armed(), std::memory_order_acq_rel,
                                             std::memory_order_relaxed) ||
           none == armed();
  }

  /// Calls drop(lane) for up to `most` lanes that their writers have abandoned and that are empty; it
  /// may end them. Looks at few that are not, and the next time at others. Outside of every round.
  template <class Drop>
  void dropAbandoned(std::size_t most, Drop&& drop) {
    // A round that goes on after a sleep in one of its handlers takes from lanes that are retired,
    // so an abandoned lane that is empty may still be among the enlisted, but no longer after this:
    // its writer has enlisted it before abandoning it.
    // Wrong: collecting first. The writer may enlist and abandon the lane right after that.
    takeGone();
    collectEnlisted();
    std::size_t inVain = 0;
    LaneType* const last = lastLeaving_;
    for (bool isLast = last == nullptr; !isLast && most > 0 && inVain < MostInVain;) {
      LaneType& lane = *leaving_;
      isLast = &lane == last;
      leaving_ = lane.nextGone;
      if (leaving_ == nullptr) lastLeaving_ = nullptr;
      if (lane.front() != nullptr || mayBeKept(lane)) {
        addLeaving(lane);
        ++inVain;
        continue;
      }
      inVain = 0;
      --most;
      unlist(lane);
      drop(lane);
    }
  }

  /// Forgets all lanes: the endpoint is closed and its lanes are cleared one by one.
  void forget() noexcept {
    listed_.clear();
    uncollected_ = nullptr;
    kept_ = nullptr;
    leaving_ = lastLeaving_ = nullptr;
    enlisted_.store(nullptr, std::memory_order_relaxed);
  }

  /// True if the last round left messages that something newer must go before.
  bool heldBack() const noexcept { return heldBack_; }

  /// The most cells that a round has found.
  std::uint64_t deepest() const noexcept { return deepest_.load(std::memory_order_relaxed); }
  /// A driver, which has no rounds, has found that many.
  void noteDepth(std::uint64_t waiting) noexcept {
    // relaxed, single writer: a statistic.
    if (waiting > deepest_.load(std::memory_order_relaxed)) {
      deepest_.store(waiting, std::memory_order_relaxed);
    }
  }

 private:
  // Deliveries between two looks for other stamps; as many as there are lanes, if those are more.
  static constexpr std::size_t RefreshEvery = 64;
  // Between two times that quiet lanes are retired; rounds of many lanes count for more.
  static constexpr unsigned RoundsBetween = 1024;
  static constexpr std::uint64_t NoLimit = UINT64_MAX;
  // Abandoned lanes, one after the other, that are not empty; then others are for the next time.
  static constexpr std::size_t MostInVain = 16;

  struct Entry {
    LaneType* lane;
    std::uint64_t end;   // deliver up to this position
    std::uint64_t word;  // of the lane's front, or less
  };
  /// What a round has found.
  struct Batch {
    std::vector<Entry> entries;  // a heap, the smallest word first
    std::uint64_t limit = 0;     // nothing is delivered whose word exceeds that
    std::uint64_t round = 0;
  };

  struct Depth {
    explicit Depth(std::size_t& d) noexcept : depth(d) { ++depth; }
    ~Depth() { --depth; }
    Depth(Depth const&) = delete;
    Depth& operator=(Depth const&) = delete;
    std::size_t& depth;
  };

  // Two addresses that no lane has.
  LaneType* sleeper() noexcept { return reinterpret_cast<LaneType*>(&sleeperMark_); }
  LaneType* armed() noexcept { return reinterpret_cast<LaneType*>(&armedMark_); }
  bool isMark(LaneType* lane) noexcept { return lane == sleeper() || lane == armed(); }

  Pushed enlist(LaneType& lane) noexcept {
    LaneType* head = enlisted_.load(std::memory_order_relaxed);
    do {
      lane.nextEnlisted = isMark(head) ? nullptr : head;
      // seq_cst, and so release: pairs with the acquire in collectEnlisted().
    } while (!enlisted_.compare_exchange_weak(head, &lane, std::memory_order_seq_cst,
                                              std::memory_order_relaxed));
    if (head == sleeper()) bell_.ring();
    return head == armed() ? Pushed::Wake : Pushed::Fine;
  }

  bool hasEnlisted() noexcept {
    if (uncollected_ != nullptr) [[unlikely]]
      return true;
    // acquire: pairs with the release in enlist(). The second look relies on it: a lane that was
    // enlisted before a message that we have seen is seen here.
    LaneType* const head = enlisted_.load(std::memory_order_acquire);
    return head != nullptr && !isMark(head);
  }

  /// Throws std::bad_alloc; what could not be listed is collected the next time.
  void collectEnlisted() {
    if (enlisted_.load(std::memory_order_acquire) == nullptr && uncollected_ == nullptr) [[likely]]
      return;
    LaneType* const head = enlisted_.exchange(nullptr, std::memory_order_acq_rel);
    if (head != nullptr && !isMark(head)) {
      LaneType* last = head;
      while (last->nextEnlisted != nullptr) last = last->nextEnlisted;
      last->nextEnlisted = uncollected_;
      uncollected_ = head;
    }
    while (uncollected_ != nullptr) {
      listed_.push_back(uncollected_);
      LaneType* const collected = uncollected_;
      collected->atInbox.quietRounds = 0;
      collected->atInbox.place = listed_.size() - 1;
      uncollected_ = collected->nextEnlisted;
    }
  }

  void unlist(LaneType& lane) noexcept {
    std::size_t const place = lane.atInbox.place;
    if (place >= listed_.size() || listed_[place] != &lane) return;
    listed_[place] = listed_.back();
    listed_[place]->atInbox.place = place;
    listed_.pop_back();
  }

  /// Those that were abandoned since come behind those that were before.
  void takeGone() noexcept {
    // acquire: pairs with the release in abandon().
    LaneType* gone = gone_.exchange(nullptr, std::memory_order_acquire);
    while (gone != nullptr) {
      LaneType& lane = *gone;
      gone = lane.nextGone;
      addLeaving(lane);
    }
  }
  void addLeaving(LaneType& lane) noexcept {
    lane.nextGone = nullptr;
    if (lastLeaving_ == nullptr) leaving_ = &lane;
    else lastLeaving_->nextGone = &lane;
    lastLeaving_ = &lane;
  }

  // ---- what a round has left to the next one ----

  /// True if there is something of it; else it is over.
  [[gnu::noinline]] bool hasKept() noexcept {
    if (kept_ == nullptr) return false;
    auto& entries = kept_->entries;
    for (; !entries.empty(); entries.pop_back()) {
      if (entries.front().lane->front() != nullptr) return true;
      std::pop_heap(entries.begin(), entries.end(), Later());  // a round inside a handler took it
    }
    kept_ = nullptr;
    return false;
  }
  bool mayBeKept(LaneType const& lane) const noexcept {
    // Wrong: its number alone. A round inside of the one that was kept may have looked later.
    return kept_ != nullptr && kept_->round <= lane.atInbox.lastLookBy;
  }
  void keep(Batch& batch) noexcept {
    kept_ = &batch;
    if (!hasKept()) return;
    // So that empty() finds it at once.
    LaneType& lane = *batch.entries.front().lane;
    std::size_t const place = lane.atInbox.place;
    if (place >= listed_.size() || listed_[place] != &lane) return;
    std::swap(listed_[place], listed_.front());
    listed_[place]->atInbox.place = place;
    lane.atInbox.place = 0;
  }

  template <class Deliver>
  std::size_t roundOfOne(Deliver& deliver) {
    LaneType& lane = *listed_.front();
    auto const view = lane.look();
    heldBack_ = false;
    kept_ = nullptr;  // it is in this lane, if there is something of it
    if (view.end == view.begin) return 0;
    if (hasEnlisted()) {
      collectEnlisted();
      return roundOfMany(deliver, NoLimit);
    }
    noteDepth(lane.depth(view));
    std::size_t const count = deliverUpTo(lane, view.end, NoLimit, deliver).count;
    heldBack_ = false;
    return count;
  }

  template <class Deliver>
  std::size_t roundOfMany(Deliver& deliver, std::uint64_t most) {
    // while: the rounds outside of this one may have been rounds of one lane, which need no batch.
    while (batches_.size() < depth_) batches_.emplace_back(std::make_unique<Batch>());
    Batch& batch = *batches_[depth_ - 1];
    std::size_t before = 0;
    // That of another depth is forgotten: a look finds all of it again.
    if (kept_ != nullptr && std::exchange(kept_, nullptr) == &batch && most == NoLimit)
        [[unlikely]] {
      Merged const kept = deliverMerged(batch, deliver);
      if (kept.stopped) return kept.count;
      before = kept.count;
    }
    return before + (lookFor(batch, most, before) ? deliverMerged(batch, deliver).count : 0);
  }

  /// The two looks. False if nothing is visible. `before`: how many cells were just delivered.
  bool lookFor(Batch& batch, std::uint64_t most, std::size_t before) {
    batch.entries.clear();
    batch.round = ++lastRound_;
    countLooks();
    std::uint64_t seen = 0;
    std::uint64_t waiting = before;
    for (LaneType* lane : listed_) {  // the first look
      auto const view = lane->look();
      if (view.end == view.begin) continue;
      batch.entries.push_back({lane, view.end, 0});
      lane->atInbox.lastLookBy = batch.round;
      seen = (std::max)(seen, view.last);
      waiting += lane->depth(view);
    }
    heldBack_ = false;
    if (batch.entries.empty()) return false;
    noteDepth(waiting);
    std::uint64_t limit = most;
    for (LaneType* lane : listed_) {  // the second look
      std::uint64_t const word = lane->lookAgain();
      if (word == 0) continue;
      limit = (std::min)(limit, word);
      seen = (std::max)(seen, word);
    }
    if (hasEnlisted()) limit = (std::min)(limit, lookAtEnlisted(seen));
    publishSeen(seen);
    batch.limit = limit;
    for (Entry& entry : batch.entries) {
      entry.word = entry.lane->frontWord();
    }
    std::make_heap(batch.entries.begin(), batch.entries.end(), Later());
    return true;
  }

  /// The lanes that have been enlisted since the first look join the second.
  std::uint64_t lookAtEnlisted(std::uint64_t& seen) {
    std::size_t const known = listed_.size();
    collectEnlisted();
    std::uint64_t limit = NoLimit;
    for (std::size_t i = known; i < listed_.size(); ++i) {
      auto const view = listed_[i]->look();
      // Not view.last: that is 0 also if the lane's last chunk is still empty.
      if (std::uint64_t const word = listed_[i]->frontWord()) limit = (std::min)(limit, word);
      seen = (std::max)(seen, view.last);
    }
    return limit;
  }

  struct Later {
    bool operator()(Entry const& a, Entry const& b) const noexcept { return a.word > b.word; }
  };
  struct Merged {
    std::size_t count;
    bool stopped;
  };

  template <class Deliver>
  Merged deliverMerged(Batch& batch, Deliver& deliver) {
    auto& entries = batch.entries;
    std::uint64_t const limit = batch.limit;
    std::size_t count = 0;
    while (!entries.empty()) {
      std::pop_heap(entries.begin(), entries.end(), Later());
      Entry& entry = entries.back();
      std::uint64_t const next = entries.size() > 1 ? entries.front().word : NoLimit;
      Run const run = deliverUpTo(*entry.lane, entry.end, (std::min)(limit, next), deliver);
      count += run.count;
      if (run.stopped) {
        if (listed_.size() > Few) {
          std::push_heap(entries.begin(), entries.end(), Later());
          keep(batch);
        }
        return {count, true};
      }
      // Nothing delivered: its first word exceeds the limit, and so do all the others.
      if (run.count == 0 && run.word > limit && next > limit) {
        heldBack_ = true;
        return {count, false};
      }
      if (run.word == 0) {
        entries.pop_back();
      } else {
        entry.word = run.word;
        std::push_heap(entries.begin(), entries.end(), Later());
      }
    }
    heldBack_ = false;
    return {count, false};
  }

  struct Run {
    std::size_t count;
    std::uint64_t word;  // of the lane's next cell; 0 if it is done
    bool stopped;
  };

  template <class Deliver>
  Run deliverUpTo(LaneType& lane, std::uint64_t end, std::uint64_t limit, Deliver& deliver) {
    lane.atInbox.quietRounds = 0;
    std::size_t count = 0;
    for (;;) {
      auto const taken = lane.take(end, limit);
      // None: it exceeds the limit, or a round inside a handler took it.
      if (taken.cell == nullptr) return {count, taken.word, false};
      ++count;
      if (!deliver(lane, *taken.cell)) return {count, 0, true};
      if (--untilRefresh_ == 0) refreshSeen();
    }
  }

  /// In the midst of a long round: what has come into the other lanes, for the writers' clocks.
  void refreshSeen() noexcept {
    try {
      collectEnlisted();
    } catch (std::bad_alloc const&) {
      // The next round collects them; the clocks may wait for it.
    }
    untilRefresh_ = (std::max)(RefreshEvery, listed_.size());
    if (listed_.size() < 2) return;
    std::uint64_t seen = 0;
    for (LaneType* lane : listed_) seen = (std::max)(seen, lane->look().last);
    publishSeen(seen);
  }

  void publishSeen(std::uint64_t seen) noexcept {
    // relaxed, single writer: only a hint to clocks.
    if (seen > seen_.load(std::memory_order_relaxed)) {
      seen_.store(seen, std::memory_order_relaxed);
    }
  }

  /// All listed lanes were looked at. That costs what they cost: the more there are, the sooner it
  /// pays to retire those that are quiet.
  void countLooks() noexcept { roundsSince_ += 1 + static_cast<unsigned>(listed_.size()) / 8; }

  /// Now and then: an owner that calls round() although empty() has done so for thousands of times.
  void retireQuiet(bool isIdle) {
    if (listed_.size() < 2) [[likely]]
      return;
    if (!isIdle && roundsSince_ < RoundsBetween) [[likely]]
      return;
    roundsSince_ = 0;
    retire([](LaneType& lane) { return ++lane.atInbox.quietRounds > 1; });
  }

  /// Takes the lanes that `chosen` picks from the list, unless there is a message in them.
  template <class Chosen>
  void retire(Chosen&& chosen) {
    auto const first = std::partition(listed_.begin(), listed_.end(),
                                      [&](LaneType* lane) { return !chosen(*lane); });
    if (first == listed_.end()) return;
    for (auto at = first; at != listed_.end(); ++at) (*at)->signal.set(LaneType::Retired);
    (*first)->signal.settle();
    auto const stays = [](LaneType* lane) {
      return lane->front() != nullptr && lane->signal.change(LaneType::Retired, LaneType::Listed);
    };
    listed_.erase(
        std::remove_if(first, listed_.end(), [&](LaneType* lane) { return !stays(lane); }),
        listed_.end());
    for (std::size_t place = 0; place < listed_.size(); ++place) {
      listed_[place]->atInbox.place = place;
    }
  }

  alignas(FalseSharingRange) typename Platform::template atomic<LaneType*> enlisted_{nullptr};
  Doorbell<Platform> bell_;
  alignas(FalseSharingRange) typename Platform::template atomic<std::uint64_t> seen_{0};
  typename Platform::template atomic<std::uint64_t> deepest_{0};
  typename Platform::template atomic<LaneType*> gone_{nullptr};  // abandoned since the last look

  // The owner's.
  alignas(FalseSharingRange) std::vector<LaneType*> listed_;
  LaneType* uncollected_ = nullptr;  // were enlisted, and not listed yet
  std::vector<std::unique_ptr<Batch>> batches_;
  Batch* kept_ = nullptr;        // of a round that was ended early
  LaneType* leaving_ = nullptr;  // abandoned, and not dropped yet
  LaneType* lastLeaving_ = nullptr;
  std::uint64_t lastRound_ = 0;  // its number
  std::size_t depth_ = 0;
  std::size_t untilRefresh_ = RefreshEvery;
  unsigned roundsSince_ = 0;
  bool heldBack_ = false;
  char sleeperMark_ = 0;
  char armedMark_ = 0;
};

}  // namespace tincan::inline v0::detail
