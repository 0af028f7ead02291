// tincan/testing/detail/simulate/claims_found.hpp - what an exploration knows of the claims of its test
//
// Which steps a claim can tell apart, handlers cannot. So the first search leaves that out: it is short, and most of what is
// to hold sometimes has held then. If it finds nothing wrong, another one tells apart what the claims can that are left.
//
//   Threads   One.
#pragma once

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/detail/simulate/claims.hpp>

namespace tincan::inline abi0::testing::detail {

/// The claims of all runs, in the order in which each run has made them.
class ClaimsFound {
 public:
  /// Takes in how the claims of a run have ended.
  void add(Claims const& claims) {
    hasAlways_ = hasAlways_ || claims.hasAlways();
    auto const& sometimes = claims.sometimes();
    for (std::size_t i = 0; i < sometimes.size(); ++i) {
      if (i == sometimes_.size()) sometimes_.push_back({sometimes[i].what, false});
      sometimes_[i].hasHeld = sometimes_[i].hasHeld || sometimes[i].hasHeld;
    }
  }

  /// Takes in how the claims of other runs have ended.
  void add(ClaimsFound const& others) {
    hasAlways_ = hasAlways_ || others.hasAlways_;
    for (std::size_t i = 0; i < others.sometimes_.size(); ++i) {
      if (i == sometimes_.size()) sometimes_.push_back(others.sometimes_[i]);
      sometimes_[i].hasHeld = sometimes_[i].hasHeld || others.sometimes_[i].hasHeld;
    }
  }

  /// Tells steps apart by the claims from now on. False if that changes nothing: the search is done.
  bool tellApart() {
    bool const hasSome = hasAlways_ || !neverSometimes().empty();
    if (!hasSome || told_.isOn) return false;
    told_.isOn = true;
    for (Sometimes const& claim : sometimes_) told_.isOver.push_back(claim.hasHeld);
    return true;
  }
  /// The claims that steps are told apart by.
  ClaimsToldApart const& toldApart() const noexcept { return told_; }

  /// Says what has never held, though it is to hold sometimes; empty: there is nothing.
  std::string neverSometimes() const {
    for (Sometimes const& claim : sometimes_) {
      if (!claim.hasHeld) return claim.what;
    }
    return {};
  }

  void save(CheckpointWriter& to) const {
    to.number(hasAlways_);
    to.number(told_.isOn);
    to.all(sometimes_, [&](Sometimes const& claim) {
      to.string(claim.what);
      to.number(claim.hasHeld);
    });
    to.all(told_.isOver, [&](bool isOver) { to.number(isOver); });
  }
  void load(CheckpointReader& from) {
    from.flag(hasAlways_);
    from.flag(told_.isOn);
    from.all([&] {
      Sometimes claim{};
      from.string(claim.what);
      from.flag(claim.hasHeld);
      sometimes_.push_back(std::move(claim));
    });
    from.all([&] {
      bool isOver = false;
      from.flag(isOver);
      told_.isOver.push_back(isOver);
    });
  }

 private:
  struct Sometimes {
    std::string what;
    bool hasHeld;
  };

  bool hasAlways_ = false;
  std::vector<Sometimes> sometimes_{};
  ClaimsToldApart told_{};
};

}  // namespace tincan::inline abi0::testing::detail
