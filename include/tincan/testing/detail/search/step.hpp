// tincan/testing/detail/search/step.hpp - what a run is made of
#pragma once

#include <cstdint>
#include <limits>

namespace tincan::inline v0::testing::detail {

/// Where steps come from, one after another: a lane (sender -> receiver), the body of an endpoint,
/// its crash, its deadline. The same number for the same thing in all runs that begin alike.
using Source = std::uint32_t;

/// Something that can happen next. Steps of one endpoint never commute.
struct Step {
  Source source;
  std::uint32_t endpoint;
  /// It could not have come before the endpoint's previous step, because that one's message was sent
  /// causally before. False if unknown: then some runs are begun in vain and given up.
  bool ordered = false;
  bool isDelivery = false;
  bool isBlocked = false;  // the endpoint takes no deliveries now
};

/// What a step did to something that endpoints share. Even kinds commute with themselves (reads,
/// adds), odd ones do not (writes), different kinds do not.
struct Access {
  std::uint64_t object;
  std::uint32_t kind;

  friend bool operator==(Access const&, Access const&) = default;
};

/// Of two accesses to one object.
constexpr bool conflict(std::uint32_t kind, std::uint32_t other) noexcept {
  return kind != other || kind % 2 != 0;
}

/// No event, no access.
inline constexpr std::uint32_t Nothing = (std::numeric_limits<std::uint32_t>::max)();

}  // namespace tincan::inline v0::testing::detail
