// tests/unit/cpu_clock.hpp - whether a thread that sleeps uses the CPU
#pragma once

#include <pthread.h>
#include <time.h>

#include <thread>

#include "../asleep.hpp"

namespace test {

/// The CPU time of one thread.
class CpuClock {
 public:
  /// The calling thread's from now on.
  void takeThread() {
    pthread_getcpuclockid(pthread_self(), &clock_);
    thread_ = ownThread();
  }

  /// Waits until the thread sleeps. True if its clock stands while others may run so many times.
  bool standsAsleep(int yields) const {
    auto before = used();
    for (;;) {  // until it sleeps, and its clock stands
      before = used();
      if (isAsleep(thread_) && used() == before) break;
      std::this_thread::yield();
    }
    for (int i = 0; i < yields; ++i) std::this_thread::yield();
    return used() == before;
  }

 private:
  long used() const {
    timespec time{};
    clock_gettime(clock_, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
  }

  clockid_t clock_{};
  long thread_ = 0;
};

}  // namespace test
