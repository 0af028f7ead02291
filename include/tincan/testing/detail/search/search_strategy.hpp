// tincan/testing/detail/search/search_strategy.hpp - decides what happens next, one run after another
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <tincan/testing/detail/search/checkpoint_text.hpp>
#include <tincan/testing/detail/search/step.hpp>

namespace tincan::inline abi0::testing::detail {

/// Base of the strategies. The calls are those of ScheduleSearch.
class SearchStrategy {
 public:
  virtual ~SearchStrategy() = default;

  virtual bool next() = 0;
  /// The source of the step that comes next, as in an earlier run, where nobody needs to see what else is possible;
  /// Nothing: pick() needs to. goOn() takes that step, and returns the index that it had.
  virtual Source expected() { return Nothing; }
  virtual std::size_t goOn() { return 0; }
  virtual std::optional<std::size_t> pick(std::span<Step const> enabled) = 0;
  virtual void record(std::span<Access const> accesses, std::span<Source const> sent) = 0;
  /// Learns which steps the one that was recorded has made impossible.
  virtual void lose(std::span<Step const>) {}
  virtual std::uint64_t choose(std::uint64_t n) = 0;
  /// Whether this run's outcome is a new one.
  virtual bool finish(bool failed) = 0;
  /// Whether every outcome was seen, once next() has said that there is no more.
  virtual bool exhaustive() const noexcept { return false; }

  /// The share of the runs known to be needed that have been made; it can shrink when more turn out to be. 0:
  /// unknown.
  virtual double share() const noexcept { return 0; }

  /// What the runs so far are worth, as the second half of a sentence; empty: nothing can be said.
  virtual std::string assurance() const { return {}; }

  /// Writes where the search is, once next() has begun a run that has not been made. False: that cannot be kept.
  virtual bool save(CheckpointWriter&) const { return false; }
  /// Goes on from there, where another search was; to be called before the first next().
  virtual void load(CheckpointReader&) {}

  /// Whether all that a token tells of has come up in this program.
  virtual bool fits() const noexcept { return true; }

  /// A sentence about a run that began like an earlier one and then went another way; empty: there was
  /// none.
  std::string const& nondeterminism() const noexcept { return nondeterminism_; }

 protected:
  void blame(std::size_t step, std::string const& what) {
    if (!nondeterminism_.empty()) return;
    nondeterminism_ = "The same choices led elsewhere: at step " + std::to_string(step) + " " +
                      what +
                      ". Does the code use random numbers, real time or the order of addresses?";
  }

 private:
  std::string nondeterminism_{};
};

}  // namespace tincan::inline abi0::testing::detail
