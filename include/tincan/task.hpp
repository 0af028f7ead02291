// tincan/task.hpp - layer 14 - a coroutine on an endpoint's thread
#pragma once

#include <atomic>
#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/sending.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/error.hpp>

namespace tincan {

template <class R>
class Task;

namespace detail {

struct TaskAccess;

/// Whoever waits for a task, on a thread of its own.
class TaskWaiter {
 public:
  TaskWaiter() = default;
  TaskWaiter(TaskWaiter const&) = delete;
  TaskWaiter& operator=(TaskWaiter const&) = delete;

  /// On the waiter's thread: what goes on now.
  virtual std::coroutine_handle<> taskIsDone() noexcept = 0;

  /// On any thread; what goes on now, on that one.
  std::coroutine_handle<> proceed() noexcept;

 protected:
  ~TaskWaiter() = default;

  /// Before it waits.
  void settleHere();

 private:
  Token* thread_ = nullptr;
  std::shared_ptr<EndpointCore> at_;  // null: none
};

/// Brings the end of a task to the waiter's thread.
class TaskDone final : public Task0 {
 public:
  explicit TaskDone(TaskWaiter& waiter) noexcept : waiter_(waiter) {}
  void run() override { waiter_.taskIsDone().resume(); }
  bool runsAnyway() const noexcept override { return true; }

 private:
  TaskWaiter& waiter_;
};

inline std::shared_ptr<EndpointCore> currentEndpoint() {
  EndpointCore* const core = endpointOfThread();
  return core == nullptr ? nullptr : core->shared_from_this();
}

inline void TaskWaiter::settleHere() {
  thread_ = thisToken();
  at_ = currentEndpoint();
}

inline std::coroutine_handle<> TaskWaiter::proceed() noexcept {
  if (thread_ == threadState.token || at_ == nullptr) return taskIsDone();
  try {
    auto done = std::make_unique<TaskDone>(*this);
    Speaker const speaker(at_->bus);
    if (pushTask(speaker.core(), *at_, std::move(done))) return std::noop_coroutine();
  } catch (std::bad_alloc const&) {
    // No memory to do it in its place.
  }
  return taskIsDone();
}

/// What becomes of a task. The coroutine destroys itself at its end if its handle is gone and nobody
/// waits; else the last one of the handle and the waiter does.
class TaskPromiseBase {
 public:
  // The bits of the state; above them the address of the TaskWaiter, if one waits.
  //   Done     the coroutine has ended.
  //   Dropped  the handle is gone.
  enum Bits : std::uintptr_t { Done = 1, Dropped = 2, AllBits = 3 };

  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class P>
    std::coroutine_handle<> await_suspend(std::coroutine_handle<P> self) const noexcept {
      TaskPromiseBase& promise = self.promise();
      // acq_rel: what the coroutine did is visible to the one who waits, or drops it.
      std::uintptr_t const before = promise.state_.fetch_or(Done, std::memory_order_acq_rel);
      if (before == Dropped) {
        promise.reportUnseen();
        self.destroy();
        return std::noop_coroutine();
      }
      if ((before & ~AllBits) == 0) return std::noop_coroutine();
      return reinterpret_cast<TaskWaiter*>(before & ~AllBits)->proceed();
    }
    void await_resume() const noexcept {}
  };

  TaskPromiseBase() : home_(currentEndpoint()) {}

  std::suspend_never initial_suspend() const noexcept { return {}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  bool isDone() const noexcept { return (state_.load(std::memory_order_acquire) & Done) != 0; }

  /// False if it is done already. Throws AlreadyRetrieved.
  bool waitBy(TaskWaiter& waiter) {
    std::uintptr_t expected = 0;
    if (state_.compare_exchange_strong(expected, reinterpret_cast<std::uintptr_t>(&waiter),
                                       std::memory_order_acq_rel, std::memory_order_acquire)) {
      return true;
    }
    if ((expected & Done) == 0) {
      throw Error(Errc::AlreadyRetrieved, {}, "two coroutines wait for one Task");
    }
    return false;
  }

  /// The waiter has what it waited for, or has gone. True if the coroutine is to be destroyed.
  bool waitIsOver() noexcept {
    return (state_.fetch_and(AllBits, std::memory_order_acq_rel) & AllBits) == AllBits;
  }

  /// The handle is gone. True if the coroutine is to be destroyed.
  bool drop() noexcept {
    if (state_.fetch_or(Dropped, std::memory_order_acq_rel) != Done) return false;
    reportUnseen();
    return true;
  }

 protected:
  ~TaskPromiseBase() = default;

  std::exception_ptr exception_;

 private:
  /// An exception that nobody has asked for.
  void reportUnseen() noexcept {
    if (exception_ == nullptr || home_ == nullptr) return;
    if (home_->isClosed() && isClosedError()) return;  // it is how coroutines end
    home_->bus->reportError({}, home_->name, home_->name, std::exchange(exception_, nullptr));
  }
  bool isClosedError() const noexcept {
    try {
      std::rethrow_exception(exception_);
    } catch (Error const& error) {
      return error.code() == Errc::Closed;
    } catch (...) {
      return false;
    }
  }

  std::atomic<std::uintptr_t> state_{0};
  std::shared_ptr<EndpointCore> const home_;
};

template <class R>
class TaskPromise final : public TaskPromiseBase {
 public:
  Task<R> get_return_object() noexcept;
  template <class T>
  requires std::is_constructible_v<R, T>
  void return_value(T&& value) { value_.emplace(std::forward<T>(value)); }

