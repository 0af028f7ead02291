// tincan/future.hpp - layer 11 - an answer that is under way
#pragma once

#include <chrono>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/asker.hpp>
#include <tincan/peer.hpp>

namespace tincan {

namespace detail {

struct FutureAccess;

/// The moment after a duration, saturated; never before now.
template <class Rep, class Period>
Nanoseconds deadlineAfter(std::chrono::duration<Rep, Period> duration) noexcept {
  using Seconds = std::chrono::duration<long double>;
  if (duration <= duration.zero()) return 0;
  if (Seconds(duration) >= Seconds(4.0e9L)) return NoDeadline;  // a century
  return ThreadPlatform::now() +
         std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

/// A Future without its type.
class PendingAnswer {
 public:
  /// The name is kept by the table of the one who asks, or is this object's.
  PendingAnswer(Asker asker, std::shared_ptr<MessageLane> lane, NameRecord const* name) noexcept
      : asker_(std::move(asker)), lane_(std::move(lane)), name_(name), position_(lane_->opened()) {}
  PendingAnswer(PendingAnswer&& other) noexcept
      : asker_(std::move(other.asker_)),
        lane_(std::move(other.lane_)),
        name_(std::exchange(other.name_, nullptr)),
        position_(other.position_),
        cancelledFor_(other.cancelledFor_) {}
  PendingAnswer& operator=(PendingAnswer&& other) noexcept {
    std::swap(asker_, other.asker_);
    std::swap(lane_, other.lane_);
    std::swap(name_, other.name_);
    std::swap(position_, other.position_);
    std::swap(cancelledFor_, other.cancelledFor_);
    return *this;
  }
  ~PendingAnswer() {
    cancel(Errc::Cancelled);
    if (name_ != nullptr && !name_->isKept) DeleteRecord{}(name_);
  }

  bool isReady() const noexcept {
    return !asker_.hasSlot() || asker_.state().ready() || receiver().isClosed();
  }

  void cancel(Errc reason) noexcept {
    if (!asker_.hasSlot()) return;
    if (asker_.abandon(receiver(), reason)) cancelledFor_ = reason;
  }

  /// Blocks; the answer is there or it is Timeout or Closed. Throws Deadlock.
  WaitEnd wait(Nanoseconds deadline) const {
    if (!asker_.hasSlot() || asker_.state().ready()) return WaitEnd::Ready;
    Speaker const thread(receiver().bus);
    EndpointCore& asker = lane_->senderCore();
    // In the name of the endpoint that asked, unless the future has been moved to another thread.
    EndpointCore& speaker = asker.isNobody() || asker.isElsewhere() ? thread.core() : asker;
    // Whose copy is being made for the same receiver, in front of the request?
    if (&speaker == &asker && lane_->isHeldUp(position_)) {
      throwDeadlock(channel(), "an argument that is being captured waits for what comes after it");
    }
    Waiting waiting(asker_.state(), receiver(), speaker, channel());
    WaitEnd const end = waiting.wait(deadline);
    if (end == WaitEnd::Deadlock) throwDeadlock(channel(), waiting.cycle());
    return end;
  }

  /// After a wait that ended so.
  template <class R>
  R take(WaitEnd end) {
    if (asker_.hasSlot()) asker_.settle(end, {}, receiver(), channel());
    if (!asker_.hasSlot()) throwFailure(cancelledFor_, channel(), receiver().displayName());
    return asker_.take<R>(channel(), receiver());
  }

  EndpointCore& receiver() const noexcept { return *lane_->receiver; }
  std::string_view channel() const noexcept { return name_->view(); }

 private:
  Asker asker_;
  std::shared_ptr<MessageLane> lane_;  // holds both endpoints
  NameRecord const* name_;
  std::uint64_t position_;  // of the request in the lane
  Errc cancelledFor_ = Errc::Cancelled;
};

}  // namespace detail

/// The answer to a request, or what became of it.
///
///   Threads   One at a time.
///   Progress  Its end never blocks: a future that is dropped cancels its request.
///   Errors    get() throws what the listener threw, or Error.
template <class R>
class [[nodiscard]] Future {
 public:
  /// Belongs to no request: get() throws AlreadyRetrieved.
  Future() noexcept = default;
  Future(Future&& other) noexcept
      : answer_(std::exchange(other.answer_, std::nullopt)),
        failure_(std::exchange(other.failure_, nullptr)) {}
  Future& operator=(Future&& other) noexcept {
    answer_.swap(other.answer_);
    failure_.swap(other.failure_);
    return *this;
  }
  ~Future() = default;

  /// Blocks until there is an answer and gives it away. None of the thread's own listeners run
  /// meanwhile. Throws Deadlock, and keeps the answer, if it could never come while this thread
  /// waits.
  R get() { return take(detail::NoDeadline); }

  /// The same, for so long at most; then throws Timeout, and the request is over.
  template <class Rep, class Period>
  R getFor(std::chrono::duration<Rep, Period> most) {
    return take(detail::deadlineAfter(most));
  }

  /// True if get() would not block.
  bool ready() const noexcept { return !answer_.has_value() || answer_->isReady(); }

  /// Blocks until ready(). Throws Deadlock.
  void wait() const {
    if (answer_.has_value()) checkDeserted(answer_->wait(detail::NoDeadline));
  }

  /// The same, for so long at most; true if ready().
  template <class Rep, class Period>
  bool waitFor(std::chrono::duration<Rep, Period> most) const {
    if (!answer_.has_value()) return true;
    detail::WaitEnd const end = answer_->wait(detail::deadlineAfter(most));
    checkDeserted(end);
    return end != detail::WaitEnd::Timeout;
  }

  /// Gives up: get() throws Cancelled, and a listener that has not started never runs.
  void cancel() noexcept {
    if (answer_.has_value()) answer_->cancel(Errc::Cancelled);
  }

 private:
  friend struct detail::FutureAccess;
  explicit Future(detail::PendingAnswer answer) : answer_(std::move(answer)) {}
  explicit Future(std::exception_ptr failure) : failure_(std::move(failure)) {}

  R take(detail::Nanoseconds deadline) {
    if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
    if (!answer_.has_value()) {
      throw Error(Errc::AlreadyRetrieved, {}, "a Future gives its answer once");
    }
    detail::WaitEnd const end = answer_->wait(deadline);  // throws Deadlock: the answer stays
    detail::PendingAnswer answer = std::move(*answer_);
    answer_.reset();
    return answer.template take<R>(end);
  }

  void checkDeserted(detail::WaitEnd end) const {
    if (end != detail::WaitEnd::Deserted) return;
    detail::throwFailure(Errc::Deadlock, answer_->channel(), answer_->receiver().displayName());
  }

  std::optional<detail::PendingAnswer> answer_;
  std::exception_ptr failure_;
};

namespace detail {

struct FutureAccess {
  template <class R, class From>
  static Future<R> make(From&& from) {
    return Future<R>(std::forward<From>(from));
  }
};

}  // namespace detail
}  // namespace tincan
