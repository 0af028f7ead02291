// tincan/detail/queue/clearing.hpp - one of several threads clears a lane, without a lock
//
// Both a closed endpoint and a writer that has pushed too late come to clear a lane. What is in it
// may call anybody when it ends, so no lock is held meanwhile.
//
//   Threads   Any.
//   Order     What was pushed before run() has been cleared once all the run() have returned; each
//             clear() sees what the ones before have done.
//   Progress  run() does not wait for the one who clears, who does its share.
#pragma once

#include <mutex>
#include <utility>

namespace tincan::inline abi0::detail {

class Clearing {
 public:
  /// Calls clear() until nobody has come since it began, unless another thread does so already, which
  /// then calls it once more. All use the same mutex, which guards only the members here.
  template <class Mutex, class Clear>
  void run(Mutex& mutex, Clear&& clear) {
    {
      std::lock_guard const lock(mutex);
      mustClearAgain_ = true;
      if (std::exchange(isBeingCleared_, true)) return;
    }
    for (;;) {
      {
        std::lock_guard const lock(mutex);
        if (!std::exchange(mustClearAgain_, false)) {
          isBeingCleared_ = false;
          return;
        }
      }
      clear();
    }
  }

 private:
  // Guarded by the mutex of run().
  bool isBeingCleared_ = false;
  bool mustClearAgain_ = false;
};

}  // namespace tincan::inline abi0::detail
