// tincan/detail/thread/route.hpp - sender, receiver and deadline of one call
#pragma once

#include <string>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

/// Sender and receiver as a handle names them, null for nobody in particular; and the deadline.
struct Ends {
  EndpointCore* const from;
  EndpointCore* const to;
  bool const isOwnVerb;  // of `from`, not one of a handle that it gave
  Nanoseconds const deadline = NoDeadline;
};

/// Sender, receiver and deadline of one call. While it lives the calling thread is sending, so that
/// neither the sender nor its lanes go away.
struct Route {
  /// The receiver's name in an Error.
  std::string receiverName() const { return to == nullptr ? "(nobody)" : to->displayName(); }

  SendingAs const sender;
  EndpointCore* const to;                   // null: nobody
  Nanoseconds const deadline = NoDeadline;  // until when the call waits for room and for its answer
};

}  // namespace tincan::inline abi0::detail
