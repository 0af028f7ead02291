// tincan/detail/base/resuming.hpp - lets coroutines go on one after another, not one inside another
//
// A coroutine that ends while another one waits for it hands that one to the loop that has resumed
// it, and returns to the loop: however many wait for one another, the stack does not grow. The
// language has symmetric transfer for this, but not every compiler makes it a jump when it does not
// optimise.
//
//   Threads   Each has its own.
#pragma once

#include <coroutine>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/per_thread.hpp>

namespace tincan::inline abi0::detail {

class ResumeLoop;
class TaskPromiseBase;

/// What a thread knows of its coroutines.
struct CoroutineState {
  ResumeLoop* loop = nullptr;       // the innermost one
  unsigned depth = 0;               // coroutines that are being begun, one inside another
  std::uintptr_t top = 0;           // where on the stack the outermost of these was begun
  TaskPromiseBase* dead = nullptr;  // those whose coroutines are to be destroyed
  bool isDestroying = false;
};
inline CoroutineState& coroutineState() noexcept { return PerThread<CoroutineState>::mine(); }

/// Resumes coroutines on this thread until none is handed over.
class ResumeLoop {
 public:
  /// Resumes a coroutine, and then one after another those that are handed over.
  static void run(std::coroutine_handle<> first);

  /// Has `next` go on after `from`, which is suspended and about to return to whoever has resumed it:
  /// in the loop, if that has resumed it; else (it is being begun, or an awaitable of somebody else has
  /// resumed it) here.
  static void handOver(std::coroutine_handle<> from, std::coroutine_handle<> next);

  ResumeLoop(ResumeLoop const&) = delete;
  ResumeLoop& operator=(ResumeLoop const&) = delete;

 private:
  ResumeLoop() noexcept : outer_(std::exchange(coroutineState().loop, this)) {}
  ~ResumeLoop() { coroutineState().loop = outer_; }

  ResumeLoop* const outer_;
  std::coroutine_handle<> next_{};
  void* running_ = nullptr;
};

}  // namespace tincan::inline abi0::detail
