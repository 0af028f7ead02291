// tincan/testing/search.hpp - layer 33 - explores the orders in which the steps of a program can come
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tincan/testing/exhaustive.hpp>
#include <tincan/testing/explorer.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/step.hpp>

namespace tincan::testing::detail {

/// The program under test is run again and again, and asks here whenever something is open.
///
///   while (search.next()) {
///     ...                               // set it up; record({}, the steps that are there at first)
///     while (steps are possible) {
///       auto index = search.pick(them);
///       if (!index) break;              // and no finish()
///       ...                             // let that step happen; record(what it did)
///     }
///     search.finish(failed);
///   }
class Search {
 public:
  explicit Search(Options const& options)
      : maxSchedules_(options.maxSchedules), explorer_(std::make_unique<Exhaustive>()) {}

  /// Begins another run; false: done, or there were maxSchedules.
  bool next() {
    if (schedules_ >= maxSchedules_) return false;
    return explorer_->next();
  }

  /// Which of them happens now. Nothing: the rest of this run was explored before, give it up.
  /// `enabled` is in the usual order: the first one is what happens without deviations.
  std::optional<std::size_t> pick(std::span<Step const> enabled) {
    auto const index = explorer_->pick(enabled);
    if (!index) ++givenUp_;
    return index;
  }

  /// After a step: what it touched, and which sources got one more step because of it, once for each
  /// such step. Before the first pick: the sources of the steps that are there from the start.
  void record(std::span<Access const> accesses, std::span<Source const> sent) {
    explorer_->record(accesses, sent);
  }

  /// A data choice 0..n-1 inside a step or before the first.
  std::uint64_t choose(std::uint64_t n) { return explorer_->choose(n); }

  /// The run came to its end: no steps are left, or it failed.
  void finish(bool failed) {
    failed_ = failed_ || failed;
    if (explorer_->finish(failed)) ++schedules_;
  }

  std::uint64_t schedules() const noexcept { return schedules_; }
  std::uint64_t givenUp() const noexcept { return givenUp_; }
  /// Whether every outcome was seen. A run that failed may have hidden some.
  bool complete() const noexcept {
    return explorer_->exhaustive() && !failed_ && !nondeterministic();
  }

  bool nondeterministic() const noexcept { return !nondeterminism().empty(); }
  std::string const& nondeterminism() const noexcept { return explorer_->nondeterminism(); }

 private:
  std::uint64_t maxSchedules_;
  std::unique_ptr<Explorer> explorer_;
  std::uint64_t schedules_ = 0, givenUp_ = 0;
  bool failed_ = false;
};

}  // namespace tincan::testing::detail
