// tincan/detail/answer/sleeping_waits.hpp - the waits whose threads sleep
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <tincan/detail/answer/wait.hpp>

namespace tincan::inline abi0::detail {

/// A list of the waits that sleep or are about to.
///
///   Threads   Under the lock of the WaitGraph, but for isEmpty(): any.
///   Progress  Nothing allocates: the waits are the links.
template <class Platform>
class SleepingWaits {
 public:
  using Edge = Wait<Platform>;

  bool isEmpty() const noexcept {
    // seq_cst: see Suspension::publish().
    return count_.load(std::memory_order_seq_cst) == 0;
  }

  void add(Edge const& wait) noexcept {
    // relaxed: written under the lock. seq_cst: see Suspension::publish().
    count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    wait.isAsleep = true;
    wait.asleepBefore = nullptr;
    wait.asleepAfter = first_;
    if (first_ != nullptr) first_->asleepBefore = &wait;
    first_ = &wait;
  }

  void remove(Edge const& wait) noexcept {
    if (!wait.isAsleep) return;
    wait.isAsleep = false;
    // relaxed: written under the lock. Who sees the count too late only looks in vain.
    count_.store(count_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    (wait.asleepBefore == nullptr ? first_ : wait.asleepBefore->asleepAfter) = wait.asleepAfter;
    if (wait.asleepAfter != nullptr) wait.asleepAfter->asleepBefore = wait.asleepBefore;
  }

  template <class Chosen>
  bool hasAny(Chosen&& chosen) const noexcept {
    Edge const* wait = first_;
    while (wait != nullptr && !chosen(*wait)) wait = wait->asleepAfter;
    return wait != nullptr;
  }

  /// The thread, if it sleeps at the end of something; else null, and it may have ended before.
  ThreadTokenOf<Platform>* atEnd(ThreadTokenOf<Platform> const* thread) const noexcept {
    Edge const* wait = thread == nullptr ? nullptr : first_;
    while (wait != nullptr && (wait->thread != thread || !wait->isAtEnd())) {
      wait = wait->asleepAfter;
    }
    return wait == nullptr ? nullptr : wait->thread;
  }

  /// Makes those that are chosen look around.
  template <class Chosen>
  void nudge(Chosen&& chosen) const {
    for (Edge const* wait = first_; wait != nullptr; wait = wait->asleepAfter) {
      if (chosen(*wait)) wait->state->nudge();
    }
  }

  /// Forgets, in a forked child, the waits of threads that only the parent has. Their stacks are as
  /// they were, but only until the child starts threads, which may be given them.
  void forgetParent() noexcept {
    // relaxed: nobody else is there.
    count_.store(0, std::memory_order_relaxed);
    for (Edge const* wait = std::exchange(first_, nullptr); wait != nullptr;) {
      Edge const* const next = wait->asleepAfter;
      wait->isAsleep = false;
      // relaxed: nobody else is there.
      if (wait->thread->life.load(std::memory_order_relaxed) != ThreadTokenOf<Platform>::InParent) {
        add(*wait);
      }
      wait = next;
    }
  }

 private:
  Edge const* first_ = nullptr;
  typename Platform::template atomic<std::uint32_t> count_{0};
};

}  // namespace tincan::inline abi0::detail
