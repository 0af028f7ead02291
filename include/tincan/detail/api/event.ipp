// tincan/detail/api/event.ipp - what a listener sees of a message: the bodies
#pragma once

#include <exception>
#include <memory>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/channel.hpp>
#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/responder.hpp>
#include <tincan/detail/request/shared_responder.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE bool Reply::fail(std::exception_ptr exception) {
  if (exception == nullptr) {
    throw std::invalid_argument("tincan: Reply::fail() was given no exception");
  }
  return responder_ != nullptr && responder_->fail(std::move(exception));
}

}  // namespace tincan::inline abi0
