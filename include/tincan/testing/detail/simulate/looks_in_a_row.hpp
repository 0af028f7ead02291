// tincan/testing/detail/simulate/looks_in_a_row.hpp - notices code that looks at one thing again and again
#pragma once

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

namespace tincan::inline abi0::testing::detail {

/// Counts how often code has looked at each thing since others have last done something.
class LooksInARow {
 public:
  /// So many looks in vain are told apart. Code that goes on then is taken to wait: the others go first.
  static constexpr unsigned ToldApart = 4;
  /// Of an object that endpoints share besides their messages code reads more, and without waiting for anything.
  static constexpr unsigned ToldApartOfShared = 32;

  /// Forgets all, but keeps its memory.
  void clear() noexcept {
    counts_.clear();
    progress_ = 0;
    calls_ = 1;
    isSpinning_ = isHopeless_ = false;
  }
  void swap(LooksInARow& other) noexcept { std::swap(*this, other); }

  /// Notes that a call begins: it may look at one object more than once, which counts as one look.
  void beginCall() noexcept { ++calls_; }
  /// Counts a look at that object, of which so many are told apart, when there has been so much progress.
  void add(std::uint64_t object, std::uint64_t progress, unsigned toldApart) {
    if (std::exchange(progress_, progress) != progress) {
      counts_.clear();
      isSpinning_ = isHopeless_ = false;
    }
    auto const known = std::find_if(counts_.begin(), counts_.end(),
                                    [&](Count const& count) { return count.object == object; });
    Count& count = known == counts_.end() ? counts_.emplace_back(Count{object}) : *known;
    if (std::exchange(count.lastCall, calls_) == calls_) return;
    if (++count.looks >= toldApart) isSpinning_ = true;
  }
  /// Whether the code is to let the others go first before it goes on, with so much progress by now.
  bool mustWait(std::uint64_t progress) const noexcept {
    return isSpinning_ && !isHopeless_ && progress_ == progress;
  }
  /// Learns that the others had nothing to do: the code need not wait for them any more.
  void giveUp() noexcept { isHopeless_ = true; }

 private:
  struct Count {
    std::uint64_t object;
    unsigned looks = 0;
    std::uint64_t lastCall = 0;
  };

  std::vector<Count> counts_{};
  std::uint64_t progress_ = 0;
  std::uint64_t calls_ = 1;
  bool isSpinning_ = false;
  bool isHopeless_ = false;
};

}  // namespace tincan::inline abi0::testing::detail
