// tincan/detail/base/spin_budget.hpp - how long to look before giving way
//
// Looking again and again is the fastest way to hear from a thread on another core, and a waste of
// the time that a thread on this core needs. Which of the two it is shows in whether looking helped
// the last time; now and then it is tried again.
//
//   Threads   One.
#pragma once

namespace tincan::inline abi0::detail {

class SpinBudget {
 public:
  /// Begins with the full number of looks.
  explicit constexpr SpinBudget(unsigned full) noexcept : full_(full), current_(full) {}

  /// The number of looks this time, before giving way.
  unsigned next() noexcept { return ++turn_ % TryAgain == 0 ? full_ : current_; }

  /// Notes that looking has helped: it is worth the full number.
  void helped() noexcept { current_ = full_; }
  /// Notes that looking has not helped: fewer looks the next time.
  void didNotHelp() noexcept { current_ = current_ / 4 + 1; }

 private:
  static constexpr unsigned TryAgain = 16;

  unsigned full_;
  unsigned current_;
  unsigned turn_ = 0;
};

}  // namespace tincan::inline abi0::detail
