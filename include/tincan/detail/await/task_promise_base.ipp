// tincan/detail/await/task_promise_base.ipp - what becomes of a Task, whatever its result: the bodies
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/await/task_waiter.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::shared_ptr<EndpointCore> currentEndpoint() {
  EndpointCore* const core = endpointOfThread();
  return core == nullptr ? nullptr : core->shared_from_this();
}

TINCAN_INLINE bool isHere(EndpointCore const* endpoint) noexcept {
  return endpoint == nullptr || endpoint == threadState().current || endpoint->isBoundHere();
}

TINCAN_INLINE bool isError(std::exception_ptr const& exception, Errc code) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (Error const& error) {
    return error.code() == code;
  } catch (...) {
    return false;
  }
}

TINCAN_INLINE bool TaskPromiseBase::isReady() noexcept {
  if (home_ == nullptr) beginNow();  // no loop will
  return isDone();
}

TINCAN_INLINE bool TaskPromiseBase::waitBy(TaskWaiter& waiter) {
  auto here = currentEndpoint();
  if (here == nullptr && !isHere(home_.get())) {
    throw Error(Errc::WrongThread, {},
                "co_await: this thread runs no endpoint on which the coroutine could go on when "
                "the Task of another thread is done");
  }
  bool const waits = state_.waitBy(waiter, [&](bool isWaitedFor) {
    if (isWaitedFor) {
      throw Error(Errc::AlreadyRetrieved, {}, "two coroutines wait for one Task");
    }
    waitsAt_ = std::move(here);  // nobody else looks at it while nobody waits
  });
  if (!waits) raiseClock(doneAt_);
  return waits;
}

TINCAN_INLINE void TaskPromiseBase::drop() noexcept {
  if (home_ == nullptr) beginNow();
  if (state_.drop()) leave();
}

TINCAN_INLINE void TaskPromiseBase::beginAfter(std::coroutine_handle<> from) noexcept {
  if (!isHere(home_.get()) || !std::exchange(isUnbegun_, false)) return;
  Continuation::leave();
  if (from == nullptr) ResumeLoop::run(self_);
  else ResumeLoop::handOver(from, self_);
}

TINCAN_INLINE void TaskPromiseBase::cancel() noexcept {
  TaskPromiseBase* one = this;
  while (one != nullptr && one->state_.beginCancel()) {
    if (!isHere(one->home_.get()) && !one->home_->isHeldHere()) {
      return one->home_->bringTask(TaskPtr(&one->cancelNews_));
    }
    TaskPromiseBase* const inner = one->cancelHere();  // there as long as `one` waits for it
    one->cancelIsOver();
    one = inner;
  }
}

TINCAN_INLINE TaskPromiseBase* TaskPromiseBase::cancelHere() noexcept {
  if (isDone()) return nullptr;
  wasCancelled_ = true;
  beginNow();
  Continuation* const awaiting = suspension.awaiting();
  return awaiting == nullptr ? nullptr : awaiting->cancelAwait();
}

[[gnu::noinline]] TINCAN_INLINE bool TaskPromiseBase::beginsAtOnce() noexcept {
  CoroutineState& state = coroutineState();
  auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  if (state.depth == 0 || here >= state.top) {
    state.depth = 0;
    state.top = here;
  }
  if (state.depth >= MostNested && state.top - here > MostStack) return false;
  depth_ = ++state.depth;
  begunIn_ = &state;
  return true;
}

TINCAN_INLINE void TaskPromiseBase::beginLater() noexcept {
  isUnbegun_ = true;
  if (home_ != nullptr) home_->continuations.addDue(*this);
}

TINCAN_INLINE bool TaskPromiseBase::proceed(Why) noexcept {
  beginNow();
  return true;
}

[[gnu::noinline]] TINCAN_INLINE void TaskPromiseBase::finish() noexcept {
  pauses();
  doneAt_ = threadState().clock;
  TaskWaiter* const waiter = state_.finish();
  // Wrong: a look at the waiter, if it is another thread's. It may be going away.
  if (waiter != nullptr && !isHere(waitsAt_.get())) {
    auto const there = waitsAt_;  // this object may go before bringTask() has returned
    there->bringTask(TaskPtr(this));
    return;
  }
  std::coroutine_handle<> const self = self_;
  std::coroutine_handle<> const waiting = waiter == nullptr ? nullptr : waiter->taskIsDone();
  tellingIsOver();
  if (waiting != nullptr) ResumeLoop::handOver(self, waiting);
}

TINCAN_INLINE void TaskPromiseBase::run() {
  TaskWaiter* const waiter = state_.waiter();
  std::coroutine_handle<> const waiting = waiter == nullptr ? nullptr : waiter->taskIsDone();
  if (waiting != nullptr) ResumeLoop::run(waiting);
}

TINCAN_INLINE void TaskPromiseBase::leave() noexcept {
  reportUnseen();
  destroy();
}

TINCAN_INLINE void TaskPromiseBase::reportUnseen() noexcept {
  if (exception_ == nullptr) return;
  if (home_ == nullptr) return BusCore::reportNowhere(std::exchange(exception_, nullptr));
  // It is how coroutines end.
  if (home_->isClosed() && isError(exception_, Errc::Closed)) return;
  if (wasCancelled_ && isError(exception_, Errc::Cancelled)) return;
  home_->bus->reportError({}, home_->name, home_->name, std::exchange(exception_, nullptr));
}

TINCAN_INLINE void TaskPromiseBase::destroy() noexcept {
  CoroutineState& state = coroutineState();
  nextDead_ = std::exchange(state.dead, this);
  if (std::exchange(state.isDestroying, true)) return;
  while (TaskPromiseBase* const one = state.dead) {
    state.dead = one->nextDead_;
    TaskWaiter* const kept = one->kept_;
    one->self_.destroy();
    if (kept != nullptr) kept->taskIsGone();
  }
  state.isDestroying = false;
}

}  // namespace tincan::inline abi0::detail
