// tincan/detail/api/future.hpp - an answer that is under way
#pragma once

#include <chrono>
#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/await/deadline_after.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/wait_end.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0 {

class Endpoint;

namespace detail {

struct FutureAccess;
template <class R, class F, class Result>
class ThenNode;

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
  /// Cancels the request that this future had.
  Future& operator=(Future&& other) noexcept {
    if (this == &other) return *this;
    cancel();
    answer_.reset();
    if (other.answer_.has_value()) answer_.emplace(*std::exchange(other.answer_, std::nullopt));
    failure_ = std::exchange(other.failure_, nullptr);
    return *this;
  }
  ~Future() = default;

  /// Blocks until there is an answer and gives it away. None of the thread's own listeners run
  /// meanwhile. Throws Deadlock, and keeps the answer, if it could never come while this thread
  /// waits.
  R get() { return take(detail::NoDeadline); }

  /// Blocks as get() does, for so long at most; then throws Timeout, and the request is over. A duration
  /// that is negative or not a number is over at once, one of a century or more never.
  template <class Rep, class Period>
  R getFor(std::chrono::duration<Rep, Period> most) {
    return take(deadlineAfter(most));
  }

  /// True if get() would not block.
  bool ready() const noexcept { return !answer_.has_value() || answer_->isReady(); }

  /// Blocks until ready(). Throws Deadlock.
  void wait() const {
    if (answer_.has_value()) checkDeserted(answer_->wait(detail::NoDeadline));
  }

  /// Blocks until ready(), for so long at most; true if it is. Throws Deadlock.
  template <class Rep, class Period>
  bool waitFor(std::chrono::duration<Rep, Period> most) const {
    if (!answer_.has_value()) return true;
    detail::WaitEnd const end = answer_->wait(deadlineAfter(most));
    checkDeserted(end);
    return end != detail::WaitEnd::Timeout || ready();
  }

  /// Gives up: get() throws Cancelled, and a listener that has not started never runs.
  void cancel() noexcept {
    if (answer_.has_value()) answer_->cancel(Errc::Cancelled);
  }

  /// Calls onReady(Future<R>) on the thread of `where`, inside its poll, when the answer is there,
  /// its deadline has passed, or `where` is closed; exactly once. What it throws goes to onError. It
  /// may be a coroutine that returns a Task, and then lives until that has ended. If this throws
  /// (Closed, bad_alloc), the future is as it was.
  template <class F>
  void then(Endpoint& where, F onReady);

  /// Waits for the answer without blocking the thread: the coroutine goes on inside the poll of its
  /// endpoint, on the thread where it was suspended. What get() throws, co_await throws; and
  /// WrongThread if the thread has no endpoint. Takes the answer away, as get() does.
  auto operator co_await() { return Awaiter(*this); }

 private:
  friend struct detail::FutureAccess;
  template <class Result, class F, class FResult>
  friend class detail::ThenNode;

  class Awaiter : public detail::Continuation {
   public:
    explicit Awaiter(Future& from) noexcept : from_(from), future_(std::move(from)) {}
    bool await_ready() const noexcept { return future_.ready(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> self) {
      self_ = self;
      if (!begin()) return false;
      detail::notePause(self);
      suspended_.suspends(self.promise(), future_.answer_->neededAt(*home_));
      return true;
    }
    R await_resume() { return future_.get(); }

    bool proceed(Why why) noexcept override {
      suspended_.goesOn();
      if (!future_.answer_->arrive(why)) {
        suspended_.staysSuspended();
        return false;
      }
      detail::ResumeLoop::run(self_);
      return true;
    }
    bool isLost() const noexcept override { return future_.answer_->receiver().isInParent(); }

   private:
    /// Begins to wait. False: the answer is there. If it throws, the future is the caller's again.
    bool begin() {
      try {
        home_ = &future_.answer_->home();
        this->reserve(future_.answer_->deadline());
        return future_.answer_->continueAt(*home_, *this);
      } catch (...) {
        from_ = std::move(future_);
        throw;
      }
    }

    Future& from_;  // until it has begun to wait
    Future future_;
    std::coroutine_handle<> self_;
    detail::EndpointCore* home_ = nullptr;
    detail::SuspendedTask suspended_;
  };

  explicit Future(detail::PendingAnswer answer) : answer_(std::move(answer)) {}
  explicit Future(std::exception_ptr failure) : failure_(std::move(failure)) {}

  template <class Rep, class Period>
  detail::Nanoseconds deadlineAfter(std::chrono::duration<Rep, Period> most) const noexcept {
    if (!answer_.has_value()) return detail::NoDeadline;
    return detail::deadlineAfter(*answer_->receiver().bus, most);
  }

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

/// Makes Futures, from a PendingAnswer or from an exception.
struct FutureAccess {
  template <class R, class From>
  static Future<R> make(From&& from) {
    return Future<R>(std::forward<From>(from));
  }
};

}  // namespace detail
}  // namespace tincan::inline abi0
