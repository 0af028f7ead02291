// tincan/detail/send/then.hpp - calls a function when an answer is there
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/api/future.hpp>
#include <tincan/detail/api/method.hpp>
#include <tincan/detail/api/pending.hpp>
#include <tincan/detail/api/task_host.hpp>
#include <tincan/detail/await/pending_call.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

/// Does what is left once the function of then() has been called: nothing; or, for one that returns a Task,
/// keeps it until that has ended.
template <class Node, class Result>
class ThenEnd {
 protected:
  ~ThenEnd() = default;
};
template <class Node, class R>
class ThenEnd<Node, Task<R>> : public TaskHost<Node, Task<R>> {
 protected:
  ~ThenEnd() = default;
};

/// A future and the function that is to be called with it. It is a task on its way to the endpoint, where it
/// waits as a continuation. If the answer is there before that, it is a task again: the function is called
/// in its place among the messages, not inside of then().
///
///   Threads   Made on any; then the endpoint's.
///   Progress  Only its making allocates.
///   Lifetime  The future and the function end on the endpoint's thread, the rest with the last token.
template <class R, class F, class Result = std::invoke_result_t<F&, Future<R>>>
class ThenNode final : public TimedContinuation,
                       public PostedFunction,
                       public PendingCall,
                       public ThenEnd<ThenNode<R, F, Result>, Result> {
 public:
  // In this order: if moving the function throws, the future is not taken.
  ThenNode(Future<R>& future, F&& function, std::shared_ptr<EndpointCore> endpoint)
      : PendingCall(std::move(endpoint)), function_(std::in_place, std::move(function)) {
    if (future.any_.answer.exists() && !future.any_.answer.isAnswered()) {
      this->setDeadline(future.any_.answer.deadline());
    } else {
      mustWait_ = false;
    }
    future_.emplace(std::move(future));
  }

  /// True unless the answer is known to be there.
  bool mustWait() const noexcept { return mustWait_; }

  /// Begins to wait before the endpoint has a thread; no code of the user runs. False: it must be run.
  bool beginsToWait() noexcept {
    if (future_->any_.answer.exists()) mustWait_ = mustWait_ && !future_->any_.answer.isAnswered();
    if (!mustWait_ || endpoint().isClosed() || isLost()) return false;
    return future_->any_.answer.waitAt(endpoint(), *this);
  }

  /// Waits for the answer, or calls the function in its turn. On the endpoint's thread.
  void run() override {
    if (!std::exchange(mustWait_, false)) return call();
    if (isWithdrawn()) return;
    ++users_;
    if (future_->any_.answer.continueAt(endpoint(), *this)) return;
    if (endpoint().isClosed()) proceed(Why::Closed);
    else endpoint().bringTask(TaskPtr(this));
  }
  bool runsAnyway() const noexcept override { return true; }
  bool counts() const noexcept override { return !mustWait_; }  // to begin to wait is no message
  void end() noexcept override {
    if (--users_ != 0) return;
    future_.reset();
    function_.reset();
    PendingCall::leave();
  }

  bool proceed(Why why) noexcept override {
    if (!future_->any_.answer.arrive(why)) return false;
    call();
    end();
    return true;
  }

  bool isLost() const noexcept override { return future_->any_.answer.receiver().isInParent(); }

  void taskHasEnded() noexcept {
    this->task_.reset();  // which reports what it has thrown
    end();
  }
  void taskHasGone() noexcept { end(); }

 private:
  bool stopsWaiting() noexcept override {
    if (!isListed()) return false;
    Continuation::leave();
    return true;
  }
  void endWithdrawn() noexcept override { end(); }

  void call() noexcept {
    auto const held = detail::holdObject(*function_);
    if (!held || !begins()) return future_.reset();
    try {
      if constexpr (IsTask<Result>) {
        this->task_.emplace((*function_)(takeFuture()));
        detail::keepUntilTaskEnds(*this, users_);
      } else {
        (*function_)(takeFuture());
      }
    } catch (...) {
      endpoint().bus->reportError({}, endpoint().name, endpoint().name, std::current_exception());
    }
  }

  Future<R> takeFuture() noexcept {
    Future<R> future = std::move(*future_);
    future_.reset();
    return future;
  }

  std::optional<F> function_;
  std::optional<Future<R>> future_;
  unsigned users_ = 1;  // who has been given it to run, the wait, the Task
  bool mustWait_ = true;
};

/// A future that is taken from where it was, and given back at the end, unless it was moved from `future`.
/// Meanwhile what it was taken from may end.
template <class R>
struct TakenFuture {
  explicit TakenFuture(Future<R>& whose) noexcept : from(whose), future(std::move(whose)) {}
  ~TakenFuture() {
    if (isToBeGivenBack) from = std::move(future);
  }
  TakenFuture(TakenFuture const&) = delete;
  TakenFuture& operator=(TakenFuture const&) = delete;

  Future<R>& from;
  Future<R> future;
  bool isToBeGivenBack = true;
};

/// Future::then(): calls onReady(future) on the thread of `where`, when the future is ready. Throws Closed,
/// std::bad_alloc and what moving the function throws; then the future is as it was.
template <class R, class F>
Pending thenAt(EndpointCore& where, Future<R>& future, F&& onReady) {
  static_assert(std::is_invocable_v<F&, Future<R>>,
                "tincan: then() calls its function with the Future<R>, which is ready.");
  if constexpr (!std::is_invocable_v<F&, Future<R>>) {
    return {};
  } else {
    static_assert(refuseOtherCoroutines<std::invoke_result_t<F&, Future<R>>>());
    where.checkOpen("then");
    if (where.isInParent()) where.throwInParent("then");
    SendingAs const sender(where.bus);           // or this thread may not speak there
    auto const keep = where.shared_from_this();  // moving the function may end that
    TakenFuture<R> taken(future);                // or that may end the future
    auto* const node = new ThenNode<R, F>(taken.future, std::move(onReady), keep);
    taken.isToBeGivenBack = false;
    TaskPtr task(node);
    Pending token = PendingAccess::make(*node);
    // On this thread it begins to wait at once.
    bool const isDriven = where.bus->driver() != nullptr;
    bool const hasThread = where.owner() != nullptr;
    EndpointCore const* const current = threadState().current;
    bool const isHere =
        hasThread ? !where.isElsewhere() : isDriven && (current == nullptr || current == &where);
    if (isHere && node->mustWait()) {
      node->run();
      return token;
    }
    // An endpoint that nobody has polled yet is being set up here; another thread may begin to poll
    // it just now, and the function is its from then on.
    if (!hasThread && !isDriven && where.beforeItIsPolled([&] { return node->beginsToWait(); })) {
      static_cast<void>(task.release());
      return token;
    }
    where.bringTask(std::move(task));
    return token;
  }
}

}  // namespace tincan::inline abi0::detail
