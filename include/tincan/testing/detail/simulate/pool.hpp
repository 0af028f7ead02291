// tincan/testing/detail/simulate/pool.hpp - objects that stay where they are, and are used again
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace tincan::inline v0::testing::detail {

/// T has a member renew(), which makes it as new but for the memory of its vectors.
template <class T>
class Pool {
 public:
  T& add() {
    if (used_.size() == all_.size()) all_.push_back(std::make_unique<T>());
    used_.push_back(all_[used_.size()].get());
    return *used_.back();
  }
  void clear() {
    for (T* const one : used_) one->renew();
    used_.clear();
  }

  /// In the order in which they were added.
  std::vector<T*> const& all() const noexcept { return used_; }

 private:
  std::vector<std::unique_ptr<T>> all_;
  std::vector<T*> used_;  // the first ones of them
};

}  // namespace tincan::inline v0::testing::detail
