// tincan/testing/detail/simulate/looks_in_vain.hpp - what is done about code that looks for something again and again
#pragma once

#include <cstdint>

#include <tincan/testing/detail/simulate/looks_in_a_row.hpp>

namespace tincan::inline abi0::testing::detail {

/// Lets other code run while one looks for something again and again.
class LooksInVain {
 public:
  LooksInVain() = default;
  LooksInVain(LooksInVain const&) = delete;
  LooksInVain& operator=(LooksInVain const&) = delete;

  /// The code that runs looks whether something has happened. It is as if it slept, if it has looked too often
  /// while nothing did: the orders of so many looks are told apart.
  virtual void looks(char const* whether, std::uint64_t object, unsigned toldApart) = 0;
  void looks(char const* whether, std::uint64_t object) {
    looks(whether, object, LooksInARow::ToldApart);
  }

 protected:
  ~LooksInVain() = default;
};

}  // namespace tincan::inline abi0::testing::detail
