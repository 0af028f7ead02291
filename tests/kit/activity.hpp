// tests/kit/activity.hpp - lets others see whether the endpoints of a program do anything
#pragma once

#include <atomic>
#include <cstdint>

namespace kit {

/// Counts what is being done, and has been.
///
///   Threads   Any.
class Activity {
 public:
  /// While it lives, something is done of which an outcome may tell.
  class Doing {
   public:
    explicit Doing(Activity& activity) : activity_(activity) {
      ++activity_.busy_;
      ++activity_.happened_;
    }
    Doing(Doing const&) = delete;
    Doing& operator=(Doing const&) = delete;
    ~Doing() {
      ++activity_.happened_;
      --activity_.busy_;
    }

   private:
    Activity& activity_;
  };

  bool isBusy() const { return busy_ != 0; }
  /// A number that changes whenever something begins or ends.
  std::uint64_t happened() const { return happened_; }

 private:
  std::atomic<int> busy_{0};
  std::atomic<std::uint64_t> happened_{0};
};

}  // namespace kit
