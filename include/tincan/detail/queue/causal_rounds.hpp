// tincan/detail/queue/causal_rounds.hpp - delivers what lies in an inbox's lanes, in causal order
//
// See CausalBatch for the order, and why it is causal.
//
// A round of many lanes that ends early keeps what it has found for the next one, which looks at no
// lane until that is handled. What the looks have found may be delivered at any later time: whatever
// led to it is among it, or was taken before.
//
//   Threads   The owner of the inbox.
//   Order     A message is delivered after everything in these lanes that led to it.
//   Progress  Never blocks. Allocates when there have never been so many lanes or nested rounds.
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/queue/causal_batch.hpp>
#include <tincan/detail/queue/lane_deliveries.hpp>

namespace tincan::inline abi0::detail {

/// Rounds of at most `Few` lanes keep nothing for the next one.
template <class LaneType, class Platform, std::size_t Few>
class CausalRounds : private LaneDeliveries<LaneType, Platform> {
  using Deliveries = LaneDeliveries<LaneType, Platform>;
  using typename Deliveries::Delivered;

 public:
  CausalRounds() = default;
  CausalRounds(CausalRounds const&) = delete;
  CausalRounds& operator=(CausalRounds const&) = delete;

  /// Delivers what is visible now, in causal order, and returns how many cells that was.
  /// `deliver(lane, cell)` is called with the cell popped; it unpins, and returns false to end the
  /// round. It may call round() again. Throws std::bad_alloc, and what `deliver` throws.
  template <class Deliver>
  [[gnu::always_inline]] std::size_t round(Deliver&& deliver) {
    auto const& listed = roster.collect();
    if (listed.size() == 1) [[likely]] {
      LaneType& lane = *listed.front();
      auto const seen = lane.visibleNow();
      if (!roster.hasEnlisted()) [[likely]]
        return roundOfOne(lane, seen, deliver);
      roster.collect();
    }
    return roundOfOthers(deliver);
  }

  /// Delivers, as round() does, what has a word of at most `most`.
  template <class Deliver>
  std::size_t roundUpTo(std::uint64_t most, Deliver&& deliver) {
    roster.collect();
    Depth const deeper(depth_);
    return roundOfMany(deliver, most);
  }

  /// True if the last round left messages that it has seen: something newer must go before them, or the writer has put
  /// another one in the place of one meanwhile. The next round may find them.
  bool heldBack() const noexcept { return heldBack_; }

  /// True if something is left of what an earlier round has kept; else that is over.
  [[gnu::noinline]] bool hasKept() noexcept {
    if (kept_ == nullptr) return false;
    if (kept_->hasSomething()) return true;
    kept_ = nullptr;
    return false;
  }

  /// True if the next round may take from the lane without looking at it first.
  bool mayKeep(LaneType const& lane) const noexcept {
    // Wrong: its number alone. A round inside of the one that was kept may have looked later.
    return kept_ != nullptr && kept_->round() <= lane.atInbox.lastLookBy;
  }

  /// Forgets all lanes, for good.
  void clear() noexcept {
    roster.clear();
    kept_ = nullptr;
  }

  using Deliveries::marks;
  using Deliveries::roster;

 private:
  using Batch = CausalBatch<LaneType>;
  static constexpr std::uint64_t NoLimit = Batch::NoLimit;

  /// Counts the rounds that are under way, one inside another.
  struct Depth {
    explicit Depth(std::size_t& d) noexcept : depth(d) { ++depth; }
    ~Depth() { --depth; }
    Depth(Depth const&) = delete;
    Depth& operator=(Depth const&) = delete;
    std::size_t& depth;
  };

  /// Delivers what was visible in the only lane that there is.
  template <class Visible, class Deliver>
  [[gnu::always_inline]] std::size_t roundOfOne(LaneType& lane, Visible const& seen,
                                                Deliver& deliver) {
    heldBack_ = false;
    kept_ = nullptr;  // what was kept is in this lane
    if (seen.count == 0) [[unlikely]]
      return 0;
    if (seen.count > marks.deepest()) [[unlikely]]
      marks.noteDepth(lane.depth(seen.count));
    Depth const deeper(depth_);
    auto const delivered = this->deliverAll(lane, seen.last, deliver);
    heldBack_ = delivered.hasLeft;
    return delivered.count;
  }

