// tincan/testing/detail/search/step.hpp - what a run is made of
#pragma once

#include <cstdint>
#include <limits>

namespace tincan::inline abi0::testing::detail {

/// The number of something that steps come from, one after another: a lane (sender -> receiver), the
/// body of an endpoint, its crash, its deadline. Runs that begin alike give it one number.
using Source = std::uint32_t;

/// A step that can happen next. Steps of one endpoint never commute.
struct Step {
  Source source{};
  std::uint32_t endpoint{};
  /// True if it could not have come before the endpoint's previous step, because that one's message
  /// was sent causally before. False if unknown: then some runs are begun in vain and given up.
  bool ordered = false;
  bool isDelivery = false;
  bool isBlocked = false;  // the endpoint takes no deliveries now
};

/// The ways in which a step touches something that endpoints share.
enum class AccessKind : std::uint8_t {
  Reads,
  Writes,
  Adds,       ///< something to a set, without a look at what else is in it
  FindsNone,  ///< a look at a set, which is empty
  Removes     ///< something from a set, without a look at what else is in it
};

/// Whether two accesses to one object have the same effect in either order: two reads have, two
/// additions and two removals; two writes have not, nor two looks that end something, nor any two
/// accesses of different kinds.
constexpr bool commutes(AccessKind one, AccessKind other) noexcept {
  return one == other && one != AccessKind::Writes && one != AccessKind::FindsNone;
}

/// One access of a step to an object, which is a number that all runs agree on.
struct Access {
  std::uint64_t object;
  AccessKind kind;

  friend bool operator==(Access const&, Access const&) = default;
};

/// The thread that runs that endpoint, as an object: its steps touch it where they are not all of one endpoint.
constexpr std::uint64_t threadOf(std::uint32_t endpoint) noexcept {
  return std::uint64_t{1} << 60 | std::uint64_t{endpoint};
}

/// Stands for an event, an access or a source that does not exist.
inline constexpr std::uint32_t Nothing = (std::numeric_limits<std::uint32_t>::max)();

}  // namespace tincan::inline abi0::testing::detail
