// tincan/testing/failure.hpp - a sentence that does not hold
#pragma once

#include <stdexcept>

namespace tincan::inline abi0::testing {

/// Thrown by a simulation when what a test says of it is not true. what() is the sentence.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace tincan::inline abi0::testing
