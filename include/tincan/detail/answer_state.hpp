// tincan/detail/answer_state.hpp - layer 1 - how an answer passes from the one who gives it to the one who waits
//
//   Threads   The giver: publish, defer. The waiter: ready, spin, sleep, abandon. Any: nudge, while
//             the waiter is known to wait.
//   Order     What the giver wrote before publish() is visible once ready() is true.
//   Progress  publish() never blocks; it enters the kernel only if the waiter sleeps.
//   Lifetime  After publish() the giver touches nothing, unless it is told that the waiter has
//             left: then everything is the giver's.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/platform.hpp>

namespace tincan::detail {

template <class Platform>
class AnswerState {
 public:
  // Bits, since the sides move independently:
  //   Ready      giver: the answer is there. Final.
  //   Abandoned  waiter: nobody waits any more. Final for the waiter.
  //   Asleep     waiter: it sleeps on this word, and publish() must wake it.
  //   Deferred   giver: the answer may come from anywhere, not only from the endpoint asked.
  //   Nudged     any: the waiter must look around before it sleeps.
  enum Bits : std::uint32_t { Ready = 1, Abandoned = 2, Asleep = 4, Deferred = 8, Nudged = 16 };

  /// For the next use; nobody else knows the state.
  void reset() noexcept { bits_.store(0, std::memory_order_relaxed); }

  // ---- giver ----

  /// False if the waiter has left: the answer belongs to the giver, who must destroy it.
  bool publish() noexcept {
    // release: pairs with the acquire in ready(). acquire: pairs with the release in abandon().
    // One exchange tells all: a store and then a look at Asleep would touch freed memory.
    std::uint32_t const before = bits_.exchange(Ready, std::memory_order_acq_rel);
    if ((before & Asleep) != 0) Platform::wake(bits_);
    return (before & Abandoned) == 0;
  }

  void defer() noexcept { bits_.fetch_or(Deferred, std::memory_order_acq_rel); }

  // ---- any ----

  bool abandoned() const noexcept {
    return (bits_.load(std::memory_order_acquire) & Abandoned) != 0;
  }
  bool deferred() const noexcept { return (bits_.load(std::memory_order_acquire) & Deferred) != 0; }
  /// Whoever waits waits for the endpoint that it asked.
  bool pending() const noexcept {
    return (bits_.load(std::memory_order_acquire) & (Ready | Abandoned | Deferred)) == 0;
  }

  /// Makes the waiter look around, asleep or not.
  void nudge() noexcept {
    std::uint32_t const before = bits_.fetch_or(Nudged, std::memory_order_acq_rel);
    if ((before & Asleep) != 0) Platform::wake(bits_);
  }

  // ---- waiter ----

  bool ready() const noexcept { return (bits_.load(std::memory_order_acquire) & Ready) != 0; }

  /// Gives up. False if the answer has come already.
  bool abandon() noexcept {
    std::uint32_t seen = bits_.load(std::memory_order_acquire);
    do {
      if ((seen & Ready) != 0) return false;
    } while (!bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
    return true;
  }

  /// Sleeps until the answer, a nudge, or the deadline; may return early. A nudge that came before
  /// is consumed, so the caller looks around each time.
  void sleep(Nanoseconds deadline) noexcept {
    std::uint32_t seen = bits_.load(std::memory_order_acquire);
    if ((seen & Ready) != 0) return;
    if ((seen & Nudged) != 0) {
      // acquire: pairs with the release in nudge().
      bits_.fetch_and(~std::uint32_t{Nudged}, std::memory_order_acq_rel);
      return;
    }
    // Fails if anything has changed since; the caller comes again.
    if (!bits_.compare_exchange_strong(seen, seen | Asleep, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      return;
    }
    Platform::sleep(bits_, seen | Asleep, deadline);
    bits_.fetch_and(~std::uint32_t{Asleep}, std::memory_order_acq_rel);
  }

 private:
  typename Platform::template atomic<std::uint32_t> bits_{0};
};

}  // namespace tincan::detail
