// tincan/detail/api/invoke_event.hpp - what a handler sees of a call
#pragma once

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/request/responder.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct InvokeEventAccess;
}  // namespace detail

/// One call by invoke(). The handler's result answers it, so there is no returnValue here and no reply().
///
///   Threads   The endpoint's.
///   Lifetime  Until the handler has returned, or its Task has ended.
class InvokeEvent {
 public:
  InvokeEvent(InvokeEvent const&) = delete;
  InvokeEvent& operator=(InvokeEvent const&) = delete;

  /// The requester. What is sent to it by this handle comes from the endpoint that handles this call.
  Peer const& sender;

  /// The channel. The name is valid while the event is.
  ChannelName channel() const noexcept { return channel_; }

  /// Returns a token whose stop is requested when nobody can get the answer any more: the requester has
  /// cancelled, run out of time or dropped the future, or one of the two endpoints is closed. Its callbacks
  /// run on the thread where that happens. Allocates.
  StopToken stopToken() const { return responder_.stopToken(detail::PeerAccess::core(sender)); }

  /// True if nobody can get the answer any more.
  bool cancelled() const noexcept {
    return !responder_.isAwaited(detail::PeerAccess::core(sender));
  }

 private:
  friend struct detail::InvokeEventAccess;
  InvokeEvent(Peer const& from, ChannelName const& channel, detail::Responder& responder) noexcept
      : sender(from), channel_(channel), responder_(responder) {}

  ChannelName channel_;
  detail::Responder& responder_;
};

namespace detail {

/// Makes the events of calls.
struct InvokeEventAccess {
  static InvokeEvent make(Peer const& sender, ChannelName const& channel,
                          Responder& responder) noexcept {
    return InvokeEvent(sender, channel, responder);
  }
};

}  // namespace detail
}  // namespace tincan::inline abi0
