// tests/latch.hpp - where threads wait until something has happened
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace test {

/// As std::latch, which hangs now and then with mingw's libstdc++ 12: its threads miss what they are told.
class Latch {
 public:
  explicit Latch(std::ptrdiff_t missing) : missing_(missing) {}

  void count_down() {
    std::lock_guard const lock(mutex_);
    if (--missing_ == 0) isOver_.notify_all();
  }
  bool try_wait() {
    std::lock_guard const lock(mutex_);
    return missing_ == 0;
  }
  void wait() {
    std::unique_lock lock(mutex_);
    isOver_.wait(lock, [this] { return missing_ == 0; });
  }
  void arrive_and_wait() {
    count_down();
    wait();
  }

 private:
  std::mutex mutex_;
  std::condition_variable isOver_;
  std::ptrdiff_t missing_;
};

}  // namespace test
