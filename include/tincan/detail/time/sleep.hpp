// tincan/detail/time/sleep.hpp - a coroutine waits for a moment
#pragma once

#include <coroutine>
#include <memory>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// A coroutine that waits for a moment.
///
///   Threads   The endpoint's.
///   Progress  Allocates nothing.
///   Lifetime  In the coroutine, whose end ends the wait.
///   Errors    Closed, if the endpoint is closed first; Cancelled, if the Task that waits is; WrongThread.
class SleepAwaiter final : public TimedContinuation {
 public:
  SleepAwaiter(std::shared_ptr<EndpointCore> core, Nanoseconds duration) noexcept
      : core_(std::move(core)), duration_(duration) {}

  bool await_ready() const noexcept { return false; }
  template <class P>
  void await_suspend(std::coroutine_handle<P> self) {
    begin();
    self_ = self;
    detail::notePause(self);
    TaskSuspension::On on;
    on.resumesAt = core_.get();
    suspended_.suspends(self.promise(), on, *this);
  }
  void await_resume() const;

  bool proceed(Why why) noexcept override;
  TaskPromiseBase* cancelAwait() noexcept override;

 private:
  void begin();

  std::shared_ptr<EndpointCore> const core_;
  Nanoseconds const duration_;
  std::coroutine_handle<> self_{};
  SuspendedTask suspended_{};
  Why why_ = Why::TimedOut;
};

/// A time, for which a coroutine may wait: from when it begins to.
///
///   Threads   The endpoint's.
class [[nodiscard]] Sleep {
 public:
  Sleep(std::shared_ptr<EndpointCore> core, Nanoseconds duration) noexcept
      : core_(std::move(core)), duration_(duration) {}

  SleepAwaiter operator co_await() const noexcept { return {core_, duration_}; }

 private:
  std::shared_ptr<EndpointCore> core_;
  Nanoseconds duration_;
};

}  // namespace tincan::inline abi0::detail
