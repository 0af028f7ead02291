// tincan/testing/detail/search/data_choices.hpp - what a test has chosen among data, and what is left of that
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/decision_path.hpp>

namespace tincan::inline abi0::testing::detail {

/// The data choices of a run, a stack: those of the next run begin alike. `picks` says how many steps were picked
/// before.
class DataChoices {
 public:
  using Choice = DecisionPath::Choice;

  std::vector<Choice> const& all() const noexcept { return all_; }
  /// Goes on from those of another search.
  void resume(std::vector<Choice> choices) { all_ = std::move(choices); }

  /// Begins a run.
  void begin() noexcept { position_ = 0; }
  /// Chooses as before; the first of n values, if it has not been chosen here before, and may be. Nothing: something
  /// else was chosen before.
  std::optional<std::uint64_t> choose(std::uint64_t n, std::size_t picks, bool mayBeNew) {
    if (position_ == all_.size() && mayBeNew) all_.push_back({n, 0, picks});
    if (position_ == all_.size()) return std::nullopt;
    Choice const& choice = all_[position_];
    if (choice.n != n || choice.picks != picks) return std::nullopt;
    ++position_;
    return choice.value;
  }
  /// Whether the last step has chosen before what it does not choose again.
  bool misses(std::size_t picks) const noexcept {
    return position_ < all_.size() && all_[position_].picks <= picks;
  }

  /// Whether the last choice came after so many picks.
  bool endsAt(std::size_t picks) const noexcept {
    return !all_.empty() && all_.back().picks == picks;
  }
  /// Goes on to the next value of the last choice. False: there is none, and the choice is gone.
  bool next() {
    if (++all_.back().value < all_.back().n) return true;
    all_.pop_back();
    return false;
  }

 private:
  std::vector<Choice> all_{};
  std::size_t position_ = 0;  // in the run
};

}  // namespace tincan::inline abi0::testing::detail
