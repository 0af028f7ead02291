// tests/testing/seen_in.hpp - what programs see in all of their schedules
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>

#include <tincan/testing.hpp>

#include "catch.hpp"

namespace test {

/// What the endpoints of one run have seen, one after another.
using Seen = std::shared_ptr<std::string>;
using SeenOfAll = std::set<std::string>;

/// The texts of all runs. The exploration is complete.
inline SeenOfAll seenIn(std::function<void(tincan::testing::Simulation&, Seen)> const& setUp,
                        tincan::testing::Options const& options = {}) {
  SeenOfAll all;
  auto const result = tincan::testing::explore(
      [&](tincan::testing::Simulation& sim) {
        auto const seen = std::make_shared<std::string>();
        setUp(sim, seen);
        sim.eventually("outcome", [seen, &all] { return all.insert(*seen), true; });
      },
      options);
  CHECK(result.ok);
  CHECK(result.complete);
  return all;
}

}  // namespace test
