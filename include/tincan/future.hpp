// tincan/future.hpp - an answer that is under way
#pragma once

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/base/duration.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/pending_request.hpp>
#include <tincan/detail/endpoint/task_suspension.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline v0 {

class Endpoint;

namespace detail {

struct FutureAccess;
template <class R, class F, class Result>
class ThenNode;

/// The moment after a duration, saturated; one that is negative or not a number has passed already.
template <class Rep, class Period>
Nanoseconds deadlineAfter(BusCore const& bus,
                          std::chrono::duration<Rep, Period> duration) noexcept {
  Nanoseconds const most = nanosecondsOf(duration);
  if (most == 0 || most == NoDeadline) return most;
  Nanoseconds const now = bus.now();
  return most < NoDeadline - now ? now + most : NoDeadline;
}

/// The coroutine is going to wait. Ours want to know.
template <class P>
void notePause(std::coroutine_handle<P> coroutine) noexcept {
  if constexpr (requires { coroutine.promise().pauses(); }) coroutine.promise().pauses();
}

/// A Future without its type.
class PendingAnswer {
 public:
  /// The name is kept by the table of the one who asks, or is this object's.
  PendingAnswer(PendingRequest pending, std::shared_ptr<MessageLane> lane, NameRecord const* name,
                Nanoseconds deadline) noexcept
      : pending_(std::move(pending)), lane_(std::move(lane)), name_(name), deadline_(deadline) {}
  PendingAnswer(PendingAnswer&& other) noexcept
      : pending_(std::move(other.pending_)),
        lane_(std::move(other.lane_)),
        name_(std::exchange(other.name_, nullptr)),
        deadline_(other.deadline_),
        cancelledFor_(other.cancelledFor_) {}
  PendingAnswer& operator=(PendingAnswer&&) = delete;
  [[gnu::always_inline]] ~PendingAnswer() {
    // Mostly there is nothing to do: it was moved from, or has given its answer.
    if (pending_.hasSlot()) [[unlikely]]
      cancel(Errc::Cancelled);
    if (name_ != nullptr && !name_->isKept) [[unlikely]]
      DeleteRecord{}(name_);
  }

  bool isReady() const noexcept {
    return isAnswered() || receiver().isOver() || deadlineHasPassed();
  }
  /// The answer is there, or has been given up.
  bool isAnswered() const noexcept {
    look();
    if (!pending_.hasSlot()) return true;
    if (!pending_.state().ready()) return false;
    pending_.look();
    return true;
  }
  bool deadlineHasPassed() const noexcept { return hasPassed(deadline_); }

  [[gnu::noinline]] void cancel(Errc reason) noexcept {
    if (!pending_.hasSlot()) return;
    Errc const before = std::exchange(cancelledFor_, reason);
    // If it is abandoned, a stop callback may have ended this object.
    if (!pending_.abandon(receiver(), reason)) cancelledFor_ = before;
  }

  /// Blocks; the answer is there or it is Timeout or Closed. Throws Deadlock.
  WaitEnd wait(Nanoseconds deadline) const {
    if (!pending_.hasSlot()) return WaitEnd::Ready;
    if (pending_.state().ready()) {
      pending_.look();
      return receiver().bus->driver() == nullptr ? WaitEnd::Ready : WaitEnd::Driven;
    }
    if (deadlineHasPassed()) return WaitEnd::Timeout;
    // A look at what somebody's Task is to answer is no wait for that.
    if (pending_.state().handedOn() && hasPassed(deadline)) return WaitEnd::Timeout;
    SendingAs const thread(receiver().bus);
    EndpointCore& requester = *lane_->writer;
    // In the name of the endpoint that asked, unless the future has been moved to another thread.
    EndpointCore& sender =
        requester.isNobody() || requester.isElsewhere() ? thread.core() : requester;
    Waiting waiting(pending_.slot(), receiver(), sender, channel());
    WaitEnd const end = waiting.wait((std::min)(deadline, deadline_), "Future of", channel());
    if (end == WaitEnd::Deadlock) throwDeadlock(channel(), waiting.cycle());
    if (end == WaitEnd::Ready || end == WaitEnd::Driven) pending_.look();
    return end;
  }

