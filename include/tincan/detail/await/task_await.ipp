// tincan/detail/await/task_await.ipp - a coroutine waits for a Task: the bodies
#pragma once

#include <coroutine>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/task_await.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void throwNoTask() {
  throw Error(Errc::AlreadyRetrieved, {}, "this Task has been moved to another object");
}

TINCAN_INLINE void throwWaiterClosed() {
  throw Error(Errc::Closed, {}, "co_await: the endpoint that waits for a Task is closed");
}

TINCAN_INLINE std::coroutine_handle<> TaskAwait::taskIsDone() noexcept {
  Continuation::leave();
  suspended_.goesOn();
  return self_;
}

TINCAN_INLINE bool TaskAwait::proceed(Why) noexcept {
  suspended_.goesOn();
  isWaiting_ = false;
  isClosed_ = true;
  promise_->waitIsOver();
  ResumeLoop::run(self_);
  return true;
}

TINCAN_INLINE void TaskAwait::throwIfInVain() const {
  if (promise_ == nullptr) throwNoTask();
  if (isClosed_) throwWaiterClosed();
}

}  // namespace tincan::inline abi0::detail