  /// Delivers what is visible in no lane, or in many.
  template <class Deliver>
  [[gnu::noinline]] std::size_t roundOfOthers(Deliver& deliver) {
    if (roster.listed().empty()) {
      heldBack_ = false;
      kept_ = nullptr;
      return 0;
    }
    Depth const deeper(depth_);
    std::size_t const count = roundOfMany(deliver, NoLimit);
    if (depth_ == 1) roster.retireQuiet(count == 0);
    return count;
  }

  template <class Deliver>
  std::size_t roundOfMany(Deliver& deliver, std::uint64_t most) {
    // while: the rounds outside of this one may have been rounds of one lane, which need no batch.
    while (batches_.size() < depth_) batches_.push_back(Owned<Batch>::make());
    Batch& batch = *batches_[depth_ - 1];
    std::size_t before = 0;
    // That of another depth is forgotten: a look finds all of it again.
    if (kept_ != nullptr && std::exchange(kept_, nullptr) == &batch && most == NoLimit)
        [[unlikely]] {
      Delivered const kept = deliverMerged(batch, deliver);
      if (kept.stopped) return kept.count;
      before = kept.count;
    }
    return before + (lookFor(batch, most) ? deliverMerged(batch, deliver).count : 0);
  }

  /// Looks for what is visible, and puts it into the batch. False if there is nothing.
  bool lookFor(Batch& batch, std::uint64_t most) {
    heldBack_ = false;
    auto const found = batch.look(roster, most, ++lastRound_);
    if (batch.empty()) return false;
    if (found.waiting > marks.deepest()) [[unlikely]]
      marks.noteDepth(smallerOf(found.waiting, messages()));
    marks.noteSeen(found.seen);
    return true;
  }

  /// How many messages wait, of which not all need be visible.
  std::uint64_t messages() noexcept {
    std::uint64_t count = 0;
    for (LaneType* lane : roster.listed()) count += lane->depth(NoLimit);
    return count;
  }

  template <class Deliver>
  Delivered deliverMerged(Batch& batch, Deliver& deliver) {
    std::uint64_t const limit = batch.limit();
    std::uint64_t const round = lastRound_;
    std::size_t count = 0;
    bool hasLeft = false;
    while (!batch.empty()) {
      auto& entry = batch.front();
      std::uint64_t const next = batch.nextWord();
      std::uint64_t const last = smallerOf(smallerOf(limit, next), entry.last);
      Delivered const run = this->deliverUpTo(*entry.lane, last, deliver);
      count += run.count;
      if (run.stopped) {
        if (roster.listed().size() > Few) {
          batch.settleFront();
          keep(batch);
        }
        return {count, true, 0};
      }
      if (run.word == 0 || run.word > entry.last) {
        // Nothing delivered: if not by its writer, it was taken by a round inside of a handler.
        bool const mayBeDropped = run.count == 0 && lastRound_ == round;
        hasLeft = hasLeft || this->hasLeft(*entry.lane, entry.last, mayBeDropped);
        batch.removeFront();
        continue;
      }
      // Nothing delivered: its first word exceeds the limit, and so do all the others.
      if (run.count == 0 && run.word > limit && next > limit) {
        heldBack_ = true;
        return {count, false, 0};
      }
      entry.word = run.word;
      batch.settleFront();
    }
    heldBack_ = hasLeft;
    return {count, false, 0};
  }

  void keep(Batch& batch) noexcept {
    kept_ = &batch;
    // To the front, so that an owner that looks whether the inbox is empty finds it at once.
    if (hasKept()) roster.moveToFront(batch.first());
  }

  // The owner's.
  Row<Owned<Batch>> batches_{};  // one for each depth
  Batch* kept_ = nullptr;        // of a round that was ended early
  std::uint64_t lastRound_ = 0;  // its number
  std::size_t depth_ = 0;        // rounds under way, one inside another
  bool heldBack_ = false;
};

}  // namespace tincan::inline abi0::detail
