// tincan/detail/await/task_suspension.hpp - says what a coroutine waits for
#pragma once

#include <coroutine>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// Says what a Task is suspended on, where the WaitGraph finds it.
///
///   Threads   The one that the coroutine is on.
///   Progress  Takes the lock of the WaitGraph only if a thread sleeps in a wait, or somebody looks for
///             a cycle.
class TaskSuspension {
 public:
  using On = Suspended<ThreadPlatform>;

  /// Says that the Task is suspended on that, which stays as it is until it goes on. `awaiting`: by which it is
  /// cancelled; null: it cannot be.
  void suspends(On const& on, Continuation* awaiting) noexcept;
  /// Says that the Task goes on, and what it was suspended on may go.
  void goesOn() noexcept;

  /// What the Task is cancelled by now; null: nothing. On the thread of its endpoint.
  Continuation* awaiting() const noexcept { return awaiting_; }

  Suspension<ThreadPlatform>& published() noexcept { return suspension_; }

 private:
  Suspension<ThreadPlatform> suspension_{};
  Continuation* awaiting_ = nullptr;  // only the thread of the Task's endpoint writes it
};

/// One of several things that a coroutine in an awaiter is suspended on.
///
///   Threads   The one that the coroutine is on.
class AwaitBranch {
 public:
  using On = TaskSuspension::On;
  using Link = SuspensionBranch<ThreadPlatform>*;

  /// Says that, of several things, it is suspended on that, too. Returns the end of their list, which is yet to
  /// be published; it was `end`.
  [[nodiscard]] Link* suspends(On const& on, Link* end) noexcept {
    branch_.publish(on);
    branch_.next = nullptr;
    *end = &branch_;
    return &branch_.next;
  }
  /// Says that what it was suspended on comes or has come, and may go.
  void goesOn() noexcept;
  /// Says that it does not come after all.
  void staysSuspended(On const& on) noexcept;

 private:
  SuspensionBranch<ThreadPlatform> branch_{};
};

/// A coroutine in an awaiter. One that is no Task tells nobody.
///
///   Threads   The one that the coroutine is on.
class SuspendedTask {
 public:
  template <class Promise>
  void suspends(Promise& promise, TaskSuspension::On const& on, Continuation& awaiting) noexcept {
    if constexpr (requires { promise.suspension; }) {
      on_ = on;
      task_ = &promise.suspension;
      awaiting_ = promise.mayBeCancelledAt(on.resumesAt) ? &awaiting : nullptr;
      task_->suspends(on_, awaiting_);
    }
  }
  /// Says that the coroutine is about to be resumed.
  void goesOn() noexcept {
    if (task_ != nullptr) task_->goesOn();
  }
  /// Says that the coroutine does not go on after all.
  void staysSuspended() noexcept {
    if (task_ != nullptr) task_->suspends(on_, awaiting_);
  }

 private:
  TaskSuspension* task_ = nullptr;
  Continuation* awaiting_ = nullptr;
  TaskSuspension::On on_{};
};

/// Tells a coroutine that it is going to wait; only Tasks want to know.
template <class P>
void notePause(std::coroutine_handle<P> coroutine) noexcept {
  if constexpr (requires { coroutine.promise().pauses(); }) coroutine.promise().pauses();
}

}  // namespace tincan::inline abi0::detail
