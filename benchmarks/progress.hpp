// benchmarks/progress.hpp - keeps a sender at most 1024 messages ahead of its receiver
//
//   Why       Without a bound, unbounded queues would grow within a slice and measure the memory
//             instead of the way. A ring bounds its producer by itself: with its 1024 slots.
//   Threads   A asks for room, B publishes how far it is.
//   Cost      Both every 64 messages; and A looks at B's line only if its last look does not let it
//             go on, just as a ring's producer looks at the consumer's index.
#pragma once

#include <atomic>
#include <cstdint>

#include "limits.hpp"

namespace bench {

class Progress {
 public:
  static constexpr std::uint64_t most = 1024;
  static constexpr std::uint64_t step = 64;

  /// A: whether message `number` may be sent.
  bool hasRoom(std::uint64_t number) {
    if (number % step != 0 || number + step <= seen_ + most) return true;
    // acquire: pairs with the release in publish().
    seen_ = handled_.load(std::memory_order_acquire);
    return number + step <= seen_ + most;
  }

  /// A, before it sends message `number`. tries: how often it looks before it yields; seldom, where
  /// several senders share a core.
  void waitForRoom(std::uint64_t number, int tries = 1 << 16) {
    spinUntil([&] { return hasRoom(number); }, tries);
  }

  /// B, after it has handled `count` messages in all.
  void publish(std::uint64_t count) {
    if (count % step == 0) handled_.store(count, std::memory_order_release);
  }

 private:
  alignas(apart) std::uint64_t seen_ = 0;
  alignas(apart) std::atomic<std::uint64_t> handled_{0};
};

}  // namespace bench
