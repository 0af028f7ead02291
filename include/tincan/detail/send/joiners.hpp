// tincan/detail/send/joiners.hpp - those who wait for the end of a thread
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// Tells everybody who waits for a thread that it has ended.
///
///   Threads   Any.
///   Lifetime  Must outlive each of its Joiners, but for those of the parent in a forked child: these lie on
///             stacks of threads that only the parent has, and may have been written over.
class Joiners {
 public:
  class Joiner;

  bool haveEnd() const noexcept {
    // acquire: pairs with the release in tellAll().
    return hasEnded_.load(std::memory_order_acquire);
  }

  /// Says that the thread has ended.
  void tellAll() noexcept;

 private:
  /// Forgets, in a forked child and under the lock, those who wait in the parent.
  void forgetParents() noexcept {
    std::uint32_t const now = process().forks.generation();
    if (std::exchange(generation_, now) != now) first_ = nullptr;
  }

  std::atomic<bool> hasEnded_{false};
  Mutex mutex_;  // guards the list
  Joiner* first_ = nullptr;
  std::uint32_t generation_ = 0;  // of the process that those in the list are in
};

/// One of those who wait: on the stack of the waiting thread.
class Joiners::Joiner {
 public:
  explicit Joiner(Joiners& all) : all_(all) {
    std::lock_guard const lock(all_.mutex_);
    if (all_.haveEnd()) return;
    all_.forgetParents();
    next_ = std::exchange(all_.first_, this);
    isListed_ = true;
  }
  ~Joiner() {
    std::lock_guard const lock(all_.mutex_);
    for (Joiner** place = &all_.first_; *place != nullptr; place = &(*place)->next_) {
      if (*place != this) continue;
      *place = next_;
      return;
    }
  }
  Joiner(Joiner const&) = delete;
  Joiner& operator=(Joiner const&) = delete;

  /// True if the thread had ended before: `ended` is not published.
  bool isTooLate() const noexcept { return !isListed_; }

  AnswerState<ThreadPlatform> ended;

 private:
  friend class Joiners;
  Joiners& all_;
  Joiner* next_ = nullptr;
  bool isListed_ = false;
};

inline void Joiners::tellAll() noexcept {
  std::lock_guard const lock(mutex_);
  forgetParents();
  // release: pairs with the acquire in haveEnd(); whoever sees it sees what the thread has done.
  hasEnded_.store(true, std::memory_order_release);
  for (Joiner* joiner = std::exchange(first_, nullptr); joiner != nullptr;) {
    Joiner* const next = joiner->next_;  // it may go as soon as it is told
    joiner->ended.signal();
    joiner = next;
  }
}

}  // namespace tincan::inline abi0::detail
