// tincan/detail/api/task_host.hpp - keeps what a Task uses until it has ended
#pragma once

#include <coroutine>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/api/task.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/await/task_waiter.hpp>

namespace tincan::inline abi0::detail {

/// Lets a waiter that is no coroutine at the promise of a Task.
struct TaskAccess {
  /// Lets the waiter wait. False: the Task is done. Else it may be told at once, inside this.
  template <class R>
  [[nodiscard]] static bool waitBy(Task<R> const& task, TaskWaiter& waiter) {
    if (task.coroutine_ == nullptr) return false;
    TaskPromiseBase& promise = task.coroutine_.promise();
    if (!promise.waitBy(waiter)) return false;
    promise.beginNow();
    return true;
  }
  /// The promise of the Task; of no Task, null.
  template <class R>
  static TaskPromise<R>* promise(Task<R> const& task) noexcept {
    return task.coroutine_ == nullptr ? nullptr : &task.coroutine_.promise();
  }
  /// The place where the Task says what it waits for; of no Task, null.
  template <class R>
  static Suspension<ThreadPlatform>* suspension(Task<R> const& task) noexcept {
    if (task.coroutine_ == nullptr) return nullptr;
    return &task.coroutine_.promise().suspension.published();
  }
  template <class R>
  static void waitIsOver(Task<R> const& task) noexcept {
    task.coroutine_.promise().waitIsOver();
  }
  template <class R>
  static void keepUntilGone(Task<R> const& task, TaskWaiter& host) noexcept {
    task.coroutine_.promise().keepUntilGone(host);
  }
  template <class R>
  static R take(Task<R> const& task) {
    if (task.coroutine_ == nullptr) throwNoTask();
    return task.coroutine_.promise().take();
  }
};

/// True for a Task.
template <class T>
inline constexpr bool IsTask = false;
template <class R>
inline constexpr bool IsTask<Task<R>> = true;

/// The result of a function that is a coroutine of another kind.
template <class R>
concept OtherCoroutine = !IsTask<R> && requires {
  typename std::remove_cvref_t<R>::promise_type;
};

/// Does not compile if R, the result of a function that is called here, is a coroutine of another kind.
template <class R>
consteval bool refuseOtherCoroutines() noexcept {
  static_assert(!OtherCoroutine<R>,
                "tincan: a coroutine that is called here returns a tincan::Task: nobody would keep "
                "the function, its event and arguments for one of another kind.");
  return true;
}

/// Does not compile if R, the result of a thread's body, is a coroutine's.
template <class R>
constexpr void refuseCoroutineAsBody() noexcept {
  static_assert(!IsTask<R> && !OtherCoroutine<R>,
                "tincan: the body of a renderer is no coroutine: the renderer ends when the body "
                "returns, and nobody would go on with its Task. Post a Task, and call run().");
}

/// Keeps a function, and whatever else its Task uses, until that has ended. `Self` has
/// taskHasEnded(), which is called then, on the thread where it waits; and taskHasGone(), for a Task
/// that it cannot wait for, because somebody else does.
template <class Self, class T>
class TaskHost : public TaskWaiter {
 public:
  std::coroutine_handle<> taskIsDone() noexcept override {
    TaskAccess::waitIsOver(*task_);
    static_cast<Self*>(this)->taskHasEnded();
    return nullptr;
  }

  /// Waits for the task, which is here. False: it is done already. Else this object may have gone.
  [[nodiscard]] bool waitForTask() { return TaskAccess::waitBy(*task_, *this); }

  /// Lets the Task go, after waitForTask() has thrown. The coroutine may use what is here until it
  /// has gone, and then, maybe inside this, taskHasGone() is called.
  void letGoOfTask() noexcept {
    TaskAccess::keepUntilGone(*task_, *this);
    T const last = std::move(*task_);
    task_.reset();
  }
  void taskIsGone() noexcept final { static_cast<Self*>(this)->taskHasGone(); }

 protected:
  ~TaskHost() = default;

  std::optional<T> task_;
};

/// Lets a host that counts its users wait for its Task, which is one of them from now on, until
/// taskHasEnded() or taskHasGone().
template <class Host>
void keepUntilTaskEnds(Host& host, unsigned& users) {
  ++users;
  try {
    if (!host.waitForTask()) host.taskHasEnded();
  } catch (...) {
    host.letGoOfTask();
    throw;
  }
}

}  // namespace tincan::inline abi0::detail
