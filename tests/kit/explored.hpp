// tests/kit/explored.hpp - the outcomes of a program that explore finds
#pragma once

#include <tincan/testing.hpp>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "performance.hpp"

namespace kit {

struct Explored {
  tincan::testing::Result result;
  std::set<std::string> outcomes{};  // and what a claim has seen
};

inline Explored explored(Program const& program, tincan::testing::Options options) {
  Explored explored;
  options.crashes = program.crashes;
  options.timeouts = program.timeouts;
  auto& outcomes = explored.outcomes;
  std::optional<Performance> performance;  // of the last run: longer than its simulation
  explored.result = tincan::testing::explore(
      [&](tincan::testing::Simulation& sim) {
        performance.emplace(program);
        performance->begin(sim.bus(), [&sim](std::string name, tincan::InboxOptions inbox,
                                             Performance::Body body) {
          sim.spawn(std::move(name), inbox, std::move(body));
        });
        sim.eventually("the outcome is noted", [&] {
          outcomes.insert(performance->outcome());
          return true;
        });
        auto const noted = [&] {
          outcomes.insert(performance->marks());
          return true;
        };
        if (program.claimed == Claimed::Anything) sim.always("what is marked is noted", noted);
        if (program.claimed != Claimed::Watched) return;
        auto const marks = sim.watch("what is marked", [&] { return performance->marks(); });
        // A claim is asked about the beginning, too, which is judged only if some step leaves it so.
        sim.always("what is marked is noted", {marks},
                   [&, noted] { return !performance->hasMarks() || noted(); });
      },
      options);
  return explored;
}

/// Whether it has failed only because an order lets somebody wait for ever. How that ends is no outcome.
inline bool standsStill(tincan::testing::Result const& result) {
  return !result.ok && result.failure.find("nothing can happen any more") != std::string::npos;
}

}  // namespace kit
