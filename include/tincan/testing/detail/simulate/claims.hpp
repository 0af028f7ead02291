// tincan/testing/detail/simulate/claims.hpp - what a test says of its simulation
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
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
  bool isNew = true;  // nobody has looked at it
  /// Whether it holds of things as the test has left them. That is judged once a step has come which changes nothing
  /// of what the claim looks at.
  enum class Start : std::uint8_t {
    Holds,
    Violated,
    Changed  // it was violated, and something has changed since then
  } start = Start::Holds;
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
  Claims(Claims const&) = delete;
  Claims& operator=(Claims const&) = delete;

  void always(Claim claim) { always_.push_back(std::move(claim)); }
  void eventually(Claim claim) { eventually_.push_back(std::move(claim)); }
  void sometimes(Claim claim) { sometimes_.push_back(std::move(claim)); }
  Watches& watches() noexcept { return watches_; }

  /// The claims that are to hold once, in one of all runs.
  std::vector<Claim> const& sometimes() const noexcept { return sometimes_; }
  bool hasAlways() const noexcept { return !always_.empty(); }
  /// Whether there is a claim that is looked at after every step.
  bool areLookedAt() const noexcept { return !always_.empty() || !sometimes_.empty(); }

  /// Looks at the claims before the first of the steps that a call of the test makes happen, and judges nothing.
  void lookBefore() {
    RunState& state = run_.state;
    if (state.failure != nullptr || state.isOver || !isToldApart()) return;
    try {
      watches_.look(run_);
      for (Claim& claim : always_) begin(claim);
    } catch (...) {
      state.fail(std::current_exception());
    }
  }
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
  bool isToldApart() const noexcept { return toldApart_ != nullptr && toldApart_->isOn; }

  /// Notes whether a claim that is touched by some steps only holds now.
  void begin(Claim& claim) {
    if (claim.watches.empty() || !(claim.isNew || mayDiffer(claim))) return;
    claim.isNew = false;
    claim.start = claim.holds() ? Claim::Start::Holds : Claim::Start::Violated;
  }

  /// Touches each claim that may see something else than before.
  void touch() {
    if (!isToldApart()) return;
    std::uint64_t number = 0;
    for (Claim& claim : always_) touch(claim, number++);
    for (std::size_t i = 0; i < sometimes_.size(); ++i) {
      bool const isOver = i < toldApart_->isOver.size() && toldApart_->isOver[i];
      // A test may add claims of the other kind in the middle of its run.
      if (!isOver) touch(sometimes_[i], Touches::SometimesClaims + i);
    }
  }
  void touch(Claim& claim, std::uint64_t number) {
    bool const isAnother = mayDiffer(claim);
    if (isAnother) run_.touches.claim(number);
    if (claim.start == Claim::Start::Holds) return;
    // Any step may come before the first one that changes something.
    bool const isFirst = isAnother && claim.start == Claim::Start::Violated;
    run_.touches.startOfClaim(number, isFirst ? AccessKind::Writes : AccessKind::Reads);
    if (isFirst) claim.start = Claim::Start::Changed;
  }
  bool mayDiffer(Claim const& claim) const {
    return claim.watches.empty() ||
           std::any_of(claim.watches.begin(), claim.watches.end(),
                       [&](std::size_t watch) { return watches_.hasChanged(watch); });
  }

  void fail(std::string const& sentence) {
    run_.state.fail(std::make_exception_ptr(Failure(sentence)));
  }

  SimulatedRun& run_;
  ClaimsToldApart const* const toldApart_;
  Watches watches_{};
  std::vector<Claim> always_{}, eventually_{}, sometimes_{};
};

}  // namespace tincan::inline abi0::testing::detail
