// tincan/detail/await/task_waiter.hpp - who is told that a Task is done
#pragma once

#include <coroutine>

namespace tincan::inline abi0::detail {

/// Somebody who waits for a Task, on whichever thread.
class alignas(16) TaskWaiter {
 public:
  TaskWaiter() = default;
  TaskWaiter(TaskWaiter const&) = delete;
  TaskWaiter& operator=(TaskWaiter const&) = delete;

  /// Learns once, on the waiter's thread, that the Task is done. Returns the coroutine that goes on
  /// now, or null.
  [[nodiscard]] virtual std::coroutine_handle<> taskIsDone() noexcept = 0;
  /// Learns that the coroutine was destroyed; for one that could not wait, see
  /// TaskPromiseBase::keepUntilGone().
  virtual void taskIsGone() noexcept {}

 protected:
  ~TaskWaiter() = default;
};

}  // namespace tincan::inline abi0::detail
