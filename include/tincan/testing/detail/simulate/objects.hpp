// tincan/testing/detail/simulate/objects.hpp - what the steps of a simulation touch, as numbers
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>

namespace tincan::inline v0::testing::detail {

inline constexpr std::uint32_t TestItself = Nothing - 1;  // in the place of an endpoint's number
/// The number of what happens if nothing else does; and of what need not happen.
inline constexpr std::uint64_t Late = std::uint64_t{1} << 62, Never = Late + 1;
inline constexpr std::uint32_t Reads = 0, Writes = 1, Adds = 2, FindsNone = 3, Removes = 4;

/// Objects that steps touch.
struct Objects {
  static std::uint64_t life(SimulatedEndpoint const& of) noexcept {
    return std::uint64_t{of.index} * 2;
  }
  static std::uint64_t arrivals(SimulatedEndpoint const& of) noexcept { return life(of) + 1; }
  static std::uint64_t room(Source line) noexcept { return std::uint64_t{1} << 32 | line; }
  static constexpr std::uint64_t Endpoints = std::uint64_t{1} << 33;
  static constexpr std::uint64_t Faults = Endpoints + 1;
  /// The message with that number, of all that it sends.
  static std::uint64_t request(SimulatedEndpoint const& by, std::uint32_t number) noexcept {
    return std::uint64_t{1} << 63 | std::uint64_t{by.index} << 32 | number;
  }
  static constexpr std::uint64_t Time = Endpoints + 2;
  static std::uint64_t cycle(std::size_t number) noexcept { return Time + 1 + number; }
};

}  // namespace tincan::inline v0::testing::detail
