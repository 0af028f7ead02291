// tests/unit/scope_helpers.hpp - what the tests of scopes share
#pragma once

#include "support.hpp"

namespace test {

inline constexpr tincan::Channel<void(int)> numberChannel{"number"};

/// Polls so often that the thread tidies up, which a poll that finds nothing may skip.
inline void pollOften(tincan::Endpoint& endpoint) {
  for (int i = 0; i < 5000; ++i) endpoint.poll();
}

/// A listener that adds the text to the log.
template <class F>
auto into(Log& log, F&& text) {
  return [&log, text = std::string(text)] { log.push_back(text); };
}

}  // namespace test
