// tincan/testing/detail/report/loop_sentence.hpp - says what goes on without an end
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// The number of deliveries that a run repeats again and again at its end; 0 if it does not.
inline std::size_t periodOf(std::span<Delivery const> deliveries) {
  constexpr std::size_t Longest = 64;
  std::size_t const count = deliveries.size();
  auto const isSame = [&](std::size_t a, std::size_t b) {
    Delivery const& one = deliveries[a];
    Delivery const& other = deliveries[b];
    return one.from == other.from && one.to == other.to && one.channel == other.channel;
  };
  for (std::size_t period = 1; period < Longest && period * 3 < count; ++period) {
    bool repeats = true;
    for (std::size_t i = count - 2 * period; repeats && i < count; ++i) {
      repeats = isSame(i, i - period);
    }
    if (repeats) return period;
  }
  return 0;
}

/// How a sentence begins about a run without an end.
inline constexpr std::string_view NoEnd = "there is no end: ";

/// Says it like "there is no end: after 100 steps these go round: 'ping' (window > main), 'pong' (main > window)"
inline std::string loopSentence(std::span<Delivery const> deliveries, std::uint64_t steps) {
  constexpr std::size_t Last = 8;
  std::string sentence = std::string(NoEnd) + "after " + std::to_string(steps) + " steps ";
  std::size_t const count = deliveries.size();
  if (count == 0) return sentence + "no message has been handled";
  std::size_t const period = periodOf(deliveries);
  sentence += period != 0 ? "these go round" : "the last were";
  for (std::size_t i = count - (std::min)(period != 0 ? period : Last, count); i < count; ++i) {
    sentence += (sentence.back() == ')' ? ", " : ": ") + std::string("'") + deliveries[i].channel +
                "' (" + deliveries[i].from + " > " + deliveries[i].to + ")";
  }
  return sentence;
}

}  // namespace tincan::inline abi0::testing::detail
