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
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// The endpoint of what the calling thread does now; null: none.
std::shared_ptr<EndpointCore> currentEndpoint();

/// Whether the calling thread may run what goes on at that endpoint; null: any thread may.
bool isHere(EndpointCore const* endpoint) noexcept;

/// True for an Error of that code.
bool isError(std::exception_ptr const& exception, Errc code) noexcept;

/// The promise of a Task, without its result. Four hold a coroutine: the handle, the one who waits, the
/// news that it is done, and the news that it was cancelled. The last one to leave destroys it.
///
///   Threads   That of its endpoint; if an awaitable of somebody else takes the coroutine to another
///             thread, that one. The handle and the one who waits may be on other threads. cancel(): any.
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

  /// True if it has ended: the calling thread comes after that.
  bool isDone() const noexcept {
    if (!state_.isDone()) return false;
    raiseClock(doneAt_);
    return true;
  }
  /// isDone(), for the one who has the handle: a coroutine that nobody else would begin begins.
  bool isReady() noexcept;
  /// Learns that the handle is in another place now.
  void noteMove() noexcept {
    if (home_ == nullptr) beginNow();
  }

  /// True if it belongs to that endpoint.
  bool isOf(EndpointCore const* endpoint) const noexcept { return home_.get() == endpoint; }

  /// Tells the waiter when it is done; false if it is already. Throws AlreadyRetrieved if somebody
  /// waits, and WrongThread if it could end on a thread from which there is no way back to this one.
  [[nodiscard]] bool waitBy(TaskWaiter& waiter);

  /// Learns that the waiter has what it waited for, or has gone; once for each.
  void waitIsOver() noexcept {
    if (state_.waitIsOver()) leave();
  }

  /// Tells the one who has the handle, and cannot wait, when the coroutine was destroyed: on the thread
  /// that does that.
  void keepUntilGone(TaskWaiter& host) noexcept { kept_ = &host; }

  /// Learns that the handle is gone.
  void drop() noexcept;

  /// Lets what the coroutine awaits end with Cancelled, here and now; or, if this is not the thread of its
  /// endpoint, when that polls next.
  void cancel() noexcept;
  /// True if a coroutine that waits now, and goes on at that party, may be cancelled: the thread of its
  /// endpoint, where it is cancelled, is this one.
  bool mayBeCancelledAt(Party<ThreadPlatform> const* party) const noexcept {
    return home_ != nullptr && (party == home_.get() || home_->isHeldHere());
  }

  /// Begins a coroutine that has not begun, if it is this thread's, when `from` has returned to
  /// whoever has resumed it; null: at once.
  void beginAfter(std::coroutine_handle<> from) noexcept;
  void beginNow() noexcept { beginAfter(nullptr); }

  /// Learns that the coroutine is going to wait, and whoever has begun it goes on.
  void pauses() noexcept {
    CoroutineState& state = coroutineState();
    if (std::exchange(begunIn_, nullptr) == &state) state.depth = depth_ - 1;
  }

  TaskSuspension suspension{};

 protected:
  TaskPromiseBase() : home_(currentEndpoint()) {}
  TaskPromiseBase(TaskPromiseBase const&) = delete;
  TaskPromiseBase& operator=(TaskPromiseBase const&) = delete;
  ~TaskPromiseBase() override = default;

  void setCoroutine(std::coroutine_handle<> self) noexcept { self_ = self; }

  std::exception_ptr exception_{};

 private:
  // A chain of this many coroutines and this much stack is begun by plain calls.
  static constexpr unsigned MostNested = 32;
  static constexpr std::uintptr_t MostStack = 64 * 1024;

  /// Noted in the state of the thread's coroutines until pauses().
  bool beginsAtOnce() noexcept;

  /// Leaves the beginning to whoever waits for it, or to its endpoint's loop.
  void beginLater() noexcept;
  bool proceed(Why) noexcept override;

  /// Tells the waiter that the coroutine is suspended for the last time. Touches nothing of it
  /// afterwards.
  void finish() noexcept;

  /// Brings the news that it is done, on the waiter's thread.
  void run() override;
  bool runsAnyway() const noexcept override { return true; }
  void end() noexcept override { tellingIsOver(); }

  void tellingIsOver() noexcept {
    if (state_.tellingIsOver()) leave();
  }

  /// Ends the coroutine: the last one leaves it.
  void leave() noexcept;

  /// Tells the thread of the coroutine's endpoint that it was cancelled.
  class CancelNews final : public PostedFunction {
   public:
    explicit CancelNews(TaskPromiseBase& of) noexcept : of_(of) {}
    void run() override {
      if (TaskPromiseBase* const inner = of_.cancelHere()) inner->cancel();
    }
    void end() noexcept override { of_.cancelIsOver(); }

   private:
    TaskPromiseBase& of_;
  };

  /// Lets what it awaits end with Cancelled, or returns the Task that it awaits. Held by beginCancel().
  [[nodiscard]] TaskPromiseBase* cancelHere() noexcept;
  void cancelIsOver() noexcept {
    if (state_.cancelIsOver()) leave();
  }

  /// Reports an exception that nobody has asked for.
  void reportUnseen() noexcept;

  /// Destroys the coroutine. It may hold the last handle of another one, and so on: they are destroyed
  /// one after another, not one inside another.
  void destroy() noexcept;

  TaskState<ThreadPlatform, TaskWaiter> state_{};
  std::shared_ptr<EndpointCore> const home_;
  std::shared_ptr<EndpointCore> waitsAt_{};  // the waiter's endpoint; null: it is on this thread
  std::coroutine_handle<> self_{};
  TaskPromiseBase* nextDead_ = nullptr;
  TaskWaiter* kept_ = nullptr;
  CoroutineState const* begunIn_ = nullptr;  // while it is being begun
  std::uint64_t doneAt_ = 0;                 // the clock of the thread on which it has ended
  unsigned depth_ = 0;
  bool isUnbegun_ = false;
  bool wasCancelled_ = false;
  CancelNews cancelNews_{*this};
};

}  // namespace tincan::inline abi0::detail
