// tincan/detail/send/renderer_thread.hpp - a thread that runs the body of a renderer
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <tincan/detail/endpoint/waiting.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/detail/send/sending.hpp>

namespace tincan::inline v0::detail {

/// Held by its handle and by the bus; the thread itself holds it too. To wait for it is to wait for
/// the thread, until that has destroyed its thread_local objects.
///
///   Threads   Any. Several may join; one does it, the others wait for that.
class ThreadRecord final : public Party<ThreadPlatform>, public ThreadEnd {
 public:
  explicit ThreadRecord(std::shared_ptr<EndpointCore> core)
      : core_(std::move(core)), generation_(process().forks.generation()) {}
  ThreadRecord(ThreadRecord const&) = delete;
  ThreadRecord& operator=(ThreadRecord const&) = delete;
  ~ThreadRecord() {
    // Only the thread itself is left, and it cannot join itself: it has destroyed the bus. Or it is
    // a thread of the parent of this process.
    if (thread_.joinable()) thread_.detach();
  }

  std::string displayName() const override { return core_->displayName(); }
  bool isOver() const noexcept override { return false; }
  /// A thread that was started in the parent may not have begun, and then nobody knows its token.
  bool isInParent() const noexcept override {
    return Party::isInParent() ||
           (generation_ != process().forks.generation() &&
            owner.load(std::memory_order_acquire) == nullptr && core_->bus->driver() == nullptr);
  }

  std::shared_ptr<EndpointCore> const& core() const noexcept { return core_; }

  /// A thread is about to run the endpoint.
  void announce() noexcept { core_->spawnedIn.store(generation_ + 1, std::memory_order_release); }

  template <class F>
  void start(F&& function) {
    if (Driver* const driver = core_->bus->driver()) {
      driver->executor.start(*core_,
                             std::make_unique<PostedTask<std::decay_t<F>>>(std::move(function)));
      return;
    }
    std::lock_guard const lock(mutex_);
    thread_ = std::thread(std::forward<F>(function));
  }

  /// The first thing the thread does. Throws std::bad_alloc.
  void began(std::shared_ptr<ThreadRecord> self) {
    if (core_->bus->driver() != nullptr) return;
    ThreadHolder& holder = *threadHolder();
    token_ = holder.token();
    // release: pairs with the acquire of whoever waits for the thread.
    owner.store(token_.get(), std::memory_order_release);
    holder.atEnd(std::move(self));
  }

  /// The last thing the thread does, unless it has begun().
  void ended() noexcept {
    if (owner.load(std::memory_order_relaxed) == nullptr) threadHasEnded();
  }

  void threadHasEnded() noexcept override {
    clock_ = threadState().clock;
    std::lock_guard const lock(joinersMutex_);
    forgetParentsJoiners();
    hasEnded_.store(true, std::memory_order_release);
    for (Joiner* joiner = std::exchange(joiners_, nullptr); joiner != nullptr;) {
      Joiner* const next = joiner->next_;  // it may go as soon as it is told
      joiner->ended.publish();
      joiner = next;
    }
    state_.publish();
  }

  bool isFinished() const noexcept { return hasEnded_.load(std::memory_order_acquire); }
  bool isThisThread() const noexcept {
    if (core_->bus->driver() != nullptr) return core_->isBoundHere();
    ThreadToken const* const thread = owner.load(std::memory_order_acquire);
    return thread != nullptr && thread == threadState().token;
  }

  void quit() const {
    if (isFinished()) return;
    if (core_->bus->driver() == nullptr) return core_->quit();
    quitDriven(*core_);
    SendingAs const sender(core_->bus);
    pushQuit(sender.core(), *core_);
  }

  /// Blocks until the thread has ended; an edge in the wait graph, so that the thread does not wait
  /// for us meanwhile. Throws Deadlock; Closed in a process that was forked from the thread's.
  void join() {
    if (isFinished()) return finish();
    if (isThisThread()) throwDeadlock("join", core_->displayName() + " > " + core_->displayName());
    waitForEnd(Waiting::Until::ThreadEnds);
    finish();
  }

  /// The same at the end of a handle: if the thread waits for us, its endpoint is closed, and its
  /// waits end with Closed.
  void joinAtEnd() noexcept {
    if (isThisThread()) return;  // the bus joins it
    joinOrEndWaits([this] { core_->close(); });
  }

  /// At the end of the bus, whose endpoints are closed. The thread may wait for an endpoint of
  /// another bus that is this thread's.
  void joinClosed() noexcept {
    if (isThisThread()) return;  // the handle joins it, if there is one
    joinOrEndWaits([] {});
  }

 private:
  class Joiner;

