// tests/testing/seeded_bugs.hpp - applications with a bug that only another order of messages shows
//
// Each is one function, broken or fixed. The usual order, in which messages are handled as they were
// sent, must hide the bug: else any test would find it.
#pragma once

#include <tincan/testing.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <string>

#include "../unit/support.hpp"
#include "amounts.hpp"

namespace seeded {

using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Result;
using tincan::testing::Simulation;

using App = void (*)(Simulation&, bool fixed);

inline Result replay(App app, std::string const& token) {
  Options options;
  options.strategy = Options::Strategy::Replay;
  options.replay = token;
  return explore([app](Simulation& sim) { app(sim, false); }, options);
}

inline std::size_t deviationsIn(std::string const& token) {
  if (token == "-") return 0;
  return static_cast<std::size_t>(std::count(token.begin(), token.end(), ',')) + 1;
}

/// The bug is hidden in the usual order, found with that failure, shown with so many deviations,
/// repeated by its token, and gone once it is fixed. With TINCAN_SEARCH_PROGRAMS it says how many schedules that takes.
inline void finds(App app, std::string const& failure, std::size_t deviations) {
  CHECK(replay(app, "-").ok);

  Result const found = explore([app](Simulation& sim) { app(sim, false); });
  REQUIRE_FALSE(found.ok);
  CHECK_FALSE(found.complete);
  CHECK(found.failure == failure);
  INFO("minimal: " << found.minimal << ", after " << found.schedules << " schedules");
  CHECK(deviationsIn(found.minimal) == deviations);

  for (std::string const& token : {found.minimal, found.replay}) {
    Result const again = replay(app, token);
    CHECK_FALSE(again.ok);
    CHECK(again.failure == failure);
    CHECK(again.schedules == 1);
  }

  Result const fixed = explore([app](Simulation& sim) { app(sim, true); });
  INFO("fixed: " << fixed.failure << " " << fixed.minimal);
  CHECK(fixed.ok);
  CHECK(fixed.complete);
  if (amounts::programs()) {
    std::printf("| %s | %llu | %llu |\n", failure.c_str(),
                static_cast<unsigned long long>(found.schedules),
                static_cast<unsigned long long>(fixed.schedules));
  }
}

}  // namespace seeded