  R take() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
    if (!value_.has_value()) {
      throw Error(Errc::AlreadyRetrieved, {}, "a Task gives its result once");
    }
    R value = *std::move(value_);
    value_.reset();
    return value;
  }

 private:
  std::optional<R> value_;
};

template <>
class TaskPromise<void> final : public TaskPromiseBase {
 public:
  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}

  void take() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
  }
};

}  // namespace detail

/// A coroutine. It runs at once, up to the first co_await that has to wait, and goes on by itself,
/// on the thread of its endpoint: whoever holds the Task may co_await its result, or drop it.
///
///   Threads   That of the endpoint on which it was called: its handler, or its thread's body.
///   Errors    What leaves the coroutine, leaves co_await. If the Task was dropped it goes to
///             onError, but for Closed once the endpoint is closed.
template <class R = void>
class Task {
 public:
  using promise_type = detail::TaskPromise<R>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Task& operator=(Task&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Task() {
    if (coroutine_ != nullptr && coroutine_.promise().drop()) coroutine_.destroy();
  }

  /// True if co_await would not wait.
  bool ready() const noexcept { return coroutine_ == nullptr || coroutine_.promise().isDone(); }

  /// Waits for the result and moves it out.
  auto operator co_await() const noexcept { return Awaiter(coroutine_); }

 private:
  friend promise_type;
  friend struct detail::TaskAccess;
  using Handle = std::coroutine_handle<promise_type>;
  explicit Task(Handle coroutine) noexcept : coroutine_(coroutine) {}

  class Awaiter final : public detail::TaskWaiter {
   public:
    explicit Awaiter(Handle task) noexcept : task_(task) {}
    ~Awaiter() {
      if (hasWaited_ && task_.promise().waitIsOver()) task_.destroy();
    }
    bool await_ready() const noexcept { return task_ == nullptr || task_.promise().isDone(); }
    bool await_suspend(std::coroutine_handle<> self) {
      self_ = self;
      settleHere();
      hasWaited_ = task_.promise().waitBy(*this);
      return hasWaited_;
    }
    R await_resume() const {
      if (task_ == nullptr) {
        throw Error(Errc::AlreadyRetrieved, {}, "this Task has been moved to another object");
      }
      return task_.promise().take();
    }
    std::coroutine_handle<> taskIsDone() noexcept override { return self_; }

   private:
    Handle task_;
    std::coroutine_handle<> self_;
    bool hasWaited_ = false;
  };

  Handle coroutine_;
};

namespace detail {

template <class R>
Task<R> TaskPromise<R>::get_return_object() noexcept {
  return Task<R>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  return Task<void>(std::coroutine_handle<TaskPromise>::from_promise(*this));
}

/// For a waiter that is no coroutine.
struct TaskAccess {
  /// False: it is done already.
  template <class R>
  static bool waitBy(Task<R> const& task, TaskWaiter& waiter) {
    return task.coroutine_.promise().waitBy(waiter);
  }
  template <class R>
  static void waitIsOver(Task<R> const& task) noexcept {
    task.coroutine_.promise().waitIsOver();
  }
  template <class R>
  static R take(Task<R> const& task) {
    return task.coroutine_.promise().take();
  }
};

template <class T>
inline constexpr bool IsTask = false;
template <class R>
inline constexpr bool IsTask<Task<R>> = true;

}  // namespace detail
}  // namespace tincan
