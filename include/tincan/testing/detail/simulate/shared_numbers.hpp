// tincan/testing/detail/simulate/shared_numbers.hpp - numbers for objects that the code of a test shares
#pragma once

#include <cstdint>
#include <utility>

namespace tincan::inline abi0::testing::detail {

/// While it lives, what the test's own code makes to be shared is numbered in the order of its making: in each run of
/// an exploration anew, so that all runs agree.
///
///   Threads   Its own.
class SharedNumbers {
 public:
  SharedNumbers() noexcept : before_(std::exchange(current(), this)) {}
  SharedNumbers(SharedNumbers const&) = delete;
  SharedNumbers& operator=(SharedNumbers const&) = delete;
  ~SharedNumbers() { current() = before_; }

  /// The next number on this thread; 0 if nothing is explored here.
  static std::uint64_t next() noexcept { return current() == nullptr ? 0 : ++current()->made_; }

 private:
  static SharedNumbers*& current() noexcept {
    static constinit thread_local SharedNumbers* numbers = nullptr;
    return numbers;
  }

  SharedNumbers* const before_;
  std::uint64_t made_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
