// tests/amounts.hpp - how much the longer tests do, as the environment says
#pragma once

#include <cstdlib>
#include <optional>
#include <string>

namespace amounts {

/// A number from the environment, if it is there.
inline std::optional<unsigned> fromEnvironment(char const* name) {
  char const* const text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  return static_cast<unsigned>(std::stoul(text));
}

/// How many random programs are compared, if not as many as usual; then the figures are printed, too.
inline std::optional<unsigned> programs() { return fromEnvironment("TINCAN_SEARCH_PROGRAMS"); }

/// For what a sanitizer slows down.
inline bool isQuick() { return std::getenv("TINCAN_TESTS_QUICK") != nullptr; }

}  // namespace amounts
