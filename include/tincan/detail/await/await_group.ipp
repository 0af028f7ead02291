// tincan/detail/await/await_group.ipp - a coroutine awaits several things at once: the bodies
#pragma once

#include <coroutine>
#include <exception>
#include <optional>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/await_group.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/await/task_await.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/running.hpp>
#include <tincan/detail/thread/this_thread.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

// ---- the group ----

TINCAN_INLINE void AwaitGroup::add(AwaitMember& member) noexcept {
  (last_ == nullptr ? members_ : last_->next_) = &member;
  last_ = &member;
  ++left_;
}

TINCAN_INLINE bool AwaitGroup::begin() {
  for (AwaitMember* one = members_; one != nullptr; one = one->next_) one->reserve();
  home_ = endpointOfThread();
  isHeld_ = true;
  for (AwaitMember* one = members_; one != nullptr && !hasEnough(); one = one->next_) {
    one->group_ = this;
    if (!one->begin()) static_cast<void>(isReady(*one));  // held
  }
  isHeld_ = false;
  isOver_ = hasEnough();
  return !isOver_;
}

TINCAN_INLINE void AwaitGroup::cancelOthers() noexcept {
  bool const wasHeld = std::exchange(isHeld_, true);
  for (AwaitMember* one = members_; one != nullptr; one = one->next_) {
    if (!one->isReady()) one->cancel();
  }
  isHeld_ = wasHeld;
}

TINCAN_INLINE TaskPromiseBase* AwaitGroup::cancelAwait() noexcept {
  cancelOthers();
  std::coroutine_handle<> const next = goOn();
  if (next == nullptr) return nullptr;
  std::optional<Running> running;
  if (home_ != nullptr) running.emplace(*home_);
  ResumeLoop::run(next);
  return nullptr;
}

TINCAN_INLINE std::coroutine_handle<> AwaitGroup::isReady(AwaitMember& member) noexcept {
  member.isReady_ = true;
  --left_;
  if (ready_ == nullptr) ready_ = &member;
  return goOn();
}

TINCAN_INLINE std::coroutine_handle<> AwaitGroup::goOn() noexcept {
  if (isHeld_ || isOver_) return nullptr;
  isOver_ = hasEnough();
  if (isOver_) {
    suspended_.goesOn();
    return self_;
  }
  return nullptr;
}

TINCAN_INLINE TaskSuspension::On AwaitGroup::needs() noexcept {
  TaskSuspension::On on;
  on.resumesAt = home_;
  on.isOneEnough = until_ == Until::OneIsReady;
  AwaitBranch::Link* end = &on.branches;
  for (AwaitMember* one = members_; one != nullptr; one = one->next_) {
    if (one->isReady()) continue;
    one->needs_ = one->needs();
    end = one->branch_.suspends(one->needs_, end);
  }
  return on;
}

TINCAN_INLINE void AwaitMember::keepNeeds() noexcept { branch_.staysSuspended(needs_); }
TINCAN_INLINE std::coroutine_handle<> AwaitMember::tellReady() noexcept {
  return group_->isReady(*this);
}

TINCAN_INLINE AwaitMember::Stay::Stay(AwaitMember& member) noexcept
    : group_(*member.group_), wasHeld_(std::exchange(group_.isHeld_, true)) {}
TINCAN_INLINE AwaitMember::Stay::~Stay() {
  group_.isHeld_ = wasHeld_;
  if (std::coroutine_handle<> const next = group_.goOn()) ResumeLoop::run(next);
}

// ---- an answer ----

TINCAN_INLINE void AwaitedAnswer::reserve() {
  if (!answer_.exists() || answer_.isAnswered() || answer_.deadlineHasPassed()) return;
  home_ = &answer_.home();
  setDeadline(answer_.deadline());
}

TINCAN_INLINE bool AwaitedAnswer::begin() noexcept {
  if (home_ != nullptr) return answer_.continueAt(*home_, *this);
  if (answer_.exists() && !answer_.isAnswered()) answer_.cancel(Errc::Timeout);
  return false;
}

TINCAN_INLINE void AwaitedAnswer::cancel() noexcept {
  if (isListed()) {
    leave();
    proceed(Why::Cancelled);
  } else if (answer_.exists()) {
    answer_.cancel(Errc::Cancelled);
  }
}

TINCAN_INLINE TaskSuspension::On AwaitedAnswer::needs() const noexcept {
  return answer_.neededAt(*home_);
}

TINCAN_INLINE bool AwaitedAnswer::proceed(Why why) noexcept {
  letGoOfNeeds();
  Stay const stay(*this);
  if (!answer_.arrive(why)) {
    keepNeeds();
    return false;
  }
  static_cast<void>(tellReady());  // held
  return true;
}

// ---- a Task ----

TINCAN_INLINE bool AwaitedTask::begin() noexcept {
  if (promise_ == nullptr || promise_->isDone()) return false;
  try {
    if (!promise_->waitBy(*this)) return false;
  } catch (...) {
    failure_ = std::current_exception();
    return false;
  }
  isWaiting_ = true;
  // The end of this endpoint ends what it waits for, if that is of another one.
  EndpointCore* const here = endpointOfThread();
  if (here != nullptr && !promise_->isOf(here)) here->continuations.add(*this);
  promise_->beginNow();
  return true;
}

TINCAN_INLINE void AwaitedTask::cancel() noexcept {
  if (promise_ != nullptr) promise_->cancel();
}

TINCAN_INLINE TaskSuspension::On AwaitedTask::needs() const noexcept {
  TaskSuspension::On on;
  on.inner = &promise_->suspension.published();
  return on;
}

TINCAN_INLINE std::coroutine_handle<> AwaitedTask::taskIsDone() noexcept {
  leave();
  letGoOfNeeds();
  return tellReady();
}

TINCAN_INLINE bool AwaitedTask::proceed(Why) noexcept {
  letGoOfNeeds();
  Stay const stay(*this);
  isWaiting_ = false;
  isClosed_ = true;
  promise_->waitIsOver();
  static_cast<void>(tellReady());  // held
  return true;
}

TINCAN_INLINE void AwaitedTask::throwIfInVain() {
  if (failure_ != nullptr) std::rethrow_exception(std::exchange(failure_, nullptr));
  if (promise_ == nullptr) throwNoTask();
  if (isClosed_) throwWaiterClosed();
}

}  // namespace tincan::inline abi0::detail
