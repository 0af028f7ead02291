// benchmarks/allocations.hpp - counts what a benchmark takes from operator new
//
// Include it in one source file of an executable: it replaces the global operators. While nobody
// counts, they cost a load more than usual, on a line that nobody writes.
//
//   Threads   count() and stop() while no other thread allocates what matters; the operators from
//             any thread.
#pragma once

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace bench {

struct Allocations {
  std::int64_t calls = 0;  // of operator new, since count()
  std::int64_t bytes = 0;  // taken minus given back since count(), as malloc rounds them
};

class AllocationCounter {
 public:
  void count() {
    calls_ = 0;
    bytes_ = 0;
    counting_ = true;
  }

  Allocations soFar() const { return {calls_, bytes_}; }

  Allocations stop() {
    counting_ = false;
    return soFar();
  }

  void* take(std::size_t size, std::size_t alignment) {
    auto const rounded = (std::max<std::size_t>(size, 1) + alignment - 1) / alignment * alignment;
    auto* const memory = alignment <= alignof(std::max_align_t)
                             ? std::malloc(rounded)
                             : std::aligned_alloc(alignment, rounded);
    if (memory == nullptr) throw std::bad_alloc();
    // relaxed, here and below: counters, read after those who allocate have been waited for.
    if (counting_.load(std::memory_order_relaxed)) {
      calls_.fetch_add(1, std::memory_order_relaxed);
      bytes_.fetch_add(sizeOf(memory), std::memory_order_relaxed);
    }
    return memory;
  }

  void giveBack(void* memory) {
    if (memory != nullptr && counting_.load(std::memory_order_relaxed)) {
      bytes_.fetch_sub(sizeOf(memory), std::memory_order_relaxed);
    }
    std::free(memory);
  }

 private:
  static std::int64_t sizeOf(void* memory) {
    return static_cast<std::int64_t>(malloc_usable_size(memory));
  }

  alignas(128) std::atomic<bool> counting_{false};
  alignas(128) std::atomic<std::int64_t> calls_{0};
  std::atomic<std::int64_t> bytes_{0};
};

// Constant-initialised and trivially destroyed: operator new is called before and after main() too.
inline constinit AllocationCounter allocations;

}  // namespace bench

// The array and nothrow forms of the standard library end up in these. Weak: they replace the
// library's all the same, and give way to those of a sanitizer, which would not link otherwise.
[[gnu::weak]] void* operator new(std::size_t size) { return bench::allocations.take(size, 1); }
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return bench::allocations.take(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void operator delete(void* memory) noexcept { bench::allocations.giveBack(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept {
  bench::allocations.giveBack(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::align_val_t) noexcept {
  bench::allocations.giveBack(memory);
}
[[gnu::weak]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  bench::allocations.giveBack(memory);
}
