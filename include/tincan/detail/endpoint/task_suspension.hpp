// tincan/detail/endpoint/task_suspension.hpp - says what a Task waits for
//
//   Threads   The one that the coroutine is on.
//   Progress  Takes the lock of the WaitGraph only if a thread sleeps in a wait, or somebody looks for
//             a cycle.
#pragma once

#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline v0::detail {

class TaskSuspension {
 public:
  using On = Suspended<ThreadPlatform>;

  /// What it is suspended on stays as it is until it goes on.
  void suspends(On const& on) noexcept {
    suspension_.publish(on);
    waitGraph().suspended();
  }
  /// What it was suspended on may go.
  void goesOn() noexcept {
    if (suspension_.isPublished()) waitGraph().goesOn(suspension_);
  }

  Suspension<ThreadPlatform> const& published() const noexcept { return suspension_; }

 private:
  Suspension<ThreadPlatform> suspension_;
};

/// A coroutine that is suspended here. Those that are no Tasks tell nobody.
class SuspendedTask {
 public:
  template <class Promise>
  void suspends(Promise& promise, TaskSuspension::On const& on) noexcept {
    if constexpr (requires { promise.suspension; }) {
      on_ = on;
      task_ = &promise.suspension;
      task_->suspends(on_);
    }
  }
  void goesOn() noexcept {
    if (task_ != nullptr) task_->goesOn();
  }
  /// It does not go on after all.
  void staysSuspended() noexcept {
    if (task_ != nullptr) task_->suspends(on_);
  }

 private:
  TaskSuspension* task_ = nullptr;
  TaskSuspension::On on_;
};

}  // namespace tincan::inline v0::detail
