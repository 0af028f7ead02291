// tincan/testing/detail/simulate/claims.hpp - what a test says of its simulation
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/run_state.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// Something that is to hold.
struct Claim {
  std::string what;
  std::function<bool()> holds;
  bool hasHeld = false;
};

/// The claims of one run. What they throw ends the run as a failure does.
class Claims {
 public:
  void always(Claim claim) { always_.push_back(std::move(claim)); }
  void eventually(Claim claim) { eventually_.push_back(std::move(claim)); }
  void sometimes(Claim claim) { sometimes_.push_back(std::move(claim)); }
  /// The claims that are to hold once, in one of all runs.
  std::vector<Claim> const& sometimes() const noexcept { return sometimes_; }

  /// Looks at the claims after a step.
  void look(RunState& state) {
    if (state.failure != nullptr) return;
    try {
      for (Claim& claim : sometimes_) claim.hasHeld = claim.hasHeld || claim.holds();
      for (Claim const& claim : always_) {
        if (!claim.holds()) fail(state, "always: " + claim.what);
      }
    } catch (...) {
      state.fail(std::current_exception());
    }
  }
  /// Looks at all claims, also at those that must hold when nothing is left to do.
  void lookAtEnd(RunState& state) {
    look(state);
    if (state.failure != nullptr) return;
    try {
      for (Claim const& claim : eventually_) {
        if (!claim.holds()) fail(state, "eventually: " + claim.what);
      }
    } catch (...) {
      state.fail(std::current_exception());
    }
  }

 private:
  static void fail(RunState& state, std::string const& sentence) {
    state.fail(std::make_exception_ptr(Failure(sentence)));
  }

  std::vector<Claim> always_, eventually_, sometimes_;
};

}  // namespace tincan::inline abi0::testing::detail
