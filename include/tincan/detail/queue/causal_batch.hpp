// tincan/detail/queue/causal_batch.hpp - what one round of an inbox has found in its lanes
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
//   Threads   The owner of the inbox.
//   Order     If the batch has a message, it has what led to that and was not taken before, and takes
//             that first.
//   Progress  look() allocates when there have never been so many lanes; the rest does not.
//   Lifetime  Does not own the lanes.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/row.hpp>

namespace tincan::inline abi0::detail {

template <class LaneType>
class CausalBatch {
 public:
  /// Greater than, or equal to, every word.
  static constexpr std::uint64_t NoLimit = UINT64_MAX;

  struct Entry {
    LaneType* lane;
    std::uint64_t last;  // the word of the last cell that the round delivers
    std::uint64_t word;  // of the lane's next cell, or less
  };

  struct Found {
    std::uint64_t waiting;  // cells in all
    std::uint64_t seen;     // the largest word
  };

  /// Forgets what an earlier round has found, and takes the two looks. `round` is the number of the
  /// new one; it is to deliver nothing whose word exceeds `most`. Throws std::bad_alloc.
  template <class Roster>
  Found look(Roster& roster, std::uint64_t most, std::uint64_t round) {
    entries_.clear();
    round_ = round;
    roster.countLook();
    Found found{0, 0};
    for (LaneType* lane : roster.listed()) {  // the first look
      auto const view = lane->look();
      if (view.end == view.begin) continue;
      entries_.push_back({lane, view.last, 0});
      lane->atInbox.lastLookBy = round;
      found.seen = (std::max)(found.seen, view.last);
      found.waiting += lane->depth(view.end - view.begin);
    }
    if (entries_.empty()) return found;
    std::uint64_t limit = most;
    for (LaneType* lane : roster.listed()) {  // the second look
      std::uint64_t const word = lane->lookAgain();
      if (word == 0) continue;
      limit = (std::min)(limit, word);
      found.seen = (std::max)(found.seen, word);
    }
    if (roster.hasEnlisted()) limit = (std::min)(limit, lookAtEnlisted(roster, found.seen));
    limit_ = limit;
    for (Entry& entry : entries_) entry.word = entry.lane->frontWord();
    std::make_heap(entries_.begin(), entries_.end(), Later());
    return found;
  }

  bool empty() const noexcept { return entries_.empty(); }
  /// The limit of the round: no cell with a larger word is to be delivered.
  std::uint64_t limit() const noexcept { return limit_; }
  /// The number of the round that has looked.
  std::uint64_t round() const noexcept { return round_; }

  /// The lane whose next cell comes first. There is one.
  LaneType& first() const noexcept { return *entries_.front().lane; }

  /// Takes the first lane out of the heap, for putBack() or remove(). There is one. The entry stays
  /// valid until then.
  Entry& take() noexcept {
    std::pop_heap(entries_.begin(), entries_.end(), Later());
    return entries_.back();
  }
  /// A lower bound, after take(), of the words of the other lanes' next cells.
  std::uint64_t nextWord() const noexcept {
    return entries_.size() > 1 ? entries_.front().word : NoLimit;
  }
  /// Puts the lane back, after take(), at the place that its entry's word gives it.
  void putBack() noexcept { std::push_heap(entries_.begin(), entries_.end(), Later()); }
  /// Drops the lane, after take(): the round is done with it.
  void remove() noexcept { entries_.pop_back(); }

  /// True if something of it is still in its lanes. Drops the lanes of which a round inside a handler
  /// has taken everything, up to the first that has something.
  [[nodiscard]] bool hasSomething() noexcept {
    while (!empty()) {
      if (first().front() != nullptr) return true;
      take();
      remove();
    }
    return false;
  }

 private:
  struct Later {
    bool operator()(Entry const& a, Entry const& b) const noexcept { return a.word > b.word; }
  };

  /// Has the lanes that were enlisted since the first look join the second. Returns the smallest word
  /// of what is visible in them.
  template <class Roster>
  static std::uint64_t lookAtEnlisted(Roster& roster, std::uint64_t& seen) {
    std::size_t const known = roster.listed().size();
    auto const& listed = roster.collect();
    std::uint64_t limit = NoLimit;
    for (std::size_t i = known; i < listed.size(); ++i) {
      auto const view = listed[i]->look();
      if (std::uint64_t const word = listed[i]->frontWord()) limit = (std::min)(limit, word);
      seen = (std::max)(seen, view.last);
    }
    return limit;
  }

  Row<Entry> entries_;  // a heap, the smallest word first
  std::uint64_t limit_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace tincan::inline abi0::detail
