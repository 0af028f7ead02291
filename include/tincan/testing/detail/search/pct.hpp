// tincan/testing/detail/search/pct.hpp - random priorities that change at a few random steps
//
// Probabilistic concurrency testing (Burckhardt, Kothari, Musuvathi, Nagarakatte 2010). A bug has depth d if some d
// pairs of steps, each in the one order and not in the other, are enough for it. Among n sources, in runs of at most
// k steps, one run with d - 1 changes finds it with a probability of at least 1 / (n * k^(d - 1)), however far the
// steps of a pair are from each other. Drawing each step by itself finds steps at a distance of s with 1 / 2^s.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <tincan/testing/detail/search/random_numbers.hpp>
#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

class Pct final : public SearchStrategy {
 public:
  explicit Pct(Options const& options)
      : maxSchedules_(options.maxSchedules), random_(options.seed), changes_(options.bound) {}

  bool next() override {
    if (runs_ == maxSchedules_) return false;
    atBegin_ = random_.state();
    ++runs_;
    steps_ = 0;
    seen_ = 0;
    priorities_.clear();
    // In a run whose length nobody knows there is no place for a change.
    for (std::uint64_t& change : changes_) change = longest_ == 0 ? 0 : 1 + random_.below(longest_);
    return true;
  }

  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    if (enabled.empty()) return std::nullopt;
    ++steps_;
    std::size_t index = first(enabled);
    for (std::size_t i = 0; i < changes_.size(); ++i) {
      if (changes_[i] != steps_) continue;
      see(enabled[index].source) = i;
      index = first(enabled);
    }
    return index;
  }

  void record(std::span<Access const>, std::span<Source const>) override {}
  std::uint64_t choose(std::uint64_t n) override { return random_.below(n); }

  bool finish(bool) override {
    sources_ = (std::max)(sources_, std::uint64_t{seen_});
    if (steps_ > longest_) {
      longest_ = steps_;
      drawn_ = 0;
    } else {
      ++drawn_;
    }
    return true;
  }

  std::string assurance() const override {
    std::string text = "with " + std::to_string(sources_) + " sources and " +
                       std::to_string(longest_) + " steps Pct finds";
    for (std::size_t depth = 1; depth <= changes_.size() + 1; ++depth) {
      text += (depth == 1 ? " a bug of depth " : ", of depth ") + std::to_string(depth) +
              " with a probability of at least " + rounded(probability(depth));
    }
    return text;
  }

  bool save(CheckpointWriter& to) const override {
    for (std::uint64_t const number : {atBegin_, runs_ - 1, drawn_, longest_, sources_})
      to.number(number);
    return true;
  }
  void load(CheckpointReader& from) override {
    for (std::uint64_t* const number : {&atBegin_, &runs_, &drawn_, &longest_, &sources_})
      from.number(*number);
    random_ = RandomNumbers(atBegin_);
  }

 private:
  static constexpr std::uint64_t Unseen = ~std::uint64_t{0};

  /// The first of those with the highest priority.
  std::size_t first(std::span<Step const> enabled) {
    std::size_t best = 0;
    for (std::size_t i = 1; i < enabled.size(); ++i) {
      if (priority(enabled[i].source) > priority(enabled[best].source)) best = i;
    }
    return best;
  }
  std::uint64_t priority(Source source) { return see(source); }
  /// A source gets its priority when it is first seen: a random one above those of all changes. Returns it, valid
  /// until the next source is seen.
  std::uint64_t& see(Source source) {
    if (source >= priorities_.size()) priorities_.resize(std::size_t{source} + 1, Unseen);
    std::uint64_t& priority = priorities_[source];
    if (priority == Unseen) {
      ++seen_;
      priority = (std::max)(std::uint64_t{changes_.size()}, random_.next() / 2);
    }
    return priority;
  }

  double probability(std::size_t depth) const {
    double const each = 1 / (static_cast<double>((std::max)(sources_, std::uint64_t{1})) *
                             std::pow(static_cast<double>((std::max)(longest_, std::uint64_t{1})),
                                      static_cast<double>(depth - 1)));
    auto const runs = static_cast<double>(depth == 1 ? runs_ : drawn_);
    return each >= 1 ? 1 : -std::expm1(runs * std::log1p(-each));
  }
  /// Down, so that the word holds.
  static std::string rounded(double probability) {
    char text[32];
    if (probability < 0.001) std::snprintf(text, sizeof text, "%.0e", probability * 0.9);
    else
      std::snprintf(text, sizeof text, "%.3f",
                    (std::min)(std::floor(probability * 1000) / 1000, 0.999));
    return text;
  }

  std::uint64_t maxSchedules_;
  RandomNumbers random_;
  std::vector<std::uint64_t> changes_;  // the step at which each of them is, from 1
  std::uint64_t runs_ = 0;
  std::uint64_t drawn_ = 0;  // runs whose changes could be at any step of the longest run
  std::uint64_t longest_ = 0;
  std::uint64_t sources_ = 0;
  std::uint64_t atBegin_ = 0;  // of the run: where its random numbers begin

  // Of the run.
  std::uint64_t steps_ = 0;
  std::size_t seen_ = 0;  // sources
  std::vector<std::uint64_t>
      priorities_{};  // by source; at a change it becomes the change's number
};

}  // namespace tincan::inline abi0::testing::detail
