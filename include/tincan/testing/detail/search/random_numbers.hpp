// tincan/testing/detail/search/random_numbers.hpp - numbers that one seed gives again
#pragma once

#include <cstdint>

#include <tincan/testing/detail/search/outcome_hash.hpp>

namespace tincan::inline abi0::testing::detail {

/// SplitMix64 (Steele, Lea, Flood 2014).
class RandomNumbers {
 public:
  explicit RandomNumbers(std::uint64_t seed) noexcept : state_(seed) {}

  /// The seed with which the numbers go on as here.
  std::uint64_t state() const noexcept { return state_; }

  std::uint64_t next() noexcept {
    std::uint64_t const drawn = mix(state_);
    state_ += 0x9e3779b97f4a7c15u;
    return drawn;
  }
  /// One of 0..n-1; small numbers are favoured by less than n / 2^64.
  std::uint64_t below(std::uint64_t n) noexcept { return next() % n; }

 private:
  std::uint64_t state_;
};

}  // namespace tincan::inline abi0::testing::detail
