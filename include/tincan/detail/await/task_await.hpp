// tincan/detail/await/task_await.hpp - a coroutine waits for a Task
#pragma once

#include <coroutine>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/await/task_waiter.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/this_thread.hpp>

namespace tincan::inline abi0::detail {

/// Throws AlreadyRetrieved.
[[noreturn]] void throwNoTask();
/// Throws Closed, at the end of the endpoint that waits.
[[noreturn]] void throwWaiterClosed();

/// A coroutine that waits for a Task: that of the promise, or of none.
///
///   Threads   The one that the coroutine is on. The Task may be done on another.
///   Lifetime  In the coroutine that waits.
class TaskAwait : public TaskWaiter, public Continuation {
 public:
  explicit TaskAwait(TaskPromiseBase* promise) noexcept : promise_(promise) {}
  TaskAwait(TaskAwait const&) = delete;
  TaskAwait& operator=(TaskAwait const&) = delete;
  ~TaskAwait() override {
    if (isWaiting_) promise_->waitIsOver();
  }

  bool await_ready() const noexcept { return promise_ == nullptr || promise_->isDone(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> self) {
    self_ = self;
    if (!promise_->waitBy(*this)) return false;
    isWaiting_ = true;
    detail::notePause(self);
    // The end of this endpoint ends what it waits for, if that is of another one.
    EndpointCore* const here = endpointOfThread();
    if (here != nullptr && !promise_->isOf(here)) here->continuations.add(*this);
    TaskSuspension::On on;
    on.inner = &promise_->suspension.published();
    on.resumesAt = here;
    suspended_.suspends(self.promise(), on, *this);
    promise_->beginAfter(self);
    return true;
  }

  std::coroutine_handle<> taskIsDone() noexcept override;
  bool proceed(Why) noexcept override;
  TaskPromiseBase* cancelAwait() noexcept override { return promise_; }

 protected:
  /// Throws if there is nothing to take: the Task was moved away, or this endpoint is closed.
  void throwIfInVain() const;

 private:
  TaskPromiseBase* const promise_;
  std::coroutine_handle<> self_{};
  SuspendedTask suspended_{};
  bool isWaiting_ = false;
  bool isClosed_ = false;
};

}  // namespace tincan::inline abi0::detail
