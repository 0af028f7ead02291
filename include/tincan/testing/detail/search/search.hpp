// tincan/testing/detail/search/search.hpp - explores the orders in which the steps of a program can come
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>

#include <tincan/testing/detail/search/bounded.hpp>
#include <tincan/testing/detail/search/exhaustive.hpp>
#include <tincan/testing/detail/search/guided.hpp>
#include <tincan/testing/detail/search/pct.hpp>
#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/search_time.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/search/token.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

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
class ScheduleSearch {
 public:
  /// Throws std::invalid_argument for a replay token that is none. The environment is not asked:
  /// that does Environment::override. The time that the options give it began then.
  explicit ScheduleSearch(Options const& options,
                          SearchTime::Clock::time_point begin = SearchTime::Clock::now())
      : maxSchedules_(options.maxSchedules), strategy_(make(options)), time_(options.time, begin) {
    if (options.strategy == Options::Strategy::Exhaustive) {
      exhaustive_ = static_cast<Exhaustive*>(strategy_.get());
    }
  }
  ScheduleSearch(ScheduleSearch const&) = delete;
  ScheduleSearch& operator=(ScheduleSearch const&) = delete;

  // ---- with others, an exhaustive search; see Subtree ----

  /// Lets others make parts.
  void shareWith(Helpers& helpers) noexcept {
    if (exhaustive_ != nullptr) exhaustive_->parts().shareWith(helpers);
  }
  /// Makes only that part of another search; to be called before the first next().
  void make(Subtree& part) {
    exhaustive_->make(part);
    isPart_ = true;
  }
  /// Notes in the part what came of it, once there is no next().
  void conclude(Subtree& part) const {
    part.schedules = schedules_;
    part.givenUp = givenUp_;
    exhaustive_->parts().conclude(part, complete());
  }

  /// Begins another run; false: done, or there were maxSchedules, or the time is over.
  bool next() {
    if (schedules_ >= maxSchedules_ || isLate()) return false;
    // The last run stays what token() tells of: it may be the one to blame.
    if (!advance()) return false;
    path_.clear();
    steps_ = choices_ = 0;
    return true;
  }
  /// Begins another run, also if there were maxSchedules, or the time is over. False: none is left.
  bool advance() {
    if (exhaustive_ == nullptr) return strategy_->next();
    exhaustive_->parts().limit(maxSchedules_ - schedules_);
    bool const isNext = exhaustive_->next();
    auto const [schedules, givenUp] = exhaustive_->parts().counts();
    schedules_ += schedules;
    givenUp_ += givenUp;
    return isNext;
  }

  /// Picks which of them happens now. Nothing: the rest of this run was explored before, give it up.
  /// `enabled` is in the usual order: the first one is what happens without deviations.
  std::optional<std::size_t> pick(std::span<Step const> enabled) {
    auto const index = strategy_->pick(enabled);
    if (!index) {
      givenUp_ += enabled.empty() ? 0U : 1U;
    } else {
      follow(false, steps_++, *index);
    }
    return index;
  }

  /// The source of the next step, if that is known and it suffices to let that happen: then goOn() says so, instead of
  /// record() and pick(). Nothing: those two are to be called.
  Source expected() { return strategy_->expected(); }
  void goOn() { follow(false, steps_++, strategy_->goOn()); }

  /// Takes, after a step, what it touched, and which sources got one more step because of it, once for
  /// each such step; before the first pick the sources of the steps that are there from the start. `lost` are steps
  /// that could have come next, and now cannot any more, also if their endpoint was blocked.
  void record(std::span<Access const> accesses, std::span<Source const> sent,
              std::span<Step const> lost = {}) {
    strategy_->record(accesses, sent);
    if (!lost.empty()) strategy_->lose(lost);
  }

  /// Makes a data choice 0..n-1, inside a step or before the first.
  /// Throws std::invalid_argument if there is nothing to choose from.
  std::uint64_t choose(std::uint64_t n) {
    if (n == 0) throw std::invalid_argument("choose(0): there is nothing to choose from.");
    std::uint64_t const value = strategy_->choose(n);
    follow(true, choices_++, value);
    return value;
  }

  /// Writes where the search is, in the run that next() has begun last. False: this strategy cannot go on from a file.
  bool save(CheckpointWriter& to) const {
    to.number(schedules_);
    to.number(givenUp_);
    return strategy_->save(to);
  }
  /// Goes on from there, with the same options; to be called before the first next().
  void load(CheckpointReader& from) {
    from.number(schedules_);
    from.number(givenUp_);
    strategy_->load(from);
  }
  /// Ends the run: no steps are left, or it failed.
  void finish(bool failed) {
    failed_ = failed_ || failed;
    if (strategy_->finish(failed)) ++schedules_;
    if (!isPart_) time_.passed(schedules_, [this] { return share(); });
  }

  /// The token of this run so far, for Options::replay; of the last one once there is no next.
  std::string token() const {
    Deviations sorted = path_;
    std::sort(sorted.begin(), sorted.end());
    return toScheduleToken(sorted);
  }

  /// The deviations of this run so far, in the order of their places, steps among choices.
  std::span<Deviation const> path() const noexcept { return path_; }

  std::uint64_t schedules() const noexcept { return schedules_; }
  std::uint64_t givenUp() const noexcept { return givenUp_; }
  /// Whether every outcome was seen. A run that failed may have hidden some.
  bool complete() const noexcept {
    return strategy_->exhaustive() && !failed_ && !nondeterministic();
  }

  /// Whether there was no time for more. The first run takes what it takes.
  bool isLate() const { return schedules_ != 0 && time_.isOver(); }
  /// The share of the runs known to be needed that have been made; 0: unknown.
  double share() const noexcept { return strategy_->share(); }

  /// What the runs so far are worth, as the second half of a sentence; empty: nothing can be said.
  std::string assurance() const { return strategy_->assurance(); }

  /// Whether a replay has come across all that its token tells of. If not, the program has changed.
  bool fits() const noexcept { return strategy_->fits(); }

  /// Whether a run began like an earlier one and went another way. Then there are no more runs.
  bool nondeterministic() const noexcept { return !nondeterminism().empty(); }
  /// One sentence about nondeterminism, or empty.
  std::string const& nondeterminism() const noexcept { return strategy_->nondeterminism(); }

 private:
  static std::unique_ptr<SearchStrategy> make(Options const& options) {
    switch (options.strategy) {
      case Options::Strategy::Bounded: return std::make_unique<Bounded>(options);
      case Options::Strategy::Pct: return std::make_unique<Pct>(options);
      case Options::Strategy::Random: return std::make_unique<Random>(options.seed);
      case Options::Strategy::Replay: return std::make_unique<TokenStrategy>(options.replay);
      case Options::Strategy::Exhaustive: break;
    }
    return std::make_unique<Exhaustive>();
  }

  void follow(bool choice, std::uint64_t place, std::uint64_t value) {
    if (value != 0) path_.push_back({choice, place, value});
  }

  std::uint64_t maxSchedules_;
  std::unique_ptr<SearchStrategy> strategy_;
  Exhaustive* exhaustive_ = nullptr;  // the strategy, if it is that
  SearchTime time_;
  std::uint64_t schedules_ = 0, givenUp_ = 0;
  bool failed_ = false;
  bool isPart_ = false;  // of a search that tells how far it is
  Deviations path_{};    // of this run
  std::uint64_t steps_ = 0, choices_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
