// benchmarks/limits.hpp - what tincan is measured against: the hardware, and what people write
//
//   Threads   Each class joins two threads: A calls or pushes, B serves or pops.
//   Order     Release stores pair with the acquire loads of the same variable on the other side.
#pragma once

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <utility>

namespace bench {

// Two cache lines: x86-64 prefetches them in pairs, so neighbours would disturb each other.
inline constexpr std::size_t apart = 128;

/// Spins without a pause instruction, which takes up to 60 ns and would make a limit easier to
/// reach. Yields after `tries`, for the time when the other thread has lost its core.
template <class Condition>
void spinUntil(Condition condition, int tries = 1 << 16) {
  for (int i = 0; !condition(); ++i) {
    if (i >= tries) sched_yield();
  }
}

/// The fastest question and answer between two cores: one cache line there, another one back.
class PingPong {
 public:
  void call(std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      ping_.store(++called_, std::memory_order_release);
      spinUntil([&] { return pong_.load(std::memory_order_acquire) == called_; });
    }
  }

  void serve(std::uint64_t times) {
    for (std::uint64_t i = 0; i < times; ++i) {
      ++served_;
      spinUntil([&] { return ping_.load(std::memory_order_acquire) == served_; });
      pong_.store(served_, std::memory_order_release);
    }
  }

 private:
  alignas(apart) std::atomic<std::uint64_t> ping_{0};
  alignas(apart) std::atomic<std::uint64_t> pong_{0};
  alignas(apart) std::uint64_t called_ = 0;
  alignas(apart) std::uint64_t served_ = 0;
};

/// A 32-bit word to sleep on, with nothing between the caller and the system call.
class FutexWord {
 public:
  void setAndWake(std::uint32_t value) {
    word_.store(value, std::memory_order_release);
    syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
  }

  /// Sleeps until the word, which is `old` before, is `wanted`.
  void sleepUntil(std::uint32_t old, std::uint32_t wanted) {
    while (word_.load(std::memory_order_acquire) != wanted) {
      syscall(SYS_futex, &word_, FUTEX_WAIT_PRIVATE, old, nullptr, nullptr, 0);
    }
  }

 private:
  static_assert(sizeof(std::atomic<std::uint32_t>) == sizeof(std::uint32_t));
  std::atomic<std::uint32_t> word_{0};
};

/// The fastest question and answer between two threads that sleep while they wait.
class FutexPingPong {
 public:
  void call() {
    ++called_;
    ping_.setAndWake(called_);
    pong_.sleepUntil(called_ - 1, called_);
  }

  void serve() {
    ++served_;
    ping_.sleepUntil(served_ - 1, served_);
    pong_.setAndWake(served_);
  }

 private:
  alignas(apart) FutexWord ping_;
  alignas(apart) FutexWord pong_;
  alignas(apart) std::uint32_t called_ = 0;
  alignas(apart) std::uint32_t served_ = 0;
};

/// A plain bounded queue for one producer and one consumer: 64-byte slots, an index on either side,
/// each with a copy of the other's that is refreshed only when the ring looks full or empty
/// (Lamport 1983, Lee et al. 2009).
template <class T, std::size_t Capacity = 1024>
class SpscRing {
  static_assert((Capacity & (Capacity - 1)) == 0, "the capacity is a power of two");
  static_assert(sizeof(T) <= 64);

 public:
  // relaxed, in both: each side reads its own index, which nobody else writes.
  bool tryPush(T const& value) {
    auto const tail = tail_.load(std::memory_order_relaxed);
    if (tail - headSeen_ == Capacity) {
      headSeen_ = head_.load(std::memory_order_acquire);
      if (tail - headSeen_ == Capacity) return false;
    }
    slots_[tail % Capacity].value = value;
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  bool tryPop(T& value) {
    auto const head = head_.load(std::memory_order_relaxed);
    if (head == tailSeen_) {
      tailSeen_ = tail_.load(std::memory_order_acquire);
      if (head == tailSeen_) return false;
    }
    value = slots_[head % Capacity].value;
    head_.store(head + 1, std::memory_order_release);
    return true;
  }

 private:
  struct alignas(64) Slot {
    T value;
  };

  alignas(apart) std::atomic<std::uint64_t> tail_{0};  // the producer's line
  std::uint64_t headSeen_ = 0;
  alignas(apart) std::atomic<std::uint64_t> head_{0};  // the consumer's line
  std::uint64_t tailSeen_ = 0;
  alignas(apart) std::array<Slot, Capacity> slots_{};
};

/// What programs with threads write when they have no message bus: jobs in a deque, under a mutex.
class HandRolled {
 public:
  void post(std::function<void()> job) {
    {
      std::lock_guard const lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    filled_.notify_one();
  }

  /// Posts f and blocks until the serving thread has run it.
  template <class F>
  auto call(F f) -> decltype(f()) {
    // A std::function is copyable, a promise is not: hence the shared pointer everybody adds here.
    auto const answer = std::make_shared<std::promise<decltype(f())>>();
    auto result = answer->get_future();
    post([answer, f] { answer->set_value(f()); });
    return result.get();
  }

  /// Runs jobs, one at a time and without the lock, until one of them calls quit().
  void serve() {
    for (quit_ = false; !quit_;) {
      std::unique_lock lock(mutex_);
      filled_.wait(lock, [&] { return !jobs_.empty(); });
      auto const job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
    }
  }

  void quit() { quit_ = true; }

 private:
  std::mutex mutex_;
  std::condition_variable filled_;
  std::deque<std::function<void()>> jobs_;
  bool quit_ = false;  // the serving thread's own
};

}  // namespace bench
