// tincan/future.hpp - layer 11 - an answer that is under way
#pragma once

#include <algorithm>
#include <chrono>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <tincan/detail/asker.hpp>
#include <tincan/detail/continuations.hpp>
#include <tincan/peer.hpp>

namespace tincan {

class Endpoint;

namespace detail {

struct FutureAccess;
template <class R, class F>
class ThenNode;

/// The moment after a duration, saturated; never before now.
template <class Rep, class Period>
Nanoseconds deadlineAfter(BusCore const& bus,
                          std::chrono::duration<Rep, Period> duration) noexcept {
  using Seconds = std::chrono::duration<long double>;
  if (duration <= duration.zero()) return 0;
  if (Seconds(duration) >= Seconds(4.0e9L)) return NoDeadline;  // a century
  return bus.now() + std::chrono::duration_cast<std::chrono::nanoseconds>(duration).count();
}

/// A Future without its type.
class PendingAnswer {
 public:
  /// The name is kept by the table of the one who asks, or is this object's.
  PendingAnswer(Asker asker, std::shared_ptr<MessageLane> lane, NameRecord const* name,
                Nanoseconds deadline) noexcept
      : asker_(std::move(asker)),
        lane_(std::move(lane)),
        name_(name),
        position_(lane_->opened()),
        deadline_(deadline) {}
  PendingAnswer(PendingAnswer&& other) noexcept
      : asker_(std::move(other.asker_)),
        lane_(std::move(other.lane_)),
        name_(std::exchange(other.name_, nullptr)),
        position_(other.position_),
        deadline_(other.deadline_),
        cancelledFor_(other.cancelledFor_) {}
  PendingAnswer& operator=(PendingAnswer&& other) noexcept {
    std::swap(asker_, other.asker_);
    std::swap(lane_, other.lane_);
    std::swap(name_, other.name_);
    std::swap(position_, other.position_);
    std::swap(deadline_, other.deadline_);
    std::swap(cancelledFor_, other.cancelledFor_);
    return *this;
  }
  ~PendingAnswer() {
    cancel(Errc::Cancelled);
    if (name_ != nullptr && !name_->isKept) DeleteRecord{}(name_);
  }

  bool isReady() const noexcept {
    look();
    return !asker_.hasSlot() || asker_.state().ready() || receiver().isClosed() ||
           deadlineHasPassed();
  }
  bool deadlineHasPassed() const noexcept {
    return deadline_ != NoDeadline && receiver().bus->now() >= deadline_;
  }

  void cancel(Errc reason) noexcept {
    if (!asker_.hasSlot()) return;
    if (asker_.abandon(receiver(), reason)) cancelledFor_ = reason;
  }

  /// Blocks; the answer is there or it is Timeout or Closed. Throws Deadlock.
  WaitEnd wait(Nanoseconds deadline) const {
    if (!asker_.hasSlot()) return WaitEnd::Ready;
    if (asker_.state().ready()) {
      return receiver().bus->driver() == nullptr ? WaitEnd::Ready : WaitEnd::Driven;
    }
    if (deadlineHasPassed()) return WaitEnd::Timeout;
    Speaker const thread(receiver().bus);
    EndpointCore& asker = lane_->senderCore();
    // In the name of the endpoint that asked, unless the future has been moved to another thread.
    EndpointCore& speaker = asker.isNobody() || asker.isElsewhere() ? thread.core() : asker;
    // Whose copy is being made for the same receiver, in front of the request?
    if (&speaker == &asker && lane_->isHeldUp(position_)) {
      throwDeadlock(channel(), "an argument that is being captured waits for what comes after it");
    }
    Waiting waiting(asker_.state(), receiver(), speaker, channel());
    WaitEnd const end = waiting.wait((std::min)(deadline, deadline_), "Future of", channel());
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

  /// Calls the continuation on the endpoint's thread, which is this one, when the answer is there.
  /// False if it is, or will not come: then go on at once.
  bool continueAt(EndpointCore& endpoint, Continuation& continuation) {
    look();
    if (!asker_.hasSlot() || asker_.state().ready()) return false;
    if (endpoint.isClosed() || receiver().isClosed()) {
      cancel(Errc::Closed);
      return false;
    }
    // First into the list, which may throw: from the next line on the answer is on its way.
    endpoint.continuations.add(continuation, deadline_);
    if (asker_.continueAt(endpoint, continuation)) return true;
    endpoint.continuations.remove(continuation);
    return false;
  }

  /// What the continuation does first when it is called. False: the answer is on its way.
  bool arrive(Continuation::Why why) noexcept {
    switch (why) {
      case Continuation::Why::Answered: asker_.arrived(); return true;
      case Continuation::Why::TimedOut:
        if (asker_.state().ready()) return false;
        cancel(Errc::Timeout);
        return true;
      case Continuation::Why::Closed: cancel(Errc::Closed); return true;
    }
    return true;
  }

  /// Where a coroutine goes on: the endpoint that the thread is running, else the first one bound
  /// to it, else the one that asked. Throws WrongThread.
  EndpointCore& home() const {
    if (threadState.current != nullptr) return *threadState.current;
    EndpointCore& asker = lane_->senderCore();
    Speaker const speaker(asker.bus);
    if (!speaker.core().isNobody()) return speaker.core();
    if (!asker.isNobody() && !asker.isElsewhere()) return asker;
    throw Error(Errc::WrongThread, std::string(channel()),
                "co_await: this thread runs no endpoint on which the coroutine could go on; poll "
                "one first, or use Future::then");
  }

  EndpointCore& receiver() const noexcept { return *lane_->receiver; }
  std::string_view channel() const noexcept { return name_->view(); }

 private:
  /// For a driver: what the caller does next depends on whether the answer is there.
  void look() const noexcept {
    Driver* const driver = receiver().bus->driver();
    if (driver == nullptr || !asker_.hasSlot()) return;
    driver->looksForAnswer(asker_.slot());
    driver->looked(Driver::Touch::Life, &receiver());
  }

  Asker asker_;
  std::shared_ptr<MessageLane> lane_;  // holds both endpoints
  NameRecord const* name_;
  std::uint64_t position_;  // of the request in the lane
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
  /// its deadline has passed, or `where` is closed; what it throws goes to onError. Throws Closed.
  template <class F>
  void then(Endpoint& where, F onReady);

  /// Waits for the answer without blocking the thread: the coroutine goes on inside the poll of its
  /// endpoint, on the thread where it was suspended. What get() throws, co_await throws; and
  /// WrongThread if the thread has no endpoint. Takes the answer away, as get() does.
  auto operator co_await() { return Awaiter(std::move(*this)); }

 private:
  friend struct detail::FutureAccess;
  template <class Result, class F>
  friend class detail::ThenNode;

  class Awaiter : public detail::Continuation {
   public:
    explicit Awaiter(Future future) noexcept : future_(std::move(future)) {}
    bool await_ready() const noexcept { return future_.ready(); }
    bool await_suspend(std::coroutine_handle<> self) {
      self_ = self;
      return future_.answer_->continueAt(future_.answer_->home(), *this);
    }
    R await_resume() { return future_.get(); }

    bool proceed(Why why) noexcept override {
      if (!future_.answer_->arrive(why)) return false;
      self_.resume();
      return true;
    }

   private:
    Future future_;
    std::coroutine_handle<> self_;
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
}  // namespace tincan
