// tests/kit/compare.hpp - what a complete exploration of a program lacks
#pragma once

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>

#include "explored.hpp"
#include "generate.hpp"
#include "run_on_threads.hpp"

namespace kit {

/// How much is done for one program.
struct Effort {
  std::uint64_t schedules;  // an exploration that needs more is not compared
  std::uint64_t orders;     // one with more is not compared with all of them
  unsigned runs;            // on threads
};

struct Comparison {
  bool isSkipped =
      false;  // the exploration is not complete, or has found that somebody waits for ever
  std::string difference{};  // a sentence; empty: there is none
  std::string outcome{};     // which the exploration lacks
  Explored every{};

  bool differs() const { return !difference.empty(); }
};

/// Compares one program.
class Comparing {
 public:
  Comparing(Program const& program, bool onThreads, std::uint64_t seed, Effort const& effort)
      : program_(program), onThreads_(onThreads), seed_(seed), effort_(effort) {}

  Comparison run() {
    using Strategy = tincan::testing::Options::Strategy;
    tincan::testing::Options options;
    options.maxSchedules = effort_.schedules;
    compared_.every = explored(program_, options);
    auto const& result = compared_.every.result;
    compared_.isSkipped = standsStill(result) || (result.ok && !result.complete);
    if (compared_.isSkipped) return compared_;
    if (!result.ok) {
      differ("the exploration fails: " + result.failure);
      return compared_;
    }
    withAllOrders(options);
    options.seed = seed_;
    options.maxSchedules = std::min(effort_.schedules, 2 * result.schedules + 200);
    with(Strategy::Random, "Random", options);
    options.bound = 2;
    with(Strategy::Pct, "Pct", options);
    if (onThreads_) withThreads();
    return compared_;
  }

 private:
  void with(tincan::testing::Options::Strategy strategy, char const* name,
            tincan::testing::Options options) {
    if (compared_.differs()) return;
    options.strategy = strategy;
    Explored const some = explored(program_, options);
    if (!some.result.ok) differ(std::string(name) + " fails: " + some.result.failure);
    for (std::string const& outcome : some.outcomes) lookUp(outcome, name);
  }
  /// With all orders, where none is left out because of another one.
  void withAllOrders(tincan::testing::Options options) {
    options.strategy = tincan::testing::Options::Strategy::Bounded;
    options.bound = 1000;
    options.maxSchedules = effort_.orders;
    Explored const all = explored(program_, options);
    if (!all.result.ok) return differ("all orders fail: " + all.result.failure);
    for (std::string const& outcome : all.outcomes) lookUp(outcome, "all orders");
    for (std::string const& outcome : compared_.every.outcomes) {
      if (!all.result.complete || compared_.differs() || all.outcomes.contains(outcome)) continue;
      differ("no order gives what a complete exploration has");
      compared_.outcome = outcome;
    }
  }
  void withThreads() {
    for (unsigned i = 0; i < effort_.runs && !compared_.differs(); ++i) {
      lookUp(runOnThreads(program_, seed_ * 1000 + i), "threads");
    }
  }
  void lookUp(std::string const& outcome, std::string const& who) {
    if (compared_.differs() || compared_.every.outcomes.contains(outcome)) return;
    differ("a complete exploration lacks an outcome of " + who);
    compared_.outcome = outcome;
  }
  void differ(std::string const& sentence) { compared_.difference = sentence; }

  Program const& program_;
  bool const onThreads_;
  std::uint64_t const seed_;
  Effort const effort_;
  Comparison compared_;
};

}  // namespace kit
