// tincan/testing/detail/simulate/claims.hpp - what a test says of its simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/watches.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// Something that is to hold.
struct Claim {
  std::string what;
  std::function<bool()> holds;
  std::vector<std::size_t>
      watches{};  // the numbers of what it looks at; none: it looks at anything
  bool hasHeld = false;
};

/// The claims by which the steps of a run are told apart.
struct ClaimsToldApart {
  bool isOn = false;
  std::vector<bool> isOver{};  // those that were to hold sometimes, and have
};

/// The claims of one run. What they throw ends the run as a failure does.
class Claims {
 public:
  /// `toldApart`: those by which the search tells steps apart; null: by none.
  Claims(SimulatedRun& run, ClaimsToldApart const* toldApart) noexcept
      : run_(run), toldApart_(toldApart) {}

  void always(Claim claim) { always_.push_back(std::move(claim)); }
  void eventually(Claim claim) { eventually_.push_back(std::move(claim)); }
  void sometimes(Claim claim) { sometimes_.push_back(std::move(claim)); }
  Watches& watches() noexcept { return watches_; }

  /// The claims that are to hold once, in one of all runs.
  std::vector<Claim> const& sometimes() const noexcept { return sometimes_; }
  bool hasAlways() const noexcept { return !always_.empty(); }
  /// Whether there is a claim that is looked at after every step.
  bool areLookedAt() const noexcept { return !always_.empty() || !sometimes_.empty(); }

  /// Looks at the claims after a step, or where it is interrupted.
  void look() {
    RunState& state = run_.state;
    if (state.failure != nullptr || state.isOver) return;
    try {
      watches_.look(run_);
      touch();
      for (Claim& claim : sometimes_) claim.hasHeld = claim.hasHeld || claim.holds();
      for (Claim const& claim : always_) {
        if (!claim.holds()) fail("always: " + claim.what);
      }
    } catch (...) {
      state.fail(std::current_exception());
    }
  }
  /// Looks at all claims, also at those that must hold when nothing is left to do.
  void lookAtEnd() {
    look();
    if (run_.state.failure != nullptr) return;
    try {
      for (Claim const& claim : eventually_) {
        if (!claim.holds()) fail("eventually: " + claim.what);
      }
    } catch (...) {
      run_.state.fail(std::current_exception());
    }
  }

 private:
  /// Touches each claim that may see something else than before.
  void touch() {
    if (toldApart_ == nullptr || !toldApart_->isOn) return;
    std::size_t number = 0;
    for (Claim const& claim : always_) touch(claim, number++);
    for (std::size_t i = 0; i < sometimes_.size(); ++i) {
      bool const isOver = i < toldApart_->isOver.size() && toldApart_->isOver[i];
      if (!isOver) touch(sometimes_[i], number + i);
    }
  }
  void touch(Claim const& claim, std::size_t number) {
    bool const mayDiffer =
        claim.watches.empty() ||
        std::any_of(claim.watches.begin(), claim.watches.end(),
                    [&](std::size_t watch) { return watches_.hasChanged(watch); });
    if (mayDiffer) run_.touches.claim(number);
  }

  void fail(std::string const& sentence) {
    run_.state.fail(std::make_exception_ptr(Failure(sentence)));
  }

  SimulatedRun& run_;
  ClaimsToldApart const* const toldApart_;
  Watches watches_;
  std::vector<Claim> always_, eventually_, sometimes_;
};

}  // namespace tincan::inline abi0::testing::detail
