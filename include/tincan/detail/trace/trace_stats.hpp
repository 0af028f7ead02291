// tincan/detail/trace/trace_stats.hpp - how much went through each channel of each endpoint, and how long it took
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tincan::inline abi0 {

/// How long each of several things took, in nanoseconds.
struct Durations {
  std::vector<std::int64_t> sorted{};  ///< the shortest first

  /// What so many percent of them did not exceed: percentile(50) is the median, percentile(100) the longest. 0 if there
  /// are none.
  std::int64_t percentile(double percent) const noexcept {
    if (sorted.empty()) return 0;
    double const last = static_cast<double>(sorted.size() - 1);
    double const place = std::clamp(percent, 0.0, 100.0) / 100 * last;
    auto const below = static_cast<std::size_t>(place);
    bool const isNearerAbove = place - static_cast<double>(below) >= 0.5;
    return sorted[below + (isNearerAbove ? 1 : 0)];
  }
  /// How many there are of each length: [0] of less than 2 ns, [i] of 2^i ns or more and less than twice that. As long
  /// as the longest one needs. Throws std::bad_alloc.
  std::vector<std::uint64_t> histogram() const {
    std::vector<std::uint64_t> counts;
    for (std::int64_t const one : sorted) {
      int const zeros = std::countl_zero(static_cast<std::uint64_t>(one) | 1U);
      auto const place = static_cast<std::size_t>(63 - zeros);
      if (place >= counts.size()) counts.resize(place + 1, 0);
      ++counts[place];
    }
    return counts;
  }
};

/// What a Trace has noted of one channel at one endpoint.
struct TraceStats {
  std::uint32_t at;  ///< who was to handle it: a place in TraceLog::endpoints
  std::uint32_t
      channel;  ///< a place in TraceLog::channels; TraceEvent::NoPlace: posted functions, messages of ports
  std::uint64_t sent = 0;  ///< what was sent to it while the trace was there
  std::uint64_t lost = 0;  ///< dead letters
  Durations waited{};      ///< from sending to handling; as many as were taken
  Durations handled{};     ///< in listeners and handlers; as many as were handled
  Durations answered{};    ///< from sending to the answer; as many as were answered
};

}  // namespace tincan::inline abi0
