// tincan/detail/api/future.hpp - an answer that is under way
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/api/any_future.hpp>
#include <tincan/detail/api/method.hpp>
#include <tincan/detail/api/pending.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/thread/running.hpp>
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
  static_assert(!std::is_array_v<R> && !std::is_function_v<R>,
                "tincan: an answer is returned by value: a std::array or std::vector instead of an "
                "array, a std::function instead of a function.");

 public:
  /// Belongs to no request: get() throws AlreadyRetrieved.
  Future() noexcept = default;
  /// Takes the answer over; the other one belongs to no request then.
  Future(Future&& other) noexcept = default;
  /// Cancels the request that this future had.
  Future& operator=(Future&& other) noexcept = default;
  [[gnu::always_inline]] ~Future() {}

  /// Blocks until there is an answer and gives it away. None of the thread's own listeners run
  /// meanwhile. Throws Deadlock, and keeps the answer, if it could never come while this thread
  /// waits.
  R get() {
    if constexpr (detail::ComesAsItIs<R>) {
      if (any_.answer.template isTakenAtOnce<R>()) [[likely]]
        return any_.answer.template takeAtOnce<R>();
    }
    return getAnyhow(detail::NoDeadline);
  }

  /// Blocks as get() does, for so long at most; then throws Timeout, and the request is over. A duration
  /// that is negative or not a number is over at once, one of a century or more never.
  template <class Rep, class Period>
  R getFor(std::chrono::duration<Rep, Period> most) {
    return getAnyhow(any_.deadlineAfter(most));
  }

  /// True if get() would not block.
  bool ready() const noexcept { return any_.ready(); }

  /// Blocks until ready(). Throws Deadlock.
  void wait() const { any_.wait(); }

  /// Blocks until ready(), for so long at most; true if it is. Throws Deadlock.
  template <class Rep, class Period>
  bool waitFor(std::chrono::duration<Rep, Period> most) const {
    return any_.waitUntil(any_.deadlineAfter(most));
  }

  /// Gives up: get() throws Cancelled, and a listener that has not started never runs.
  void cancel() noexcept { any_.cancel(); }

  /// Calls onReady(Future<R>) on the thread of `where`, inside its poll, when the answer is there,
  /// its deadline has passed, or `where` is closed; exactly once, unless Pending::cancel() withdraws
  /// it. What it throws goes to onError. It may be a coroutine that returns a Task, and then lives
  /// until that has ended. If this throws (Closed, bad_alloc), the future is as it was.
  template <class F>
  Pending then(Endpoint& where, F onReady);
  /// Calls a method of an object, as then(). If that is given by a shared_ptr or weak_ptr and has ended, the method is
  /// not called; and if it has ended now, the request is cancelled.
  template <class O, class M>
  Pending then(Endpoint& where, O&& object, M method) {
    auto bound = detail::bindMethod(static_cast<O&&>(object), method, "then");
    if (!detail::holdObject(bound)) cancel();
    return then(where, std::move(bound));
  }
  /// Does not compile: the endpoint is missing.
  template <class F>
  Pending then(F) {
    static_assert(std::is_void_v<F>,
                  "tincan: then() needs the endpoint on whose thread its function runs: "
                  "future.then(ipc, function).");
    return {};
  }

  /// Waits for the answer without blocking the thread: the coroutine goes on inside the poll of its
  /// endpoint, on the thread where it was suspended. What get() throws, co_await throws; and
  /// WrongThread if the thread has no endpoint. Takes the answer away, as get() does.
  auto operator co_await() { return Awaiter(*this); }

 private:
  friend struct detail::FutureAccess;
  template <class Result, class F, class FResult>
  friend class detail::ThenNode;

  class Awaiter : public detail::TimedContinuation {
   public:
    explicit Awaiter(Future& from) noexcept : from_(from), future_(std::move(from)) {}
    bool await_ready() const noexcept { return future_.ready(); }
    template <class P>
    bool await_suspend(std::coroutine_handle<P> self) {
      self_ = self;
      if (!begin()) return false;
      detail::notePause(self);
      suspended_.suspends(self.promise(), future_.any_.answer.neededAt(*home_), *this);
      return true;
    }
    R await_resume() { return future_.get(); }

    bool proceed(Why why) noexcept override {
      suspended_.goesOn();
      if (!future_.any_.answer.arrive(why)) {
        suspended_.staysSuspended();
        return false;
      }
      detail::ResumeLoop::run(self_);
      return true;
    }
    detail::TaskPromiseBase* cancelAwait() noexcept override {
      detail::Running const running(*home_);
      this->leave();
      proceed(Why::Cancelled);
      return nullptr;
    }
    bool isLost() const noexcept override { return future_.any_.answer.receiver().isInParent(); }

   private:
    /// Begins to wait. False: the answer is there. If it throws, the future is the caller's again.
    bool begin() {
      try {
        home_ = &future_.any_.answer.home();
        this->setDeadline(future_.any_.answer.deadline());
        return future_.any_.answer.continueAt(*home_, *this);
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

  [[gnu::always_inline]] explicit Future(detail::PendingAnswer&& request)
      : any_(static_cast<detail::PendingAnswer&&>(request)) {}
  [[gnu::always_inline]] explicit Future(detail::AnyFuture&& any)
      : any_(static_cast<detail::AnyFuture&&>(any)) {}

  [[gnu::noinline]] R getAnyhow(detail::Nanoseconds deadline) {
    static_assert(detail::assertMayBeAsked<R>());
    if constexpr (detail::MayConvertTo<R>) {
      return any_.settle(deadline).template take<R>();
    } else {
      return any_.settleFor(deadline, &detail::typeInfo<R>).template takeOut<R>();
    }
  }

  detail::AnyFuture any_;
};

namespace detail {

/// True for a Future.
template <class T>
inline constexpr bool IsFuture = false;
template <class R>
inline constexpr bool IsFuture<Future<R>> = true;

/// Makes Futures, and looks into them.
struct FutureAccess {
  template <class R, class From>
  [[gnu::always_inline]] static Future<R> make(From&& from) {
    return Future<R>(static_cast<From&&>(from));
  }
  template <class R>
  static PendingAnswer& answer(Future<R>& future) noexcept {
    return future.any_.answer;
  }
};

}  // namespace detail
}  // namespace tincan::inline abi0
