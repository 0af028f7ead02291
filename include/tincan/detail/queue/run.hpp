// tincan/detail/queue/run.hpp - cells of one lane that are delivered in a row
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// The cells that were delivered in a row.
struct Run {
  std::size_t count;
  bool stopped;  // the round is to end
};
/// A function that delivers a cell, and an object whose takeRun(lane, last) takes and delivers cells in a
/// row whose words are at most `last`, as many as it likes.
template <class Deliver, class LaneType>
concept TakesRuns = requires(Deliver& deliver, LaneType& lane, std::uint64_t last) {
  { deliver.takeRun(lane, last) } -> std::same_as<Run>;
};

}  // namespace tincan::inline abi0::detail
