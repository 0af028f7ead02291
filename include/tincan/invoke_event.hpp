// tincan/invoke_event.hpp - layer 10 - what a handler sees of a call
#pragma once

#include <stop_token>

#include <tincan/detail/giver.hpp>
#include <tincan/peer.hpp>

namespace tincan {

namespace detail {
template <class F, class Answer>
class HandlerOf;
template <class F, class Answer>
struct LongCall;
}  // namespace detail

/// One call by invoke. The handler's result answers it, so there is no returnValue here and no
/// reply(). Lives until the handler has returned, or its Task has ended.
///
///   Threads   The endpoint's.
class InvokeEvent {
 public:
  InvokeEvent(InvokeEvent const&) = delete;
  InvokeEvent& operator=(InvokeEvent const&) = delete;

  /// Who called. send() on it comes from the endpoint that handles this call.
  Peer const& sender;

  /// Valid while the event is.
  ChannelName channel() const noexcept { return channel_; }

  /// Asks to stop when nobody waits for the answer any more: the caller cancelled, ran out of time,
  /// or dropped the future. On the caller's thread. Allocates.
  std::stop_token stopToken() const { return giver_.stopToken(); }

  /// True if nobody waits for the answer any more.
  bool cancelled() const { return !giver_.isAwaited(); }

 private:
  template <class F, class Answer>
  friend class detail::HandlerOf;
  template <class F, class Answer>
  friend struct detail::LongCall;
  InvokeEvent(Peer const& from, ChannelName const& channel, detail::Giver& giver) noexcept
      : sender(from), channel_(channel), giver_(giver) {}

  ChannelName channel_;
  detail::Giver& giver_;
};

}  // namespace tincan
