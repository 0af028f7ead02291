// tincan/testing/detail/simulate/candidate.hpp - a step that may happen next
#pragma once

#include <cstdint>

#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

/// One of the steps that may happen next.
struct Candidate {
  /// The place of what happens if nothing else does; and of what need not happen at all.
  static constexpr std::uint64_t Late = std::uint64_t{1} << 62, NoTime = Late + 1;

  enum class What { Deliver, RunTimer, Begin, GoOn, EndPoll, Expire, Crash } what;
  std::uint64_t place;
  Source source;
  SimulatedEndpoint* endpoint;  // whose code runs in it; null: the test's
  SimulatedLane* lane = nullptr;
  Body* body = nullptr;
  Frame* frame = nullptr;
};

}  // namespace tincan::inline abi0::testing::detail
