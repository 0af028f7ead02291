// tincan/detail/send/thread_record.hpp - a thread that runs the body of a renderer
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/send/joiners.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/detail/thread/thread_end.hpp>
#include <tincan/detail/thread/waiting.hpp>

namespace tincan::inline abi0::detail {

/// A thread that a bus has spawned. Whoever waits for it waits until the thread has destroyed its
/// thread_local objects.
///
///   Threads   Any. Several may join; one does it, the others wait for that.
///   Lifetime  Held by its handle, by the bus and by the thread itself.
class ThreadRecord final : public Party<ThreadPlatform>, public ThreadEnd {
 public:
  explicit ThreadRecord(std::shared_ptr<EndpointCore> core)
      : core_(std::move(core)), generation_(process().forks.generation()) {}
  ThreadRecord(ThreadRecord const&) = delete;
  ThreadRecord& operator=(ThreadRecord const&) = delete;
  ~ThreadRecord() override {
    // Only the thread itself is left, and it cannot join itself: it has destroyed the bus. Or it is
    // a thread of the parent of this process.
    if (thread_.joinable()) thread_.detach();
  }

  std::string displayName() const override { return core_->displayName(); }
  bool isOver() const noexcept override { return false; }
  /// A thread that was started in the parent may not have begun, and then nobody knows its token.
  bool isInParent() const noexcept override;

  std::shared_ptr<EndpointCore> const& core() const noexcept { return core_; }

  /// Says that a thread of this process is about to run the endpoint.
  void announce() noexcept {
    // release: pairs with the acquire in EndpointCore::isInParent().
    core_->spawnedIn.store(generation_ + 1, std::memory_order_release);
  }

  /// Starts the thread, which runs `function`. Throws std::system_error.
  template <class F>
  void start(F&& function) {
    if (Driver* const driver = core_->bus->driver()) {
      using Body = DrivenBody<std::decay_t<F>>;
      driver->executor.start(*core_,
                             Owned<PostedTask<Body>>::make(Body(*this, std::move(function))));
      return;
    }
    std::lock_guard const lock(mutex_);
    thread_ = std::thread(std::forward<F>(function));
  }

  /// Makes the calling thread the one that others wait for: the first thing that it does. Throws
  /// std::bad_alloc.
  void began(std::shared_ptr<ThreadRecord> self);

  /// Ends what others wait for, if the thread has not begun(): the last thing that it does.
  void ended() noexcept {
    if (owner() == nullptr) threadHasEnded();
  }

  void threadHasEnded() noexcept override;

  bool isFinished() const noexcept { return joiners_.haveEnd(); }
  bool isThisThread() const noexcept;

  /// Whether a handle may end on this thread; false after a line on stderr, if a driver runs the endpoint on another one.
  bool mayEndHere() const noexcept;

  /// Ends a run of the endpoint, if the thread has not ended.
  void quit() const;

  /// Blocks until the thread has ended; the wait is in the wait graph, so that the thread does not wait
  /// for this one meanwhile. Throws Deadlock; Closed in a process that was forked from the thread's.
  void join();

  /// Blocks as join(), at the end of a handle: if the thread waits for this one, its endpoint is closed,
  /// and its waits end with Closed.
  void joinAtEnd() noexcept;

  /// Blocks as join(), at the end of the bus, whose endpoints are closed. The thread may wait for an
  /// endpoint of another bus that is this thread's; then its waits end with Closed.
  void joinClosed() noexcept;

 private:
  /// What a driver runs, or destroys without running it: then nobody waits for it any more.
  template <class F>
  class DrivenBody {
   public:
    /// The function holds the record.
    DrivenBody(ThreadRecord& record, F&& function) noexcept
        : record_(&record), function_(std::move(function)) {}
    DrivenBody(DrivenBody&& other) noexcept
        : record_(std::exchange(other.record_, nullptr)), function_(std::move(other.function_)) {}
    DrivenBody(DrivenBody const&) = delete;
    DrivenBody& operator=(DrivenBody const&) = delete;
    DrivenBody& operator=(DrivenBody&&) = delete;
    ~DrivenBody() {
      if (record_ != nullptr) record_->ended();
    }

    void operator()() {
      record_ = nullptr;
      function_();
    }

   private:
    ThreadRecord* record_;
    F function_;
  };

  template <class Close>
  void joinOrEndWaits(Close&& close) noexcept {
    if (waitAtEnd(Waiting::Until::Yielding) == AtEnd::Over) return finish();
    if (isInParent()) return;
    close();
    if (core_->bus->driver() != nullptr) return;
    endWaits();
    // Of two threads that each are to outlive the other, one does not wait.
    if (waitAtEnd(Waiting::Until::Insisting) != AtEnd::Cycle) finish();
  }

  enum class AtEnd {
    Over,     // the thread has ended
    Cycle,    // it waits for this one
    NoMemory  // for seeing whether it does
  };

  /// Waits for the thread; is not ended by whoever ends the waits of this one, since what is about to end
  /// here must outlive the other thread.
  AtEnd waitAtEnd(Waiting::Until until) noexcept;

  void waitForEnd(Waiting::Until until);

  static void waitFor(Waiting& waiting);

  /// Joins the thread, which has ended but for a few instructions.
  void finish() noexcept;

  /// Ends the waits of the thread with Closed.
  void endWaits() const noexcept;

  std::shared_ptr<EndpointCore> const core_;
  std::mutex mutex_{};  // guards thread_
  std::thread thread_{};
  std::uint32_t const generation_;  // of the process that it is started in
  std::shared_ptr<ThreadToken> token_{};
  std::uint64_t clock_ = 0;  // of the thread, when it had ended
  Joiners joiners_{};
  AnswerState<ThreadPlatform> state_{};  // for a driver
};

}  // namespace tincan::inline abi0::detail
