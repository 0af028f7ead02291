// tincan/testing/detail/simulate/findings.hpp - what the runs of an exploration have found so far
#pragma once

#include <string>

#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/detail/simulate/claims_found.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>

namespace tincan::inline abi0::testing::detail {

/// The facts that all runs share. What the search tells apart depends on them.
struct Findings {
  /// Takes in what a run has found.
  void add(SimulatedRun const& run) {
    if (incomplete.empty()) incomplete = run.incomplete;
  }

  /// Takes in what other runs have found.
  void add(Findings const& others) {
    if (incomplete.empty()) incomplete = others.incomplete;
    claims.add(others.claims);
  }

  void save(CheckpointWriter& to) const {
    cycles.save(to);
    claims.save(to);
    to.string(incomplete);
  }
  void load(CheckpointReader& from) {
    cycles.load(from);
    claims.load(from);
    from.string(incomplete);
  }

  Cycles cycles{};
  ClaimsFound claims{};
  std::string
      incomplete{};  // says what a run did that has more outcomes than orders; empty: none did
};

}  // namespace tincan::inline abi0::testing::detail
