// tincan/task.hpp - a coroutine on an endpoint's thread
#pragma once

#include <algorithm>
#include <coroutine>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/task_state.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/task_suspension.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/error.hpp>
#include <tincan/future.hpp>

namespace tincan::inline v0 {

template <class R>
class Task;

namespace detail {

struct TaskAccess;

inline std::shared_ptr<EndpointCore> currentEndpoint() {
  EndpointCore* const core = endpointOfThread();
  return core == nullptr ? nullptr : core->shared_from_this();
}

/// Whether the calling thread may run what goes on at that endpoint; null: wherever.
inline bool isHere(EndpointCore const* endpoint) noexcept {
  return endpoint == nullptr || endpoint == threadState().current || endpoint->isBoundHere();
}

inline bool isClosedError(std::exception_ptr const& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (Error const& error) {
    return error.code() == Errc::Closed;
  } catch (...) {
    return false;
  }
}

/// Whoever waits for a task, on a thread of its own.
class alignas(8) TaskWaiter {
 public:
  TaskWaiter() = default;
  TaskWaiter(TaskWaiter const&) = delete;
  TaskWaiter& operator=(TaskWaiter const&) = delete;

  /// On the waiter's thread, once: the coroutine that goes on now, or null.
  virtual std::coroutine_handle<> taskIsDone() noexcept = 0;
  /// For one that could not wait: see TaskPromiseBase::keepUntilGone().
  virtual void taskIsGone() noexcept {}

 protected:
  ~TaskWaiter() = default;
};

/// What becomes of a task. The last one to leave destroys the coroutine: the handle, the one who
/// waits, and the news that it is done.
///
///   Threads   That of its endpoint; if an awaitable of somebody else takes the coroutine to another
///             thread, that one. The handle and the one who waits may be on other threads.
///   Progress  Only the making of a coroutine allocates: that it is done comes to the one who waits,
///             exactly once, also when there is no memory.
class TaskPromiseBase : private PostedFunction, private Continuation {
 public:
  /// A coroutine begins at once, unless too many are being begun one inside another.
  struct Initial {
    bool await_ready() const noexcept { return promise.beginsAtOnce(); }
    void await_suspend(std::coroutine_handle<>) const noexcept { promise.beginLater(); }
    void await_resume() const noexcept {}
    TaskPromiseBase& promise;
  };

  struct Final {
    bool await_ready() const noexcept { return false; }
    template <class P>
    void await_suspend(std::coroutine_handle<P> self) const noexcept {
      self.promise().finish();
    }
    void await_resume() const noexcept {}
  };

  Initial initial_suspend() noexcept { return {*this}; }
  Final final_suspend() const noexcept { return {}; }
  void unhandled_exception() noexcept { exception_ = std::current_exception(); }

  bool isDone() const noexcept { return state_.isDone(); }
  /// The same, for the one who has the handle.
  bool isReady() noexcept {
    if (home_ == nullptr) beginNow();  // no loop will
    return isDone();
  }
  /// The handle is in another place now.
  void isMoved() noexcept {
    if (home_ == nullptr) beginNow();
  }

  /// Whether it belongs to that endpoint.
  bool isOf(EndpointCore const* endpoint) const noexcept { return home_.get() == endpoint; }

  /// False if it is done already. Throws AlreadyRetrieved, and WrongThread if it could end on a
  /// thread from which there is no way back to this one.
  bool waitBy(TaskWaiter& waiter) {
    auto here = currentEndpoint();
    if (here == nullptr && !isHere(home_.get())) {
      throw Error(Errc::WrongThread, {},
                  "co_await: this thread runs no endpoint on which the coroutine could go on when "
                  "the Task of another thread is done");
    }
    return state_.waitBy(waiter, [&](bool isWaitedFor) {
      if (isWaitedFor) {
        throw Error(Errc::AlreadyRetrieved, {}, "two coroutines wait for one Task");
      }
      waitsAt_ = std::move(here);  // nobody else looks at it while nobody waits
    });
  }

  /// The waiter has what it waited for, or has gone; once for each.
  void waitIsOver() noexcept {
    if (state_.waitIsOver()) leave();
  }

  /// Who has the handle, and cannot wait, is told when the coroutine has been destroyed: on the thread
  /// that does that.
  void keepUntilGone(TaskWaiter& host) noexcept { kept_ = &host; }

  /// The handle is gone.
  void drop() noexcept {
    if (home_ == nullptr) beginNow();
    if (state_.drop()) leave();
  }

  /// A coroutine that has not begun begins now, if it is this thread's, when `from` has returned to
  /// whoever has resumed it; null: at once.
  void beginAfter(std::coroutine_handle<> from) noexcept {
    if (!isHere(home_.get()) || !std::exchange(isUnbegun_, false)) return;
    Continuation::leave();
    if (from == nullptr) ResumeLoop::run(self_);
    else ResumeLoop::handOver(from, self_);
  }
  void beginNow() noexcept { beginAfter(nullptr); }

