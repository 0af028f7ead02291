// tincan/testing/detail/simulate/pool.hpp - objects that stay where they are, and are used again
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace tincan::inline abi0::testing::detail {

/// T has a member renew(), which makes it as new but for the memory of its vectors.
template <class T>
class Pool {
 public:
  T& take() {
    if (used_ == all_.size()) all_.push_back(std::make_unique<T>());
    return *all_[used_++];
  }
  /// Takes all of them back.
  void clear() {
    while (used_ != 0) all_[--used_]->renew();
  }

 private:
  std::vector<std::unique_ptr<T>> all_{};
  std::size_t used_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
