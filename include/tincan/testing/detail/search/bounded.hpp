// tincan/testing/detail/search/bounded.hpp - the runs nearest to the usual one first
//
// A deviation is a step other than the first of those possible, or a data choice other than 0. Runs
// come in the order of how many they have: first none, then one at every place where it matters, ... Each
// run with room for one more deviation waits in a queue until all with as many as it have been run. Deviations
// that change nothing about their run are tried only if nothing else is left out: then all is seen.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <utility>
#include <vector>

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/testing/detail/search/outcome_hash.hpp>
#include <tincan/testing/detail/search/run_steps.hpp>
#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

class Bounded final : public SearchStrategy {
 public:
  /// Outcomes that were seen before do not count as schedules, but ten times as many runs as
  /// schedules are enough.
  explicit Bounded(Options const& options)
      : bound_(options.bound),
        runsLeft_(options.maxSchedules > Enough ? ~std::uint64_t{0} : options.maxSchedules * 10) {}

  bool next() override {
    if (!nondeterminism().empty() || runsLeft_ == 0) return false;
    if (started_) {
      keepRun();
      if (!advance()) return false;
    }
    started_ = true;
    --runsLeft_;
    decisions_ = 0;
    nextDeviation_ = 0;
    run_.clear();
    choices_.clear();
    hash_.clear();
    return true;
  }

  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    if (enabled.empty()) return std::nullopt;
    std::size_t const decision = decisions_;
    auto const index = tincan::detail::narrowed<std::size_t>(decide(enabled.size()));
    if (!nondeterminism().empty()) return std::nullopt;
    run_.take(decision, enabled, index);
    return index;
  }

  void record(std::span<Access const> accesses, std::span<Source const> sent) override {
    if (run_.size() != 0) hash_.add(run_.last(), accesses);
    run_.record(accesses, sent);
  }

  std::uint64_t choose(std::uint64_t n) override {
    std::size_t const decision = decisions_;
    std::uint64_t const value = decide(n);
    choices_.push_back({decision, n});
    run_.choose();
    hash_.choose(value);
    return value;
  }

  bool finish(bool) override {
    if (nextDeviation_ < deviations_.size()) blame(run_.size(), "the run ended");
    return outcomes_.insert(hash_.value()).second;
  }

  bool exhaustive() const noexcept override { return exhausted_ && !cut_; }

 private:
  static constexpr std::uint64_t Enough = ~std::uint64_t{0} / 10;

  struct Choice {  // of data
    std::size_t decision;
    std::uint64_t n;
  };
  struct Parent {  // a run whose deviations get one more
    std::vector<Deviating> deviations;
    std::vector<Deviating> next;  // those that it gets, one after the other
    std::size_t child = 0;
  };

  std::uint64_t decide(std::uint64_t width) {
    std::size_t const decision = decisions_++;
    if (nextDeviation_ == deviations_.size()) return 0;
    Deviating const& next = deviations_[nextDeviation_];
    if (next.decision != decision) return 0;
    ++nextDeviation_;
    if (width != next.width) {
      blame(run_.size(), "there were " + std::to_string(width) + " possibilities instead of " +
                             std::to_string(next.width));
    }
    return next.value < width ? next.value : 0;
  }

  // What was run last waits for its children, if there is any hope that they get their turn.
  void keepRun() {
    std::size_t const start = deviations_.empty() ? 0 : deviations_.back().decision + 1;
    auto [next, others] = run_.instead(start);
    for (Choice const& choice : choices_) {
      if (choice.decision < start) continue;
      for (std::uint64_t value = 1; value < choice.n; ++value) {
        next.push_back({choice.decision, value, choice.n});
      }
    }
    std::sort(next.begin(), next.end());
    keep(parents_, std::move(next));
    keep(doubtful_, std::move(others));
  }
  void keep(std::deque<Parent>& parents, std::vector<Deviating>&& next) {
    if (next.empty()) return;
    if (deviations_.size() >= bound_ || waiting_ >= runsLeft_) {
      cut_ = true;
      return;
    }
    waiting_ += next.size();
    parents.push_back({deviations_, std::move(next)});
  }

  bool advance() {
    if (advance(parents_)) return true;
    // Without these not everything was seen, but that is so already if something else was left out.
    if (!cut_ && advance(doubtful_)) return true;
    exhausted_ = true;
    return false;
  }
  bool advance(std::deque<Parent>& parents) {
    while (!parents.empty()) {
      Parent& parent = parents.front();
      if (parent.child == parent.next.size()) {
        parents.pop_front();
        continue;
      }
      --waiting_;
      deviations_ = parent.deviations;
      deviations_.push_back(parent.next[parent.child++]);
      return true;
    }
    return false;
  }

  std::size_t bound_;
  std::uint64_t runsLeft_;
  std::uint64_t waiting_ = 0;  // children of the parents
  bool started_ = false, exhausted_ = false, cut_ = false;
  std::deque<Parent> parents_{};
  std::deque<Parent> doubtful_{};  // their deviations lead to another outcome only seldom
  std::unordered_set<std::uint64_t> outcomes_{};

  // of the run:
  std::vector<Deviating> deviations_{};
  std::size_t nextDeviation_ = 0;
  std::size_t decisions_ = 0;  // steps and data choices counted together
  RunSteps run_{};
  std::vector<Choice> choices_{};
  OutcomeHash hash_{};
};

}  // namespace tincan::inline abi0::testing::detail