  template <class Close>
  void joinOrEndWaits(Close&& close) noexcept {
    if (waitAtEnd(Waiting::Until::AtEnd) == AtEnd::Over) return finish();
    if (isInParent()) return;
    close();
    if (core_->bus->driver() != nullptr) return;
    endWaits();
    // Of two threads that each are to outlive the other, one does not wait.
    if (waitAtEnd(Waiting::Until::Insisting) != AtEnd::Circle) finish();
  }

  enum class AtEnd { Over, Circle, NoMemory };

  /// Not ended by whoever ends the waits of this thread: what is about to end must outlive the other
  /// one. Circle: that waits for us. NoMemory: for seeing whether it does.
  AtEnd waitAtEnd(Waiting::Until until) noexcept {
    try {
      if (!isFinished()) waitForEnd(until);
      return AtEnd::Over;
    } catch (Error const&) {
      return AtEnd::Circle;
    } catch (std::exception const&) {
      return AtEnd::NoMemory;
    }
  }

  void waitForEnd(Waiting::Until until) {
    SendingAs const sender(core_->bus);
    if (core_->bus->driver() != nullptr) {
      Waiting waiting(state_, *core_, sender.core(), "join", until);
      return waitFor(waiting);
    }
    Joiner joiner(*this);
    if (joiner.isTooLate()) return;
    Waiting waiting(joiner.ended, *this, sender.core(), "join", until);
    waitFor(waiting);
  }

  static void waitFor(Waiting& waiting) {
    switch (waiting.wait(NoDeadline, "join", {})) {
      case WaitEnd::Ready:
      case WaitEnd::Driven: break;
      case WaitEnd::Deadlock: throwDeadlock("join", waiting.cycle());
      case WaitEnd::Closed:
      case WaitEnd::Deserted:
      case WaitEnd::Timeout:
        throw Error(Errc::Closed, "join",
                    "join: the wait was ended, or the thread is in the parent");
    }
  }

  /// The thread has ended, but for a few instructions.
  void finish() noexcept {
    // In a child of the process of the thread there is nothing to join, and whoever has the mutex may
    // be in the parent.
    if (generation_ == process().forks.generation()) {
      std::lock_guard const lock(mutex_);
      if (thread_.joinable()) thread_.join();
    }
    raiseClock(clock_);
  }

  /// The waits of the thread end with Closed.
  void endWaits() const noexcept {
    ThreadToken* const token = owner.load(std::memory_order_acquire);
    if (token == nullptr) return;
    // seq_cst: a waiter that is noted in the graph later sees it, one that is there is nudged.
    token->mustLeave.store(1, std::memory_order_seq_cst);
    waitGraph().nudge([&](auto const& wait) { return wait.thread == token; });
  }

  /// In a forked child: those lie on stacks of threads that only the parent has, and may have been
  /// written over. Under the lock.
  void forgetParentsJoiners() noexcept {
    std::uint32_t const now = process().forks.generation();
    if (std::exchange(joinersGeneration_, now) != now) joiners_ = nullptr;
  }

  /// One of those who wait for the end.
  class Joiner {
   public:
    explicit Joiner(ThreadRecord& record) : record_(record) {
      std::lock_guard const lock(record_.joinersMutex_);
      if (record_.isFinished()) return;
      record_.forgetParentsJoiners();
      next_ = std::exchange(record_.joiners_, this);
      isListed_ = true;
    }
    ~Joiner() {
      std::lock_guard const lock(record_.joinersMutex_);
      for (Joiner** place = &record_.joiners_; *place != nullptr; place = &(*place)->next_) {
        if (*place != this) continue;
        *place = next_;
        return;
      }
    }
    Joiner(Joiner const&) = delete;
    Joiner& operator=(Joiner const&) = delete;

    bool isTooLate() const noexcept { return !isListed_; }

    AnswerState<ThreadPlatform> ended;

   private:
    friend class ThreadRecord;
    ThreadRecord& record_;
    Joiner* next_ = nullptr;
    bool isListed_ = false;
  };

  std::shared_ptr<EndpointCore> const core_;
  std::mutex mutex_;  // guards the thread object
  std::thread thread_;
  std::uint32_t const generation_;  // of the process that it is started in
  std::shared_ptr<ThreadToken> token_;
  std::uint64_t clock_ = 0;  // of the thread, when it had ended
  std::atomic<bool> hasEnded_{false};
  AnswerState<ThreadPlatform> state_;  // for a driver
  Mutex joinersMutex_;
  Joiner* joiners_ = nullptr;
  std::uint32_t joinersGeneration_ = 0;  // of the process that those are in
};

}  // namespace tincan::inline v0::detail
