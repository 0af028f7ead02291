// tincan/detail/await/task_promise_base.hpp - what becomes of a Task, whatever its result
#pragma once

#include <coroutine>
#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/task_state.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/await/task_waiter.hpp>
#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// The endpoint of what the calling thread does now; null: none.
inline std::shared_ptr<EndpointCore> currentEndpoint() {
  EndpointCore* const core = endpointOfThread();
  return core == nullptr ? nullptr : core->shared_from_this();
}

/// Whether the calling thread may run what goes on at that endpoint; null: any thread may.
inline bool isHere(EndpointCore const* endpoint) noexcept {
  return endpoint == nullptr || endpoint == threadState().current || endpoint->isBoundHere();
}

/// True for an Error Closed, by which coroutines end.
inline bool isClosedError(std::exception_ptr const& exception) noexcept {
  try {
    std::rethrow_exception(exception);
  } catch (Error const& error) {
    return error.code() == Errc::Closed;
  } catch (...) {
    return false;
  }
}

/// The promise of a Task, without its result. Three hold a coroutine: the handle, the one who waits, and
/// the news that it is done. The last one to leave destroys it.
///
///   Threads   That of its endpoint; if an awaitable of somebody else takes the coroutine to another
///             thread, that one. The handle and the one who waits may be on other threads.
///   Progress  Only the making of a coroutine allocates: that it is done comes to the one who waits,
///             exactly once, also when there is no memory.
class TaskPromiseBase : private PostedFunction, private Continuation {
 public:
  /// Begins the coroutine at once, unless too many are being begun one inside another.
  struct Initial {
    bool await_ready() const noexcept { return promise.beginsAtOnce(); }
    void await_suspend(std::coroutine_handle<>) const noexcept { promise.beginLater(); }
    void await_resume() const noexcept {}
    TaskPromiseBase& promise;
  };

  /// Suspends the coroutine for the last time, and tells the one who waits.
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
  /// isDone(), for the one who has the handle: a coroutine that nobody else would begin begins.
  bool isReady() noexcept {
    if (home_ == nullptr) beginNow();  // no loop will
    return isDone();
  }
  /// Learns that the handle is in another place now.
  void noteMove() noexcept {
    if (home_ == nullptr) beginNow();
  }

  /// True if it belongs to that endpoint.
  bool isOf(EndpointCore const* endpoint) const noexcept { return home_.get() == endpoint; }

  /// Tells the waiter when it is done; false if it is already. Throws AlreadyRetrieved if somebody
  /// waits, and WrongThread if it could end on a thread from which there is no way back to this one.
  [[nodiscard]] bool waitBy(TaskWaiter& waiter) {
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

  /// Learns that the waiter has what it waited for, or has gone; once for each.
  void waitIsOver() noexcept {
    if (state_.waitIsOver()) leave();
  }

  /// Tells the one who has the handle, and cannot wait, when the coroutine was destroyed: on the thread
  /// that does that.
  void keepUntilGone(TaskWaiter& host) noexcept { kept_ = &host; }

  /// Learns that the handle is gone.
  void drop() noexcept {
    if (home_ == nullptr) beginNow();
    if (state_.drop()) leave();
  }

  /// Begins a coroutine that has not begun, if it is this thread's, when `from` has returned to
  /// whoever has resumed it; null: at once.
  void beginAfter(std::coroutine_handle<> from) noexcept {
    if (!isHere(home_.get()) || !std::exchange(isUnbegun_, false)) return;
    Continuation::leave();
    if (from == nullptr) ResumeLoop::run(self_);
    else ResumeLoop::handOver(from, self_);
  }
  void beginNow() noexcept { beginAfter(nullptr); }

  /// Learns that the coroutine is going to wait, and whoever has begun it goes on.
  void pauses() noexcept {
    if (std::exchange(begunIn_, nullptr) == &coroutineState) coroutineState.depth = depth_ - 1;
  }

  TaskSuspension suspension;

 protected:
  TaskPromiseBase() : home_(currentEndpoint()) {}
  ~TaskPromiseBase() override = default;

  void setCoroutine(std::coroutine_handle<> self) noexcept { self_ = self; }

  std::exception_ptr exception_;

 private:
  // A chain of this many coroutines and this much stack is begun by plain calls.
  static constexpr unsigned MostNested = 32;
  static constexpr std::uintptr_t MostStack = 64 * 1024;

  /// Noted in the state of the thread's coroutines until pauses().
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

  /// Leaves the beginning to whoever waits for it, or to its endpoint's loop.
  void beginLater() noexcept {
    isUnbegun_ = true;
    if (home_ != nullptr) home_->continuations.addDue(*this);
  }
  bool proceed(Why) noexcept override {
    beginNow();
    return true;
  }

  /// Tells the waiter that the coroutine is suspended for the last time. Touches nothing of it
  /// afterwards.
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

  /// Brings the news that it is done, on the waiter's thread.
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

  /// Ends the coroutine: the last one leaves it.
  void leave() noexcept {
    reportUnseen();
    destroy();
  }

  /// Reports an exception that nobody has asked for.
  void reportUnseen() noexcept {
    if (exception_ == nullptr) return;
    if (home_ == nullptr) return BusCore::reportNowhere(std::exchange(exception_, nullptr));
    if (home_->isClosed() && isClosedError(exception_)) return;  // it is how coroutines end
    home_->bus->reportError({}, home_->name, home_->name, std::exchange(exception_, nullptr));
  }

  /// Destroys the coroutine. It may hold the last handle of another one, and so on: they are destroyed
  /// one after another, not one inside another.
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

}  // namespace tincan::inline abi0::detail
