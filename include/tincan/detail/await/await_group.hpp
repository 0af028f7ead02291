// tincan/detail/await/await_group.hpp - a coroutine awaits several things at once
#pragma once

#include <coroutine>
#include <cstddef>
#include <exception>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/await/task_promise_base.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/await/task_waiter.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

class AwaitGroup;

/// One of the things that a coroutine awaits at once.
///
///   Threads   The one that the coroutine is on.
///   Lifetime  In the coroutine that waits. Its end gives up what it awaits.
class AwaitMember {
 public:
  AwaitMember() = default;
  AwaitMember(AwaitMember const&) = delete;
  AwaitMember& operator=(AwaitMember const&) = delete;

  bool isReady() const noexcept { return isReady_; }

 protected:
  virtual ~AwaitMember() = default;

  /// Says that what it waits for may go from now on, before it is ready.
  void letGoOfNeeds() noexcept { branch_.goesOn(); }
  /// Says that it waits on, after letGoOfNeeds().
  void keepNeeds() noexcept;
  /// Tells the group that it is ready. Returns the coroutine that goes on now, or null.
  [[nodiscard]] std::coroutine_handle<> tellReady() noexcept;

  /// While it lives, the coroutine does not go on, so that the member stays: code of the user's may run. Then it goes
  /// on if it has all that it waits for.
  class Stay {
   public:
    explicit Stay(AwaitMember& member) noexcept;
    ~Stay();
    Stay(Stay const&) = delete;
    Stay& operator=(Stay const&) = delete;

   private:
    AwaitGroup& group_;
    bool const wasHeld_;
  };

 private:
  friend class AwaitGroup;

  /// Takes what begin() needs. Throws what that throws, and then nothing has happened.
  virtual void reserve() = 0;
  /// Begins to wait. False: it is ready.
  [[nodiscard]] virtual bool begin() noexcept = 0;
  /// Lets it end with Cancelled; it may be told at once, inside this.
  virtual void cancel() noexcept = 0;
  /// What is needed for it to be ready.
  virtual TaskSuspension::On needs() const noexcept = 0;

  AwaitGroup* group_ = nullptr;  // since it has begun to wait
  AwaitMember* next_ = nullptr;
  TaskSuspension::On needs_{};  // what is published of it
  AwaitBranch branch_{};
  bool isReady_ = false;
};

/// A coroutine that waits until all of its members are ready, or the first one is.
///
///   Threads   The one that the coroutine is on.
///   Lifetime  In the coroutine that waits, with the members.
class AwaitGroup : private Continuation {
 public:
  enum class Until : bool { AllAreReady, OneIsReady };

  bool await_ready() const noexcept { return false; }
  template <class P>
  bool await_suspend(std::coroutine_handle<P> self) {
    self_ = self;
    if (!begin()) return false;
    detail::notePause(self);
    suspended_.suspends(self.promise(), needs(), *this);
    return true;
  }

 protected:
  explicit AwaitGroup(Until until) noexcept : until_(until) {}
  AwaitGroup(AwaitGroup const&) = delete;
  AwaitGroup& operator=(AwaitGroup const&) = delete;
  ~AwaitGroup() override = default;

  /// Adds a member behind the others, before the coroutine waits.
  void add(AwaitMember& member) noexcept;

  /// The one that was ready first.
  AwaitMember const& first() const noexcept { return *ready_; }
  /// Lets those end with Cancelled that are not ready.
  void cancelOthers() noexcept;

 private:
  friend class AwaitMember;

  bool begin();
  TaskPromiseBase* cancelAwait() noexcept override;
  bool proceed(Why) noexcept override { return true; }  // it is in no list

  /// Learns that a member is ready. Returns the coroutine if that goes on now.
  [[nodiscard]] std::coroutine_handle<> isReady(AwaitMember& member) noexcept;
  /// Returns the coroutine if it has all that it waits for; else null.
  [[nodiscard]] std::coroutine_handle<> goOn() noexcept;
  bool hasEnough() const noexcept {
    return until_ == Until::AllAreReady ? left_ == 0 : ready_ != nullptr;
  }

  /// Names what the members need that are not ready.
  TaskSuspension::On needs() noexcept;

  Until const until_;
  bool isHeld_ = false;             // it does not go on, whoever is ready
  bool isOver_ = false;             // it has gone on
  std::size_t left_ = 0;            // members that are not ready
  AwaitMember* members_ = nullptr;  // linked
  AwaitMember* last_ = nullptr;
  AwaitMember* ready_ = nullptr;  // the first one that was
  EndpointCore* home_ = nullptr;  // where it goes on; null: on a thread without endpoint
  std::coroutine_handle<> self_{};
  SuspendedTask suspended_{};
};

/// Awaits the answer to a request.
class AwaitedAnswer : public AwaitMember, private TimedContinuation {
 protected:
  /// The answer outlives this, at its place.
  explicit AwaitedAnswer(PendingAnswer& answer) noexcept : answer_(answer) {}
  AwaitedAnswer(AwaitedAnswer const&) = delete;
  AwaitedAnswer& operator=(AwaitedAnswer const&) = delete;
  ~AwaitedAnswer() override = default;

 private:
  void reserve() override;
  bool begin() noexcept override;
  void cancel() noexcept override;
  TaskSuspension::On needs() const noexcept override;

  bool proceed(Why why) noexcept override;
  bool isLost() const noexcept override { return answer_.receiver().isInParent(); }

  PendingAnswer& answer_;
  EndpointCore* home_ = nullptr;
};

/// Awaits a Task.
class AwaitedTask : public AwaitMember, private TaskWaiter, private Continuation {
 protected:
  explicit AwaitedTask(TaskPromiseBase* promise) noexcept : promise_(promise) {}
  AwaitedTask(AwaitedTask const&) = delete;
  AwaitedTask& operator=(AwaitedTask const&) = delete;
  ~AwaitedTask() override {
    if (isWaiting_) promise_->waitIsOver();
  }

  /// Names the Task, if the constructor could not.
  void await(TaskPromiseBase* promise) noexcept { promise_ = promise; }

  /// Throws why there is nothing to take from the Task, if so.
  void throwIfInVain();

 private:
  void reserve() override {}
  bool begin() noexcept override;
  void cancel() noexcept override;
  TaskSuspension::On needs() const noexcept override;

  std::coroutine_handle<> taskIsDone() noexcept override;
  bool proceed(Why) noexcept override;

  TaskPromiseBase* promise_;      // null: there is no Task
  std::exception_ptr failure_{};  // why it could not be waited for
  bool isWaiting_ = false;
  bool isClosed_ = false;
};

}  // namespace tincan::inline abi0::detail
