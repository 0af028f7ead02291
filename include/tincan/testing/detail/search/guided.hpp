// tincan/testing/detail/search/guided.hpp - runs that are drawn at random or told in a token
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/testing/detail/search/random_numbers.hpp>
#include <tincan/testing/detail/search/search_strategy.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/search/token.hpp>

namespace tincan::inline abi0::testing::detail {

/// Draws each possible step and each value with equal probability. One seed gives the same runs again.
class Random final : public SearchStrategy {
 public:
  explicit Random(std::uint64_t seed) : random_(seed) {}

  bool next() override {
    atBegin_ = random_.state();
    return true;
  }
  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    if (enabled.empty()) return std::nullopt;
    return tincan::detail::narrowed<std::size_t>(random_.below(enabled.size()));
  }
  void record(std::span<Access const>, std::span<Source const>) override {}
  std::uint64_t choose(std::uint64_t n) override { return random_.below(n); }
  bool finish(bool) override { return true; }

  bool save(CheckpointWriter& to) const override {
    to.number(atBegin_);
    return true;
  }
  void load(CheckpointReader& from) override {
    from.number(atBegin_);
    random_ = RandomNumbers(atBegin_);
  }

 private:
  RandomNumbers random_;
  std::uint64_t atBegin_ = 0;  // of the run
};

/// Repeats the one run of a token. What the token says and this program has not is left out.
class TokenStrategy final : public SearchStrategy {
 public:
  explicit TokenStrategy(std::string const& token)
      : deviations_(ScheduleTokenParser::parse(token)) {}

  bool next() override { return runs_++ == 0; }
  std::optional<std::size_t> pick(std::span<Step const> enabled) override {
    if (enabled.empty()) return std::nullopt;
    return tincan::detail::narrowed<std::size_t>(at({false, steps_++, 0}, enabled.size()));
  }
  void record(std::span<Access const>, std::span<Source const>) override {}
  std::uint64_t choose(std::uint64_t n) override { return at({true, choices_++, 0}, n); }
  bool finish(bool) override { return true; }

  bool fits() const noexcept override { return used_ == deviations_.size(); }

 private:
  std::uint64_t at(Deviation const& place, std::uint64_t n) {
    auto const found = std::lower_bound(deviations_.begin(), deviations_.end(), place);
    if (found == deviations_.end() || found->choice != place.choice ||
        found->place != place.place || found->value >= n) {
      return 0;
    }
    ++used_;
    return found->value;
  }

  Deviations deviations_;
  std::uint64_t runs_ = 0, steps_ = 0, choices_ = 0, used_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
