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

namespace tincan::inline abi0::detail {

template <class Platform>
class AsymmetricFlag {
 public:
  AsymmetricFlag() noexcept : isHeavy_(Platform::hasHeavyBarrier()), value_(stored(0)) {}
  AsymmetricFlag(AsymmetricFlag const&) = delete;
  AsymmetricFlag& operator=(AsymmetricFlag const&) = delete;

  /// The value that was raised last, read after everything that this thread has written.
  [[gnu::always_inline]] std::uint32_t observe() noexcept {
    std::uint32_t const seen = look();
    return (seen & NeedsWrite) == 0 ? seen : observeByWriting();
  }
  /// True if observe() would return that value.
  [[gnu::always_inline]] bool observes(std::uint32_t value) noexcept {
    std::uint32_t const seen = look();
    if (seen == value) [[likely]]
      return true;
    return (seen & NeedsWrite) != 0 && observeByWriting() == value;
  }

  /// The value that was raised last, in no order with what this thread wrote by weaker means than
  /// seq_cst.
  std::uint32_t peek() const noexcept {
    return value_.load(std::memory_order_seq_cst) & ~NeedsWrite;
  }

  /// Announces a value and makes sure of it: set() and settle() in one.
  void raise(std::uint32_t value) noexcept {
    set(value);
    settle();
  }

  /// Announces a value. Counts only after settle(), which may follow several set().
  void set(std::uint32_t value) noexcept {
    // An exchange, at least acq_rel: pairs with observe(). seq_cst: pairs with peek(), by which an owner
    // looks after having said that it sleeps.
    value_.exchange(stored(value), std::memory_order_seq_cst);
  }
  /// Makes sure of what was set: from here on observe() sees it, or we see what came before observe().
  void settle() noexcept {
    if (isHeavy_) Platform::heavyBarrier();
  }

  /// Changes `from` to `to`; of several threads that have seen `from` one is told true, and acts on it.
  [[nodiscard]] bool change(std::uint32_t from, std::uint32_t to) noexcept {
    from = stored(from);
    // acq_rel: pairs with observe() and set(). acquire, if it fails: pairs with the release in set() and
    // in change().
    return value_.compare_exchange_strong(from, stored(to), std::memory_order_acq_rel,
                                          std::memory_order_acquire);
  }

 private:
  /// Says to observe(), beside the value, that there is no heavy barrier: the load that says so, and the
  /// value if there is one, are the same look.
  static constexpr std::uint32_t NeedsWrite = 1u << 31;

  std::uint32_t stored(std::uint32_t value) const noexcept {
    return isHeavy_ ? value : value | NeedsWrite;
  }

  [[gnu::always_inline]] std::uint32_t look() noexcept {
    Platform::lightBarrier();
    // acquire: pairs with the release in set() and change().
    return value_.load(std::memory_order_acquire);
  }
  [[gnu::always_inline]] std::uint32_t observeByWriting() noexcept {
    // acq_rel, and a write even though nothing changes: the raiser's read-modify-write comes after
    // this one and acquires what we wrote, or before it and then we see its value.
    return value_.fetch_or(0, std::memory_order_acq_rel) & ~NeedsWrite;
  }

  bool const isHeavy_;
  typename Platform::template atomic<std::uint32_t> value_;
};

}  // namespace tincan::inline abi0::detail
