// tincan/detail/send/blocking_request.hpp - a request whose requester blocks until the answer is there
#pragma once

#include <string_view>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/thread/waiting.hpp>

namespace tincan::inline abi0::detail {

/// The slot of one request and the wait for it: begun, sent by whoever made this, awaited, taken.
///
///   Threads   The requester's, which is sending meanwhile.
///   Errors    The constructor throws what that of Waiting throws, and std::bad_alloc.
class BlockingRequest {
 public:
  BlockingRequest(ThreadState& thread, EndpointCore& sender, EndpointCore& to,
                  std::string_view channel, Nanoseconds deadline)
      : pending_(thread, deadline),
        to_(to),
        channel_(channel),
        waiting_(thread, pending_.slot(), to, sender, channel) {}

  /// The slot that is to go with the request.
  AnswerSlot& slot() const noexcept { return pending_.slot(); }

  /// Blocks until the answer is there. Once the request was sent: whatever leaves here leaves the slot to
  /// the one who answers. Throws why there is no answer.
  [[gnu::always_inline]] void wait(Nanoseconds deadline) {
    if (!pending_.state().ready()) return waitLonger(deadline);
    // The edge is withdrawn before the slot goes: whoever walks the graph looks at its state.
    waiting_.withdraw();
  }

  template <class R>
  R take() {
    return pending_.take<R>(channel_, to_);
  }
  /// Gives the answer away, as it is in its slot.
  [[nodiscard]] PendingRequest takeSlot() noexcept { return std::move(pending_); }

 private:
  void waitLonger(Nanoseconds deadline);

  PendingRequest pending_;
  EndpointCore& to_;
  std::string_view const channel_;
  Waiting waiting_;
};

}  // namespace tincan::inline abi0::detail
