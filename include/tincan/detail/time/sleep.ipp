// tincan/detail/time/sleep.ipp - a coroutine waits for a moment: the bodies
#pragma once

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/detail/time/sleep.hpp>
#include <tincan/detail/time/timed_function.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void SleepAwaiter::begin() {
  core_->requireUsable("sleep");
  setDeadline(detail::momentAfter(*core_->bus, duration_));
  addTimer(*core_, *this);
}

TINCAN_INLINE bool SleepAwaiter::proceed(Why why) noexcept {
  why_ = why;
  suspended_.goesOn();
  ResumeLoop::run(self_);
  return true;
}

TINCAN_INLINE TaskPromiseBase* SleepAwaiter::cancelAwait() noexcept {
  Running const running(*core_);
  leave();
  proceed(Why::Cancelled);
  return nullptr;
}

TINCAN_INLINE void SleepAwaiter::await_resume() const {
  if (why_ == Why::Cancelled) throw Error(Errc::Cancelled, {}, "sleep: the Task was cancelled");
  if (why_ != Why::Closed) return;
  throw Error(Errc::Closed, {}, "sleep: the endpoint '" + core_->displayName() + "' is closed");
}

}  // namespace tincan::inline abi0::detail
