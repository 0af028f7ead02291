// tincan/testing/body_thread.hpp - layer 34 - a stack of its own for a body that blocks
//
// Of the simulation's thread and these threads exactly one runs: whoever resumes one of them waits
// until it pauses or its function has returned. They are used again and again, by whatever
// simulation comes, and end with the program.
//
//   Threads   resume(): the simulation's. pause(): the thread itself, inside its function.
//   Order     Everything before resume() is visible to the function, and the other way round.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include <tincan/detail/doorbell.hpp>
#include <tincan/detail/platform.hpp>

namespace tincan::testing::detail {

class BodyThread {
 public:
  BodyThread() : thread_([this] { main(); }) {}
  BodyThread(BodyThread const&) = delete;
  BodyThread& operator=(BodyThread const&) = delete;
  ~BodyThread() {
    isEnding_ = true;
    go_.ring();
    thread_.join();
  }

  /// What the next resume() begins.
  void give(std::function<void()> function) { function_ = std::move(function); }

  void resume() {
    back_.quiet();
    go_.ring();
    back_.wait(tincan::detail::NoDeadline);
  }

  void pause() {
    go_.quiet();
    back_.ring();
    go_.wait(tincan::detail::NoDeadline);
  }

 private:
  void main() {
    for (;;) {
      go_.wait(tincan::detail::NoDeadline);
      if (isEnding_) return;
      std::exchange(function_, nullptr)();
      go_.quiet();
      back_.ring();
    }
  }

  tincan::detail::Doorbell<tincan::detail::ThreadPlatform> go_, back_;
  std::function<void()> function_;
  bool isEnding_ = false;
  std::thread thread_;  // the last member: it uses the others
};

/// Those that nobody uses.
///
///   Threads   Any.
class BodyThreads {
 public:
  static std::unique_ptr<BodyThread> take() {
    BodyThreads& all = instance();
    std::lock_guard const lock(all.mutex_);
    if (all.idle_.empty()) return std::make_unique<BodyThread>();
    auto thread = std::move(all.idle_.back());
    all.idle_.pop_back();
    return thread;
  }
  static void give(std::unique_ptr<BodyThread> thread) {
    BodyThreads& all = instance();
    std::lock_guard const lock(all.mutex_);
    all.idle_.push_back(std::move(thread));
  }

 private:
  static BodyThreads& instance() {
    static BodyThreads all;
    return all;
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<BodyThread>> idle_;
};

}  // namespace tincan::testing::detail
