// tincan/detail/api/task.hpp - a coroutine on an endpoint's thread
#pragma once

#include <coroutine>
#include <type_traits>
#include <utility>

#include <tincan/detail/await/task_await.hpp>
#include <tincan/detail/await/task_promise.hpp>
#include <tincan/fwd.hpp>

namespace tincan::inline abi0 {

namespace detail {
struct TaskAccess;
}

/// A coroutine. It runs at once, up to the first co_await that has to wait, and goes on by itself,
/// on the thread of its endpoint: whoever holds the Task may co_await its result, or drop it. (Where
/// coroutines begin one another so deep that the stack could end, the next one begins when somebody
/// waits for it, or in the next poll of its endpoint.)
///
///   Threads   That of the endpoint on which it was called: its handler, or its thread's body. cancel(): any.
///   Errors    What leaves the coroutine, leaves co_await. If the Task was dropped it goes to
///             onError, but for Closed once the endpoint is closed, and Cancelled once it was cancelled;
///             without an endpoint, to stderr. What a coroutine awaits when its endpoint is closed ends
///             with Closed.
template <class R>
class Task {
  static_assert(!std::is_reference_v<R> && !std::is_array_v<R> && !std::is_function_v<R>,
                "tincan: a Task gives its result away: return a value, or a pointer or "
                "std::reference_wrapper to what outlives it.");

 public:
  using promise_type = detail::TaskPromise<R>;

  /// Takes the coroutine over, which goes on where it is; the other object has none, and is ready().
  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {
    if (coroutine_ != nullptr) coroutine_.promise().noteMove();
  }
  /// Drops the Task that was here.
  Task& operator=(Task&& other) noexcept {
    Task const before(std::exchange(coroutine_, std::exchange(other.coroutine_, nullptr)));
    if (coroutine_ != nullptr) coroutine_.promise().noteMove();
    return *this;
  }
  ~Task() {
    if (coroutine_ != nullptr) coroutine_.promise().drop();
  }

  /// True if co_await would not wait.
  bool ready() const noexcept { return coroutine_ == nullptr || coroutine_.promise().isReady(); }

  /// Lets what the coroutine awaits now end with Cancelled, and the coroutine go on with that; if it awaits another
  /// Task, what that awaits; if it awaits nothing, nothing happens. One await only: what it awaits afterwards is
  /// awaited. On the thread of its endpoint: at once. On any other: in the next poll of its endpoint; what comes
  /// until then is one. A coroutine of no endpoint, and what awaits something of somebody else, is not cancelled.
  /// Allocates nothing.
  void cancel() const noexcept {
    if (coroutine_ != nullptr) coroutine_.promise().cancel();
  }

  /// Waits for the result and moves it out.
  auto operator co_await() const noexcept { return Awaiter(coroutine_); }

 private:
  friend promise_type;
  friend struct detail::TaskAccess;
  using Handle = std::coroutine_handle<promise_type>;
  explicit Task(Handle coroutine) noexcept : coroutine_(coroutine) {}

  class Awaiter final : public detail::TaskAwait {
   public:
    explicit Awaiter(Handle task) noexcept
        : TaskAwait(task == nullptr ? nullptr : &task.promise()), task_(task) {}
    R await_resume() const {
      this->throwIfInVain();
      return task_.promise().take();
    }

   private:
    Handle task_;
  };

  Handle coroutine_;
};

namespace detail {

template <class R>
Task<R> TaskPromise<R>::get_return_object() noexcept {
  auto const self = std::coroutine_handle<TaskPromise>::from_promise(*this);
  setCoroutine(self);
  return Task<R>(self);
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  auto const self = std::coroutine_handle<TaskPromise>::from_promise(*this);
  setCoroutine(self);
  return Task<void>(self);
}

}  // namespace detail
}  // namespace tincan::inline abi0
