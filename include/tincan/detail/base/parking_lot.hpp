// tincan/detail/base/parking_lot.hpp - where threads sleep on a word if the system has no futex
//
//   Threads   Any.
//   Lifetime  Never ends: a thread may sleep or wake another one after the destructors of everything that is static.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>

#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// There are 16; the address of a word says which one is its.
class ParkingLot {
 public:
  static ParkingLot& of(void const* word) noexcept {
    alignas(ParkingLot) static std::byte memory[sizeof(ParkingLot) * Lots];
    static ParkingLot* const lots = [] {
      for (std::size_t i = 0; i < Lots; ++i) new (memory + i * sizeof(ParkingLot)) ParkingLot;
      return std::launder(reinterpret_cast<ParkingLot*>(memory));
    }();
    return lots[(reinterpret_cast<std::uintptr_t>(word) / CacheLine) % Lots];
  }

  /// Sleeps while the word is that, until wakeAll() or the deadline; may return early.
  void sleep(std::atomic<std::uint32_t> const& word, std::uint32_t expected, Nanoseconds deadline) {
    std::unique_lock lock(mutex_);
    // acquire: pairs with the release of whoever changes the word; wakeAll() then locks the mutex, too.
    if (word.load(std::memory_order_acquire) != expected) return;
    if (deadline == NoDeadline) {
      changed_.wait(lock);
    } else {
      changed_.wait_until(
          lock, std::chrono::steady_clock::time_point(std::chrono::nanoseconds(deadline)));
    }
  }

  void wakeAll() {
    { std::lock_guard const lock(mutex_); }
    changed_.notify_all();
  }

 private:
  static constexpr std::size_t Lots = 16;

  std::mutex mutex_;  // keeps wakeAll() out between the look at a word and the wait
  std::condition_variable changed_;
};

}  // namespace tincan::inline abi0::detail
