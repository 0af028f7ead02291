// tincan/detail/send/joiners.hpp - those who wait for the end of a thread
#pragma once

#include <atomic>
#include <cstdint>

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
  void forgetParents() noexcept;

  std::atomic<bool> hasEnded_{false};
  Mutex mutex_{};  // guards the list
  Joiner* first_ = nullptr;
  std::uint32_t generation_ = 0;  // of the process that those in the list are in
};

/// One of those who wait: on the stack of the waiting thread.
class Joiners::Joiner {
 public:
  explicit Joiner(Joiners& all);
  ~Joiner();
  Joiner(Joiner const&) = delete;
  Joiner& operator=(Joiner const&) = delete;

  /// True if the thread had ended before: `ended` is not published.
  bool isTooLate() const noexcept { return !isListed_; }

  AnswerState<ThreadPlatform> ended{};

 private:
  friend class Joiners;
  Joiners& all_;
  Joiner* next_ = nullptr;
  bool isListed_ = false;
};

}  // namespace tincan::inline abi0::detail
