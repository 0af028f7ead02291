// tincan/testing/detail/search/bounded.hpp - the runs nearest to the usual one first
//
// A deviation is a step other than the first of those possible, or a data choice other than 0. Runs
// come in the order of how many they have: first none, then one at every place, ... Each run with
// room for one more deviation waits in a queue until all with as many as it have been run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

#include <tincan/testing/detail/search/outcome_hash.hpp>
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
    widths_.clear();
    nextDeviation_ = 0;
    steps_ = 0;
    hash_.clear();
    return true;
  }

  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    if (enabled.empty()) return std::nullopt;
    auto const index = static_cast<std::size_t>(decide(enabled.size()));
    if (!nondeterminism().empty()) return std::nullopt;
    step_ = enabled[index];
    ++steps_;
    return index;
  }

  void record(std::span<Access const> accesses, std::span<Source const>) override {
    if (steps_ != 0) hash_.add(step_, accesses);
  }

  std::uint64_t choose(std::uint64_t n) override {
    std::uint64_t const value = decide(n);
    hash_.choose(value);
    return value;
  }

  bool finish(bool) override {
    if (nextDeviation_ < deviations_.size()) blame(steps_, "the run ended");
    return outcomes_.insert(hash_.value()).second;
  }

  bool exhaustive() const noexcept override { return exhausted_ && !cut_; }

 private:
  static constexpr std::uint64_t Enough = ~std::uint64_t{0} / 10;

  struct At {
    std::size_t decision;  // steps and data choices counted together
    std::uint64_t value;
  };
  struct Parent {  // a run whose deviations get one more
    std::vector<At> deviations;
    std::vector<std::uint64_t> widths;  // of the decisions after the last deviation
    std::size_t place = 0;              // of the next one, in widths
    std::uint64_t value = 0;            // of the last child

    std::size_t start() const noexcept {
      return deviations.empty() ? 0 : deviations.back().decision + 1;
    }
  };

  std::uint64_t decide(std::uint64_t width) {
    std::size_t const decision = widths_.size();
    widths_.push_back(width);
    if (nextDeviation_ == deviations_.size()) return 0;
    At const& next = deviations_[nextDeviation_];
    if (next.decision != decision) return 0;
    ++nextDeviation_;
    if (nextDeviation_ == deviations_.size() && width != expectedWidth_) {
      blame(steps_, "there were " + std::to_string(width) + " possibilities instead of " +
                        std::to_string(expectedWidth_));
    }
    return next.value < width ? next.value : 0;
  }

  // What was run last waits for its children, if there is any hope that they get their turn.
  void keepRun() {
    std::size_t const start = deviations_.empty() ? 0 : deviations_.back().decision + 1;
    std::uint64_t children = 0;
    for (std::size_t i = start; i < widths_.size(); ++i) children += widths_[i] - 1;
    if (children == 0) return;
    if (deviations_.size() >= bound_ || waiting_ >= runsLeft_) {
      cut_ = true;
      return;
    }
    waiting_ += children;
    parents_.push_back(
        {deviations_, {widths_.begin() + static_cast<std::ptrdiff_t>(start), widths_.end()}});
  }

  bool advance() {
    while (!parents_.empty()) {
      Parent& parent = parents_.front();
      if (parent.place == parent.widths.size()) {
        parents_.pop_front();
      } else if (++parent.value >= parent.widths[parent.place]) {
        ++parent.place;
        parent.value = 0;
      } else {
        --waiting_;
        deviations_ = parent.deviations;
        deviations_.push_back({parent.start() + parent.place, parent.value});
        expectedWidth_ = parent.widths[parent.place];
        return true;
      }
    }
    exhausted_ = true;
    return false;
  }

  std::size_t bound_;
  std::uint64_t runsLeft_;
  std::uint64_t waiting_ = 0;  // children of the parents
  bool started_ = false, exhausted_ = false, cut_ = false;
  std::deque<Parent> parents_;
  std::unordered_set<std::uint64_t> outcomes_;

  // of the run:
  std::vector<At> deviations_;
  std::size_t nextDeviation_ = 0;
  std::uint64_t expectedWidth_ = 0;  // at the last deviation
  std::vector<std::uint64_t> widths_;
  Step step_{};
  std::size_t steps_ = 0;
  OutcomeHash hash_;
};

}  // namespace tincan::inline abi0::testing::detail