  /// After a wait that ended so.
  template <class R>
  R take(WaitEnd end) {
    if (pending_.hasSlot()) pending_.settle(end, {}, receiver(), channel());
    if (!pending_.hasSlot()) throwFailure(cancelledFor_, channel(), receiver().displayName());
    return pending_.take<R>(channel(), receiver());
  }

  Nanoseconds deadline() const noexcept { return deadline_; }

  /// Calls the continuation, which has reserved what its deadline needs, on the endpoint's thread,
  /// which is this one, when the answer is there. False if it is, or will not come: then go on at
  /// once.
  bool continueAt(EndpointCore& endpoint, Continuation& continuation) noexcept {
    if (isAnswered()) return false;
    if (endpoint.isClosed() || receiver().isOver()) {
      cancel(Errc::Closed);
      return false;
    }
    return waitAt(endpoint, continuation);
  }
  /// The same, once it is known that the answer can come.
  bool waitAt(EndpointCore& endpoint, Continuation& continuation) noexcept {
    endpoint.continuations.add(continuation);
    if (pending_.continueAt(endpoint, continuation)) return true;
    endpoint.continuations.remove(continuation);
    return false;
  }

  /// What a coroutine needs that goes on at that endpoint with the answer.
  TaskSuspension::On neededAt(EndpointCore const& endpoint) const noexcept {
    TaskSuspension::On on;
    on.state = &pending_.state();
    on.target = &receiver();
    on.answeredBy = &pending_.slot().answeredBy;
    on.resumesAt = &endpoint;
    return on;
  }

  /// What the continuation does first when it is called. False: the answer is on its way.
  bool arrive(Continuation::Why why) noexcept {
    switch (why) {
      case Continuation::Why::Answered: pending_.arrived(); return true;
      case Continuation::Why::TimedOut:
        if (pending_.state().ready()) return false;
        cancel(Errc::Timeout);
        return true;
      case Continuation::Why::Closed: cancel(Errc::Closed); return true;
      case Continuation::Why::Due: break;
    }
    return true;
  }

  /// Where a coroutine goes on: the endpoint that the thread is running, else the first one that it
  /// polls, else the one that asked, else the first one that belongs to the thread. Throws
  /// WrongThread.
  EndpointCore& home() const {
    EndpointCore* const own = endpointOfThread();
    if (own != nullptr && (own == threadState().current || own->isBoundHere())) return *own;
    EndpointCore& requester = lane_->senderCore();
    if (!requester.isNobody() && requester.isHeldHere()) return requester;
    if (own != nullptr) return *own;
    throw Error(Errc::WrongThread, std::string(channel()),
                "co_await: this thread runs no endpoint on which the coroutine could go on; poll "
                "one first, or use Future::then");
  }

  EndpointCore& receiver() const noexcept { return *lane_->receiver; }
  std::string_view channel() const noexcept { return name_->view(); }

 private:
  bool hasPassed(Nanoseconds deadline) const noexcept {
    return deadline != NoDeadline && receiver().bus->now() >= deadline;
  }

  /// For a driver: what the caller does next depends on whether the answer is there.
  void look() const noexcept {
    if (receiver().bus->driver() == nullptr || !pending_.hasSlot()) return;
    noteLookForAnswer(receiver(), pending_.slot());
    noteLife(receiver());
  }

  PendingRequest pending_;
  std::shared_ptr<MessageLane> lane_;  // holds both endpoints
  NameRecord const* name_;
  Nanoseconds deadline_;
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

  /// The same, for so long at most; then throws Timeout, and the request is over. A duration that
  /// is negative or not a number is over at once, one of a century or more never.
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

  /// The same, for so long at most; true if ready().
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
    /// False: the answer is there. If it throws, the future is the one who asked's again.
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

struct FutureAccess {
  template <class R, class From>
  static Future<R> make(From&& from) {
    return Future<R>(std::forward<From>(from));
  }
};

}  // namespace detail
}  // namespace tincan::inline v0
