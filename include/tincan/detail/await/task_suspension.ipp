// tincan/detail/await/task_suspension.ipp - says what a coroutine waits for: the bodies
#pragma once

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void TaskSuspension::suspends(On const& on, Continuation* awaiting) noexcept {
  if (awaiting != nullptr) awaiting_ = awaiting;
  suspension_.publish(on);
  // Time alone is nothing that others keep from coming, and this thread does not wait.
  bool const isForTime = on.state == nullptr && on.inner == nullptr && on.branches == nullptr;
  if (!isForTime) waitGraph().suspended(suspension_);
}

TINCAN_INLINE void TaskSuspension::goesOn() noexcept {
  if (awaiting_ != nullptr) awaiting_ = nullptr;
  if (suspension_.isPublished()) waitGraph().goesOn(suspension_);
}

TINCAN_INLINE void AwaitBranch::goesOn() noexcept {
  if (branch_.isPublished()) waitGraph().goesOn(branch_);
}

TINCAN_INLINE void AwaitBranch::staysSuspended(On const& on) noexcept {
  branch_.publish(on);
  waitGraph().suspended(branch_);
}

}  // namespace tincan::inline abi0::detail
