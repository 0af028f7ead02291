// tincan/detail/send/blocking_request.ipp - a request whose requester blocks until the answer is there: the bodies
#pragma once

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/blocking_request.hpp>
#include <tincan/detail/thread/waiting.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE void BlockingRequest::waitLonger(Nanoseconds deadline) {
  AbandonUnlessWaited unless(pending_, to_);
  Waited const waited = waiting_.wait(deadline, "sendSync", channel_);
  unless.noteWait();
  waiting_.withdraw();
  if (waited.end != WaitEnd::Ready) [[unlikely]]
    pending_.settle(waited.end, waited.cycle, to_, channel_);
}

}  // namespace tincan::inline abi0::detail
