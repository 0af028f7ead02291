// tincan/testing/detail/simulate/allowed_dead.hpp - which messages nobody needs to hear
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/error.hpp>

namespace tincan::inline abi0::testing::detail {

/// The channels whose messages may be dead letters, and whether others fail a run. Only an exploration lets them.
struct AllowedDead {
  bool fails(Errc reason, std::string_view channel) const noexcept {
    if (!areOthersFailures) return false;
    if (reason != Errc::NoListener && reason != Errc::TypeMismatch) return false;
    return std::none_of(channels.begin(), channels.end(), [&](std::string const& allowed) {
      return allowed == "*" || allowed == channel;
    });
  }

  std::vector<std::string> channels{};
  bool areOthersFailures = false;
};

}  // namespace tincan::inline abi0::testing::detail
