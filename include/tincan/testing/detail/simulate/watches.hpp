// tincan/testing/detail/simulate/watches.hpp - values of a test that its claims look at
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/testing/detail/simulate/simulated_run.hpp>

namespace tincan::inline abi0::testing::detail {

/// A value that is looked at after every step.
struct WatchedValue {
  std::string name;
  /// Returns whether it is another one than at the last call. At the first it is not.
  std::function<bool()> changes;
  /// Returns the value of that call, as text.
  std::function<std::string()> text;
};

/// The watched values of one run.
class Watches {
 public:
  /// Adds one, which is looked at now. Returns its number.
  std::size_t add(WatchedValue value) {
    value.changes();
    all_.push_back(std::move(value));
    hasChanged_.push_back(false);
    return all_.size() - 1;
  }

  /// Looks at all of them; a change is a row of the run's table.
  void look(SimulatedRun& run) {
    for (std::size_t i = 0; i < all_.size(); ++i) {
      hasChanged_[i] = all_[i].changes();
      if (!hasChanged_[i]) continue;
      run.notes.push_back({run.log.size(), {}, all_[i].text(), all_[i].name});
    }
  }
  /// Whether that one has changed between the last two looks.
  bool hasChanged(std::size_t number) const noexcept { return hasChanged_[number]; }

 private:
  std::vector<WatchedValue> all_{};
  std::vector<bool> hasChanged_{};
};

}  // namespace tincan::inline abi0::testing::detail