  /// It is going to wait, and whoever has begun it goes on.
  void pauses() noexcept {
    if (std::exchange(begunIn_, nullptr) == &coroutineState) coroutineState.depth = depth_ - 1;
  }

  TaskSuspension suspension;

 protected:
  TaskPromiseBase() : home_(currentEndpoint()) {}
  ~TaskPromiseBase() override = default;

  void isCoroutine(std::coroutine_handle<> self) noexcept { self_ = self; }

  std::exception_ptr exception_;

 private:
  // A chain of this many coroutines and this much stack is begun by plain calls.
  static constexpr unsigned MostNested = 32;
  static constexpr std::uintptr_t MostStack = 64 * 1024;

  [[gnu::noinline]] bool beginsAtOnce() noexcept {
    CoroutineState& state = coroutineState;
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

  /// By whoever waits for it, or by its endpoint's loop.
  void beginLater() noexcept {
    isUnbegun_ = true;
    if (home_ != nullptr) home_->continuations.addDue(*this);
  }
  bool proceed(Why) noexcept override {
    beginNow();
    return true;
  }

  /// The coroutine is suspended for the last time. Nothing of it is touched afterwards.
  [[gnu::noinline]] void finish() noexcept {
    pauses();
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

  // The news that it is done, on the waiter's thread.
  void run() override {
    TaskWaiter* const waiter = state_.waiter();
    std::coroutine_handle<> const waiting = waiter == nullptr ? nullptr : waiter->taskIsDone();
    if (waiting != nullptr) ResumeLoop::run(waiting);
  }
  bool runsAnyway() const noexcept override { return true; }
  void end() noexcept override { tellingIsOver(); }

  void tellingIsOver() noexcept {
    if (state_.tellingIsOver()) leave();
  }

  /// The last one.
  void leave() noexcept {
    reportUnseen();
    destroy();
  }

  /// An exception that nobody has asked for.
  void reportUnseen() noexcept {
    if (exception_ == nullptr) return;
    if (home_ == nullptr) return BusCore::reportNowhere(std::exchange(exception_, nullptr));
    if (home_->isClosed() && isClosedError(exception_)) return;  // it is how coroutines end
    home_->bus->reportError({}, home_->name, home_->name, std::exchange(exception_, nullptr));
  }

  /// A coroutine may hold the last one, and so on: they are destroyed one after another, not one
  /// inside another.
  void destroy() noexcept {
    CoroutineState& state = coroutineState;
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

  TaskState<ThreadPlatform, TaskWaiter> state_;
  std::shared_ptr<EndpointCore> const home_;
  std::shared_ptr<EndpointCore> waitsAt_;  // the waiter's endpoint; null: it is on this thread
  std::coroutine_handle<> self_;
  TaskPromiseBase* nextDead_ = nullptr;
  TaskWaiter* kept_ = nullptr;
  CoroutineState const* begunIn_ = nullptr;  // while it is being begun
  unsigned depth_ = 0;
  bool isUnbegun_ = false;
};

/// Memory for coroutines in which everything is aligned, also what needs more than the usual
/// alignment: compilers place it so, but ask for memory without saying so.
template <std::size_t Alignment>
struct CoroutineMemory {
  static void* operator new(std::size_t size) {
    auto* const memory = static_cast<std::byte*>(::operator new(size + Alignment));
    auto const address = reinterpret_cast<std::uintptr_t>(memory);
    std::byte* const aligned = memory + (Alignment - address % Alignment);
    *before(aligned) = memory;
    return aligned;
  }
  static void operator delete(void* aligned) noexcept { ::operator delete(*before(aligned)); }

 private:
  static_assert(Alignment > __STDCPP_DEFAULT_NEW_ALIGNMENT__ &&
                __STDCPP_DEFAULT_NEW_ALIGNMENT__ >= sizeof(void*));
  static void** before(void* aligned) noexcept { return static_cast<void**>(aligned) - 1; }
};

template <class R>
class TaskPromise final : public TaskPromiseBase,
                          public CoroutineMemory<(std::max)(CacheLine, alignof(std::optional<R>))> {
 public:
  using CoroutineMemory<(std::max)(CacheLine, alignof(std::optional<R>))>::operator new;
  using CoroutineMemory<(std::max)(CacheLine, alignof(std::optional<R>))>::operator delete;

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
class TaskPromise<void> final : public TaskPromiseBase, public CoroutineMemory<CacheLine> {
 public:
  using CoroutineMemory<CacheLine>::operator new;
  using CoroutineMemory<CacheLine>::operator delete;

  Task<void> get_return_object() noexcept;
  void return_void() const noexcept {}

  void take() {
    if (exception_ != nullptr) std::rethrow_exception(std::exchange(exception_, nullptr));
  }
};

[[noreturn]] inline void throwNoTask() {
  throw Error(Errc::AlreadyRetrieved, {}, "this Task has been moved to another object");
}

/// A coroutine that waits for the task of a promise.
class TaskAwait : public TaskWaiter, public Continuation {
 public:
  explicit TaskAwait(TaskPromiseBase* promise) noexcept : promise_(promise) {}
  ~TaskAwait() {
    if (isWaiting_) promise_->waitIsOver();
  }

  bool await_ready() const noexcept { return promise_ == nullptr || promise_->isDone(); }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> self) {
    self_ = self;
    if (!promise_->waitBy(*this)) return false;
    isWaiting_ = true;
    notePause(self);
    // The end of this endpoint ends what it waits for, if that is of another one.
    EndpointCore* const here = endpointOfThread();
    if (here != nullptr && !promise_->isOf(here)) here->continuations.add(*this);
    TaskSuspension::On on;
    on.inner = &promise_->suspension.published();
    on.resumesAt = here;
    suspended_.suspends(self.promise(), on);
    promise_->beginAfter(self);
    return true;
  }

  std::coroutine_handle<> taskIsDone() noexcept override {
    Continuation::leave();
    suspended_.goesOn();
    return self_;
  }
  bool proceed(Why) noexcept override {
    suspended_.goesOn();
    isWaiting_ = false;
    isClosed_ = true;
    promise_->waitIsOver();
    ResumeLoop::run(self_);
    return true;
  }

 protected:
  void throwIfInVain() const {
    if (promise_ == nullptr) throwNoTask();
    if (isClosed_) {
      throw Error(Errc::Closed, {}, "co_await: the endpoint that waits for a Task is closed");
    }
  }

 private:
  TaskPromiseBase* const promise_;
  std::coroutine_handle<> self_;
  SuspendedTask suspended_;
  bool isWaiting_ = false;
  bool isClosed_ = false;
};

}  // namespace detail

/// A coroutine. It runs at once, up to the first co_await that has to wait, and goes on by itself,
/// on the thread of its endpoint: whoever holds the Task may co_await its result, or drop it. (Where
/// coroutines begin one another so deep that the stack could end, the next one begins when somebody
/// waits for it, or in the next poll of its endpoint.)
///
///   Threads   That of the endpoint on which it was called: its handler, or its thread's body.
///   Errors    What leaves the coroutine, leaves co_await. If the Task was dropped it goes to
///             onError, but for Closed once the endpoint is closed; without an endpoint, to stderr. A coroutine whose endpoint is
///             closed while it waits for a Task of another endpoint, gets Closed.
template <class R = void>
class Task {
 public:
  using promise_type = detail::TaskPromise<R>;

  Task(Task&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {
    if (coroutine_ != nullptr) coroutine_.promise().isMoved();
  }
  /// Drops the Task that was here.
  Task& operator=(Task&& other) noexcept {
    Task const before(std::exchange(coroutine_, std::exchange(other.coroutine_, nullptr)));
    if (coroutine_ != nullptr) coroutine_.promise().isMoved();
    return *this;
  }
  ~Task() {
    if (coroutine_ != nullptr) coroutine_.promise().drop();
  }

  /// True if co_await would not wait.
  bool ready() const noexcept { return coroutine_ == nullptr || coroutine_.promise().isReady(); }

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
  isCoroutine(self);
  return Task<R>(self);
}
inline Task<void> TaskPromise<void>::get_return_object() noexcept {
  auto const self = std::coroutine_handle<TaskPromise>::from_promise(*this);
  isCoroutine(self);
  return Task<void>(self);
}

/// For a waiter that is no coroutine.
struct TaskAccess {
  /// False: it is done already. Else the waiter may be told at once, inside this.
  template <class R>
  static bool waitBy(Task<R> const& task, TaskWaiter& waiter) {
    if (task.coroutine_ == nullptr) return false;
    TaskPromiseBase& promise = task.coroutine_.promise();
    if (!promise.waitBy(waiter)) return false;
    promise.beginNow();
    return true;
  }
  /// What it waits for; of no Task, null.
  template <class R>
  static Suspension<ThreadPlatform> const* suspension(Task<R> const& task) noexcept {
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

template <class T>
inline constexpr bool IsTask = false;
template <class R>
inline constexpr bool IsTask<Task<R>> = true;

/// What a function returns that is a coroutine of another kind.
template <class R>
concept OtherCoroutine = !IsTask<R> && requires {
  typename std::remove_cvref_t<R>::promise_type;
};

/// For the result of a function that is called once it is its turn.
template <class R>
constexpr void refuseOtherCoroutines() noexcept {
  static_assert(!OtherCoroutine<R>,
                "tincan: a coroutine that is called here returns a tincan::Task: nobody would keep "
                "the function, its event and arguments for one of another kind.");
}

/// What keeps a function, and whatever else its Task uses, until that has ended. `Self` has
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

  /// False: the task, which is here, is done already. Else this object may have gone.
  bool waitForTask() { return TaskAccess::waitBy(*task_, *this); }

  /// That has thrown. The coroutine may use what is here until it has gone, and then, maybe inside
  /// this, taskHasGone() is called.
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

/// Of a host that counts its users: the task is one from now on, until taskHasEnded() or
/// taskHasGone().
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

}  // namespace detail
}  // namespace tincan::inline v0
