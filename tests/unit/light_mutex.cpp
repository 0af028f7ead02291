// tests/unit/light_mutex.cpp - a mutex for a few instructions
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/platform.hpp>

#include "catch.hpp"

namespace {

using LockOfThreads = tincan::detail::LightMutex<tincan::detail::ThreadPlatform>;

/// Counts what the mutex asks of the system; nobody sleeps.
struct CountingPlatform {
  template <class T>
  using atomic = std::atomic<T>;
  static void sleep(std::atomic<std::uint32_t>& word, std::uint32_t expected,
                    tincan::detail::Nanoseconds) noexcept {
    CHECK(word == expected);
    ++sleeps;
    whileAsleep();
  }
  static void wake(std::atomic<std::uint32_t>&) noexcept { ++wakes; }

  static inline int sleeps = 0;
  static inline int wakes = 0;
  static inline void (*whileAsleep)() = nullptr;
};
using CountedLock = tincan::detail::LightMutex<CountingPlatform>;
CountedLock* heldLock = nullptr;

}  // namespace

TEST_CASE("light mutex: one thread at a time, which sees what the others have written") {
  constexpr int Each = 20'000;
  LockOfThreads mutex;
  int count = 0;  // no atomic: the mutex guards it
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (int n = 0; n < Each; ++n) {
        std::lock_guard const lock(mutex);
        ++count;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(count == 4 * Each);
}

TEST_CASE("light mutex: without contention the system is not called") {
  CountingPlatform::sleeps = CountingPlatform::wakes = 0;
  CountedLock mutex;
  for (int i = 0; i < 3; ++i) std::lock_guard const lock(mutex);
  CHECK(CountingPlatform::sleeps == 0);
  CHECK(CountingPlatform::wakes == 0);
}

TEST_CASE("light mutex: who waits sleeps, is woken, and wakes the next one") {
  CountingPlatform::sleeps = CountingPlatform::wakes = 0;
  CountedLock mutex;
  heldLock = &mutex;
  CountingPlatform::whileAsleep = [] { heldLock->unlock(); };
  mutex.lock();
  mutex.lock();  // sleeps until the other holder unlocks
  CHECK(CountingPlatform::sleeps == 1);
  CHECK(CountingPlatform::wakes == 1);
  mutex.unlock();
  CHECK(CountingPlatform::wakes == 2);  // a third thread might have slept, too
  mutex.lock();
  mutex.unlock();
  CHECK(CountingPlatform::wakes == 2);
}

TEST_CASE("light mutex: the one that gets it last may end it") {
  for (int i = 0; i < 500; ++i) {
    auto* const mutex = new LockOfThreads;
    std::atomic<bool> isHeld{false};
    std::thread other([&] {
      mutex->lock();
      isHeld = true;
      mutex->unlock();
    });
    while (!isHeld) std::this_thread::yield();
    mutex->lock();
    mutex->unlock();
    delete mutex;
    other.join();
  }
}
