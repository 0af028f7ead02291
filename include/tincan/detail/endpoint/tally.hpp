// tincan/detail/endpoint/tally.hpp - counts that one thread or many raise and any thread reads
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// Counts for one thread; any other thread may read it.
class Tally {
 public:
  [[gnu::always_inline]] void add(std::uint64_t amount = 1) noexcept {
    // relaxed: the only writer's own count. release: pairs with the acquire in get().
    count_.store(count_.load(std::memory_order_relaxed) + amount, std::memory_order_release);
  }
  std::uint64_t get() const noexcept {
    // acquire: pairs with the release in add().
    return count_.load(std::memory_order_acquire);
  }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// Makes `most` at least that large. Any thread.
inline void raise(std::atomic<std::uint64_t>& most, std::uint64_t value) noexcept {
  // relaxed: the exchange below decides.
  std::uint64_t seen = most.load(std::memory_order_relaxed);
  // release: pairs with the acquire of whoever has learnt of what comes next, and looks here.
  while (seen < value && !most.compare_exchange_weak(seen, value, std::memory_order_release,
                                                     std::memory_order_relaxed)) {
  }
}

}  // namespace tincan::inline abi0::detail
