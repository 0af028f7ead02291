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

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
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
      found.seen = largerOf(found.seen, view.last);
      found.waiting += view.end - view.begin;
    }
    if (entries_.empty()) return found;
    std::uint64_t limit = most;
    for (LaneType* lane : roster.listed()) {  // the second look
      std::uint64_t const word = lane->lookAgain();
      if (word == 0) continue;
      limit = smallerOf(limit, word);
      found.seen = largerOf(found.seen, word);
    }
    if (roster.hasEnlisted()) limit = smallerOf(limit, lookAtEnlisted(roster, found.seen));
    limit_ = limit;
    for (Entry& entry : entries_) entry.word = entry.lane->frontWord();
    for (std::size_t i = entries_.size() / 2; i > 0; --i) settle(i - 1);
    return found;
  }

  bool empty() const noexcept { return entries_.empty(); }
  /// The limit of the round: no cell with a larger word is to be delivered.
  std::uint64_t limit() const noexcept { return limit_; }
  /// The number of the round that has looked.
  std::uint64_t round() const noexcept { return round_; }

  /// The lane whose next cell comes first. There is one.
  LaneType& first() const noexcept { return *entries_.front().lane; }

  /// Its entry, valid until settleFront() or removeFront(). There is one.
  Entry& front() noexcept { return entries_.front(); }
  /// A lower bound of the words of the other lanes' next cells.
  std::uint64_t nextWord() const noexcept {
    std::size_t const next = firstBelow(0);
    return next < entries_.size() ? entries_[next].word : NoLimit;
  }
  /// Moves the first lane to the place that its entry's word gives it.
  void settleFront() noexcept { settle(0); }
  /// Drops the first lane: the round is done with it.
  void removeFront() noexcept {
    entries_.front() = entries_.back();
    entries_.pop_back();
    settle(0);
  }

  /// True if something of it is still in its lanes. Drops the lanes of which a round inside a handler
  /// has taken everything, up to the first that has something.
  [[nodiscard]] bool hasSomething() noexcept {
    while (!empty()) {
      if (first().front() != nullptr) return true;
      removeFront();
    }
    return false;
  }

 private:
  /// Of the two entries below that one in the heap, the place of the one with the smaller word. No
  /// place, if there are none.
  std::size_t firstBelow(std::size_t place) const noexcept {
    std::size_t const left = 2 * place + 1;
    std::size_t const right = left + 1;
    return right < entries_.size() && entries_[right].word < entries_[left].word ? right : left;
  }
  /// Moves an entry down to where no entry below has a smaller word.
  void settle(std::size_t place) noexcept {
    for (std::size_t below; (below = firstBelow(place)) < entries_.size(); place = below) {
      if (entries_[place].word <= entries_[below].word) return;
      std::swap(entries_[place], entries_[below]);
    }
  }

  /// Has the lanes that were enlisted since the first look join the second. Returns the smallest word
  /// of what is visible in them.
  template <class Roster>
  static std::uint64_t lookAtEnlisted(Roster& roster, std::uint64_t& seen) {
    std::size_t const known = roster.listed().size();
    auto const& listed = roster.collect();
    std::uint64_t limit = NoLimit;
    for (std::size_t i = known; i < listed.size(); ++i) {
      auto const view = listed[i]->look();
      if (std::uint64_t const word = listed[i]->frontWord()) limit = smallerOf(limit, word);
      seen = largerOf(seen, view.last);
    }
    return limit;
  }

  Row<Entry> entries_{};  // a heap, the smallest word first
  std::uint64_t limit_ = 0;
  std::uint64_t round_ = 0;
};

}  // namespace tincan::inline abi0::detail
