// tincan/detail/api/pending.hpp - a token for a function that waits for an answer
#pragma once

#include <utility>

#include <tincan/detail/await/pending_call.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct PendingAccess;
}

/// Names a function that Future::then() is to call, to withdraw it.
///
///   Threads   Any; each token one at a time.
///   Lifetime  Copies name the same function. Harmless when that was called, after the end of its endpoint, and if
///             it names none. Its own end withdraws nothing.
class Pending {
 public:
  /// Names none: cancel() does nothing.
  Pending() noexcept = default;
  /// Names the same function as the other one.
  Pending(Pending const& other) noexcept : call_(other.call_) {
    if (call_ != nullptr) call_->hold();
  }
  /// Takes the name over; the other one names none then.
  Pending(Pending&& other) noexcept : call_(std::exchange(other.call_, nullptr)) {}
  Pending& operator=(Pending other) noexcept {
    std::swap(call_, other.call_);
    return *this;
  }
  ~Pending() {
    if (call_ != nullptr) call_->leave();
  }

  /// Withdraws the request, as Future::cancel() does, and ends the function, which is not called. On the thread of
  /// the endpoint that was given to then(): at once. On any other one the function is not called any more when this
  /// returns, unless it is being called just now; the request is withdrawn, and the captures end, on the endpoint's
  /// thread, in its next poll. Does nothing if the function was called or withdrawn before. Allocates nothing.
  void cancel() const noexcept {
    if (call_ != nullptr) call_->cancel();
  }

 private:
  friend struct detail::PendingAccess;
  explicit Pending(detail::PendingCall* call) noexcept : call_(call) { call_->hold(); }

  detail::PendingCall* call_ = nullptr;
};

namespace detail {

/// Makes tokens.
struct PendingAccess {
  static Pending make(PendingCall& call) noexcept { return Pending(&call); }
};

}  // namespace detail
}  // namespace tincan::inline abi0
