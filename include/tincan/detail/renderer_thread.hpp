// tincan/detail/renderer_thread.hpp - layer 13 - a thread that runs the body of a renderer
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

#include <tincan/detail/sending.hpp>
#include <tincan/detail/waiting.hpp>

namespace tincan::detail {

/// Held by its handle and by the bus; the thread itself holds it too.
///
///   Threads   Any. Several may join; one does it, the others wait for that.
class ThreadRecord {
 public:
  explicit ThreadRecord(std::shared_ptr<EndpointCore> core) : core_(std::move(core)) {}
  ThreadRecord(ThreadRecord const&) = delete;
  ThreadRecord& operator=(ThreadRecord const&) = delete;
  ~ThreadRecord() {
    // Only the thread itself is left, and it cannot join itself: it has destroyed the bus.
    if (thread_.joinable()) thread_.detach();
  }

  std::shared_ptr<EndpointCore> const& core() const noexcept { return core_; }

  template <class F>
  void start(F&& function) {
    if (Driver* const driver = core_->bus->driver()) {
      driver->start(*core_, std::make_unique<PostedTask<std::decay_t<F>>>(std::move(function)));
      return;
    }
    std::lock_guard const lock(mutex_);
    thread_ = std::thread(std::forward<F>(function));
  }

  /// The first thing the thread does.
  void began() noexcept { id_.store(std::this_thread::get_id(), std::memory_order_relaxed); }

  /// The last thing the thread does.
  void ended() noexcept {
    hasEnded_.store(true, std::memory_order_release);
    state_.publish();
  }

  bool isFinished() const noexcept { return hasEnded_.load(std::memory_order_acquire); }
  // relaxed: a thread that finds its own id has stored it itself.
  bool isThisThread() const noexcept {
    if (core_->bus->driver() != nullptr) return core_->isBoundHere();
    return id_.load(std::memory_order_relaxed) == std::this_thread::get_id();
  }

  void quit() const {
    if (isFinished()) return;
    Speaker const speaker(core_->bus);
    pushQuit(speaker.core(), *core_);
  }

  /// Blocks until the thread has ended; an edge in the wait graph, so that the thread does not wait
  /// for us meanwhile. Throws Deadlock.
  void join() {
    if (isThisThread()) throwDeadlock("join", core_->displayName() + " > " + core_->displayName());
    if (core_->bus->driver() != nullptr) return waitForEnd();
    std::lock_guard const lock(mutex_);
    if (!thread_.joinable()) return;
    waitForEnd();
    thread_.join();
  }

  /// The same at the end of a handle: if the thread waits for us, its endpoint is closed, and its
  /// waits end with Closed.
  void joinAtEnd() noexcept {
    if (isThisThread()) return;  // the bus joins it
    try {
      join();
    } catch (Error const&) {
      core_->close();
      endWaits();
      joinClosed();
    }
  }

  /// At the end of the bus, whose endpoints are closed, so that nobody waits for anybody.
  void joinClosed() noexcept {
    if (isThisThread()) return;  // the handle joins it, if there is one
    if (core_->bus->driver() != nullptr) {
      try {
        waitForEnd();
      } catch (Error const&) {
        // It was closed before it began, or the simulation is at its end.
      }
      return;
    }
    std::lock_guard const lock(mutex_);
    if (thread_.joinable()) thread_.join();
  }

 private:
  void waitForEnd() {
    if (isFinished()) return;
    Speaker const speaker(core_->bus);
    // Also if an endpoint is closed meanwhile: the thread may ask in the name of another one.
    Waiting waiting(state_, *core_, speaker.core(), "join", Heeds::Nothing);
    WaitEnd const end = waiting.wait(NoDeadline, "join", {});
    if (end == WaitEnd::Deadlock) throwDeadlock("join", waiting.cycle());
  }

  void endWaits() const noexcept {
    Token* const token = core_->owner.load(std::memory_order_acquire);
    if (token == nullptr) return;
    // seq_cst: a waiter that is noted in the graph later sees it, one that is there is nudged.
    token->mustLeave.store(1, std::memory_order_seq_cst);
    waitGraph().nudge([&](auto const& wait) { return wait.speaker->thread() == token; });
  }

  std::shared_ptr<EndpointCore> const core_;
  std::mutex mutex_;
  std::thread thread_;
  std::atomic<std::thread::id> id_{};
  std::atomic<bool> hasEnded_{false};
  AnswerState<ThreadPlatform> state_;
};

}  // namespace tincan::detail
