// tincan/detail/thread/thread_end.hpp - who is told that a thread has ended
#pragma once

#include <memory>
#include <utility>

namespace tincan::inline abi0::detail {

/// Somebody who is told when a thread has ended, but for a few instructions: it runs no code of the
/// user's any more. Held by shared_ptr.
class ThreadEnd {
 public:
  ThreadEnd() = default;
  ThreadEnd(ThreadEnd const&) = delete;
  ThreadEnd& operator=(ThreadEnd const&) = delete;
  virtual void threadHasEnded() noexcept = 0;

 protected:
  virtual ~ThreadEnd() = default;

 private:
  friend class ThreadEnds;
  std::shared_ptr<ThreadEnd> nextAtEnd_{};
};

/// Those who are told of the end of one thread, the last one first.
///
///   Threads   The one that ends.
///   Progress  Nothing allocates.
class ThreadEnds {
 public:
  void add(std::shared_ptr<ThreadEnd> one) noexcept {
    one->nextAtEnd_ = std::exchange(first_, one);
  }
  void tellAll() noexcept;

 private:
  std::shared_ptr<ThreadEnd> first_{};
};

}  // namespace tincan::inline abi0::detail
