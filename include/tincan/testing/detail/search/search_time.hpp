// tincan/testing/detail/search/search_time.hpp - how long a search has taken, and how far it is
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace tincan::inline abi0::testing::detail {

/// Real time since a search began. Of one that takes long it tells on stderr, every ten seconds, how far it is.
class SearchTime {
 public:
  using Clock = std::chrono::steady_clock;

  /// `most`: how long it may take; 0: for ever.
  SearchTime(std::chrono::seconds most, Clock::time_point begin) : most_(most), begin_(begin) {}

  bool isOver() const { return most_.count() != 0 && Clock::now() - begin_ >= most_; }

  /// Calls share() and tells, if it is time to; to be called after each schedule. share() is that of the schedules
  /// known to be needed.
  template <class Share>
  void passed(std::uint64_t schedules, Share&& share) {
    auto const now = Clock::now();
    if (now - told_ < std::chrono::seconds(10)) return;
    told_ = now;
    auto const seconds = std::chrono::duration_cast<std::chrono::seconds>(now - begin_).count();
    std::fputs(sentence(schedules, share(), seconds).c_str(), stderr);
  }

  /// "tincan: 123456 schedules in 20 s, 40 % of those known so far, about 30 s more". A share of 0 is unknown.
  static std::string sentence(std::uint64_t schedules, double share, std::int64_t seconds) {
    std::string text =
        "tincan: " + std::to_string(schedules) + " schedules in " + std::to_string(seconds) + " s";
    if (share > 0.001) {
      double const left = static_cast<double>(seconds) * (1 - share) / share;
      text += ", " + std::to_string(static_cast<int>(share * 100)) +
              " % of those known so far, about " +
              std::to_string(static_cast<std::int64_t>(left + 1)) + " s more";
    }
    return text + "\n";
  }

 private:
  std::chrono::seconds most_;
  Clock::time_point begin_;
  Clock::time_point told_ = begin_;
};

}  // namespace tincan::inline abi0::testing::detail
