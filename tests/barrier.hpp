// tests/barrier.hpp - where threads wait for each other
#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>

namespace test {

/// As std::barrier, which hangs now and then with mingw's libstdc++ 12: its threads miss what they are told.
class Barrier {
 public:
  explicit Barrier(std::size_t threads) : threads_(threads), missing_(threads) {}

  void arrive_and_wait() {
    std::unique_lock lock(mutex_);
    if (--missing_ == 0) {
      missing_ = threads_;
      ++phase_;
      isNext_.notify_all();
      return;
    }
    isNext_.wait(lock, [this, before = phase_] { return phase_ != before; });
  }

 private:
  std::size_t const threads_;
  std::size_t missing_;
  std::size_t phase_ = 0;
  std::mutex mutex_;
  std::condition_variable isNext_;
};

}  // namespace test
