// tincan/detail/api/event.ipp - what a listener sees of a message: the bodies
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/base/inline.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE bool Reply::fail(std::exception_ptr exception) {
  if (exception == nullptr) {
    throw std::invalid_argument("tincan: Reply::fail() was given no exception");
  }
  return responder_ != nullptr && responder_->fail(std::move(exception));
}

}  // namespace tincan::inline abi0
