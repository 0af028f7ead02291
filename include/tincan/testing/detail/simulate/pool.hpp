// tincan/testing/detail/simulate/pool.hpp - objects that stay where they are, and are used again
#pragma once

#include <cstddef>
#include <iterator>
#include <memory>
#include <vector>

namespace tincan::inline v0::testing::detail {

/// T has a member renew(): as new, but with the memory of its vectors.
template <class T>
class Pool {
 public:
  class Iterator {
   public:
    using iterator_category = std::forward_iterator_tag;
    using value_type = T;
    using difference_type = std::ptrdiff_t;
    using pointer = T*;
    using reference = T&;

    Iterator() = default;
    explicit Iterator(std::unique_ptr<T> const* at) noexcept : at_(at) {}
    T& operator*() const noexcept { return **at_; }
    T* operator->() const noexcept { return at_->get(); }
    Iterator& operator++() noexcept {
      ++at_;
      return *this;
    }
    Iterator operator++(int) noexcept { return Iterator(at_++); }
    friend bool operator==(Iterator, Iterator) = default;

   private:
    std::unique_ptr<T> const* at_ = nullptr;
  };

  T& add() {
    if (size_ == all_.size()) all_.push_back(std::make_unique<T>());
    return *all_[size_++];
  }
  void clear() {
    while (size_ != 0) all_[--size_]->renew();
  }

  std::size_t size() const noexcept { return size_; }
  bool empty() const noexcept { return size_ == 0; }
  T& front() const noexcept { return *all_.front(); }
  Iterator begin() const noexcept { return Iterator(all_.data()); }
  Iterator end() const noexcept { return Iterator(all_.data() + size_); }

 private:
  std::vector<std::unique_ptr<T>> all_;
  std::size_t size_ = 0;
};

}  // namespace tincan::inline v0::testing::detail
