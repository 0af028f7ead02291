// tincan/detail/queue/asymmetric_flag.hpp - a flag that is cheap to check after a write of one's own
//
// The problem: a sender writes a message and then looks whether the receiver is gone; the receiver
// leaves and then looks whether there is a message. Each must not miss the other, so each needs a
// full barrier between its write and its look. Senders are frequent, leaving is not: where the
// system has a barrier that acts on all threads, the receiver pays for both.
//
//   Threads   observe() from the frequent side; raise(), set(), settle() from the rare side.
//   Order     Either observe() sees what was raised, or whatever its thread wrote before observe() is
//             visible to the raiser after raise() or settle().
//   Progress  observe() costs a load, or a read-modify-write where there is no heavy barrier.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline v0::detail {

template <class Platform>
class AsymmetricFlag {
 public:
  AsymmetricFlag() noexcept : heavy_(Platform::hasHeavyBarrier()) {}
  AsymmetricFlag(AsymmetricFlag const&) = delete;
  AsymmetricFlag& operator=(AsymmetricFlag const&) = delete;

  /// The value that was raised last, read after everything that this thread has written.
  [[gnu::always_inline]] std::uint32_t observe() noexcept {
    if (heavy_) {
      Platform::lightBarrier();
      // acquire: pairs with the release in set() and change().
      return value_.load(std::memory_order_acquire);
    }
    // acq_rel, and a write even though nothing changes: the raiser's read-modify-write comes after
    // this one and acquires what we wrote, or before it and then we see its value.
    return value_.fetch_or(0, std::memory_order_acq_rel);
  }

  /// The value that was raised last, in no order with what this thread wrote by weaker means than
  /// seq_cst.
  std::uint32_t peek() const noexcept { return value_.load(std::memory_order_seq_cst); }

  /// Announces a value and makes sure of it: set() and settle() in one.
  void raise(std::uint32_t value) noexcept {
    set(value);
    settle();
  }

  /// Announces a value. Counts only after settle(), which may follow several set().
  void set(std::uint32_t value) noexcept {
    // An exchange, at least acq_rel: pairs with observe(). seq_cst: pairs with peek(), by which an owner
    // looks after having said that it sleeps.
    value_.exchange(value, std::memory_order_seq_cst);
  }
  /// Makes sure of what was set: from here on observe() sees it, or we see what came before observe().
  void settle() noexcept {
    if (heavy_) Platform::heavyBarrier();
  }

  /// Changes `from` to `to`; of several threads that have seen `from` one is told true, and acts on it.
  [[nodiscard]] bool change(std::uint32_t from, std::uint32_t to) noexcept {
    // acq_rel: pairs with observe() and set(). acquire, if it fails: pairs with the release in set() and
    // in change().
    return value_.compare_exchange_strong(from, to, std::memory_order_acq_rel,
                                          std::memory_order_acquire);
  }

 private:
  typename Platform::template atomic<std::uint32_t> value_{0};
  bool const heavy_;
};

}  // namespace tincan::inline v0::detail
