// tincan/testing/detail/simulate/second_look.hpp - whether a poll looks a second time for what has come
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

enum class SecondLook { No, Perhaps, Sure };

/// Whether a poll() of the endpoint, which has taken what it had found, looks once more: something has come that goes
/// before what it had found, or in its place. None also if that makes no difference, as it does where the endpoint has
/// sent something to itself since that number, which is then taken, too.
///
/// Perhaps: very few of all runs would do so. Of two other senders one has to send at the very moment of the first look;
/// or what was superseded had come before that. `hasNested`: others of its polls were inside of this one, and have taken
/// what was there.
inline SecondLook secondLook(SimulatedEndpoint const& endpoint, std::uint64_t sent,
                             bool hasNested) {
  bool hasOwn = false, isSure = false, isSuperseded = false;
  std::size_t others = 0;
  for (SimulatedLane const* const lane : endpoint.lanes) {
    bool const isOwn = lane->from == &endpoint;
    others += isOwn ? 0 : 1;
    hasOwn = hasOwn || (isOwn && !lane->empty() && lane->waiting.back().number > sent);
    isSuperseded = isSuperseded || lane->hasDropped;
    isSure = isSure || (isOwn && lane->superseded.by > sent && lane->superseded.number <= sent);
  }
  if (!hasOwn || endpoint.core->isClosed()) return SecondLook::No;
  if (isSure && !hasNested) return SecondLook::Sure;
  return isSuperseded || others > 1 ? SecondLook::Perhaps : SecondLook::No;
}

}  // namespace tincan::inline abi0::testing::detail
