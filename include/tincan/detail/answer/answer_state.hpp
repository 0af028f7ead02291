// tincan/detail/answer/answer_state.hpp - how an answer passes from the one who gives it to the one who waits
//
//   Threads   The giver: publish, defer, offerStop, undelivered. The waiter: ready, sleep, abandon,
//             proceedElsewhere, forgo. Any: nudge, while the waiter is known to wait.
//   Order     What the giver wrote before publish() is visible once ready() is true.
//   Progress  publish() never blocks; it enters the kernel only if the waiter sleeps.
//   Lifetime  After publish() the giver touches nothing, unless it is told that the waiter has
//             left: then everything is the giver's; or that the answer is to be brought somewhere:
//             then it is on its way until it has arrived, or undelivered() and forgo() have met, and
//             the second of these two has everything.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline v0::detail {

template <class Platform>
class AnswerState {
 public:
  // Bits, since the sides move independently:
  //   Ready      giver: the answer is there. Final.
  //   Abandoned  waiter: nobody waits any more. Final for the waiter.
  //   Asleep     waiter: it sleeps on this word, and publish() must wake it.
  //   Deferred   giver: the answer may come from anywhere, not only from the endpoint asked.
  //   Nudged     any: the waiter must look around before it sleeps.
  //   Stoppable  giver: there is something to stop, which the waiter does when it leaves.
  //   Elsewhere  waiter: it does not wait; the giver brings the answer.
  //   Lost       giver: it could not.
  enum Bits : std::uint32_t {
    Ready = 1,
    Abandoned = 2,
    Asleep = 4,
    Deferred = 8,
    Nudged = 16,
    Stoppable = 32,
    Elsewhere = 64,
    Lost = 128
  };

  /// For the next use; nobody else knows the state.
  void reset() noexcept { bits_.store(0, std::memory_order_relaxed); }

  // ---- giver ----

  enum class Published {
    Taken,      // the waiter has it
    Elsewhere,  // the giver must bring it, or call undelivered()
    Abandoned   // the waiter has left: the answer belongs to the giver, who must destroy it
  };
  Published publish() noexcept {
    // release: pairs with the acquire in ready(). acquire: pairs with the release in abandon().
    // One exchange tells all: a store and then a look at Asleep would touch freed memory.
    std::uint32_t const before = bits_.exchange(Ready, std::memory_order_acq_rel);
    if ((before & Asleep) != 0) Platform::wake(bits_);
    if ((before & (Abandoned | Elsewhere)) == 0) [[likely]]
      return Published::Taken;
    return (before & Abandoned) != 0 ? Published::Abandoned : Published::Elsewhere;
  }

  void defer() noexcept { bits_.fetch_or(Deferred, std::memory_order_acq_rel); }

  /// The answer could not be brought. True if the waiter has forgone it: everything is the giver's.
  bool undelivered() noexcept {
    // acq_rel: pairs with forgo(); whoever comes second sees what the other one has done.
    return (bits_.fetch_or(Lost, std::memory_order_acq_rel) & Abandoned) != 0;
  }

  /// From now on abandon() finds something to stop. False if the waiter has left already.
  bool offerStop() noexcept {
    return (bits_.fetch_or(Stoppable, std::memory_order_acq_rel) & Abandoned) == 0;
  }

  // ---- any ----

  bool abandoned() const noexcept {
    return (bits_.load(std::memory_order_acquire) & Abandoned) != 0;
  }
  bool deferred() const noexcept { return (bits_.load(std::memory_order_acquire) & Deferred) != 0; }
  /// Whoever waits waits for the endpoint that it asked.
  bool pending() const noexcept {
    return (bits_.load(std::memory_order_acquire) & (Ready | Abandoned | Deferred)) == 0;
  }

  /// It waits for an answer that may come from elsewhere.
  bool handedOn() const noexcept {
    return (bits_.load(std::memory_order_acquire) & (Ready | Abandoned | Deferred)) == Deferred;
  }

  /// Makes the waiter look around, asleep or not.
  void nudge() noexcept {
    std::uint32_t const before = bits_.fetch_or(Nudged, std::memory_order_acq_rel);
    if ((before & Asleep) != 0) Platform::wake(bits_);
  }

  // ---- waiter ----

  bool ready() const noexcept { return (bits_.load(std::memory_order_acquire) & Ready) != 0; }

  /// Gives up. False if the answer has come already. `stoppable()` is called before, if there is
  /// something to stop: afterwards all belongs to the giver.
  template <class OnStoppable>
  bool abandon(OnStoppable&& stoppable) noexcept {
    std::uint32_t seen = bits_.load(std::memory_order_acquire);
    do {
      if ((seen & Ready) != 0) return false;
      if ((seen & Stoppable) != 0) stoppable();
    } while (!bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
    return true;
  }

  /// For a waiter that does not sleep() here: a nudge that has come is consumed.
  bool takeNudge() noexcept {
    // acquire: pairs with the release in nudge().
    return (bits_.fetch_and(~std::uint32_t{Nudged}, std::memory_order_acq_rel) & Nudged) != 0;
  }

  /// The giver shall bring the answer. False if it has come already.
  bool proceedElsewhere() noexcept {
    return (bits_.fetch_or(Elsewhere, std::memory_order_acq_rel) & Ready) == 0;
  }

  /// Does without an answer that is on its way. True if it could not be brought: everything is the
  /// waiter's.
  bool forgo() noexcept {
    return (bits_.fetch_or(Abandoned, std::memory_order_acq_rel) & Lost) != 0;
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

}  // namespace tincan::inline v0::detail
