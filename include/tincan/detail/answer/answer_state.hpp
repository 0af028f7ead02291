// tincan/detail/answer/answer_state.hpp - how an answer passes from the responder to the one who waits
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// One wait for one answer: the word that both sides look at.
///
///   Threads   The responder: publish, signal, defer, offerStop, undelivered. The requester: ready, sleep,
///             abandon, proceedElsewhere, forgo. Any: nudge, while the requester is known to wait.
///   Order     What the responder wrote before publish() is visible once ready() is true.
///   Progress  publish() never blocks; it enters the kernel only if the requester sleeps.
///   Lifetime  After publish() the responder must not touch the slot unless told Abandoned (then it owns
///             it) or Elsewhere (then it must deliver it: the answer is on its way until it has arrived,
///             or undelivered() and forgo() have met, and the second of these two owns everything).
template <class Platform>
class AnswerState {
 public:
  // Bits, since the sides move independently. Set by:
  //   Ready      the responder: the answer is there. Final; publish() clears what was set before.
  //   Abandoned  the requester: nobody waits any more. Final for the requester.
  //   Asleep     the requester: it sleeps on this word, and publish() must wake it.
  //   Deferred   the responder: the answer may come from anywhere, not only from the endpoint asked.
  //   Nudged     any: the requester must look around before it sleeps.
  //   Stoppable  the responder: there is something to stop, which the requester does when it leaves.
  //   Elsewhere  the requester: it does not wait; the responder brings the answer.
  //   Lost       the responder: it could not.
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

  /// Prepares it for the next use; nobody else knows the state.
  void reset() noexcept {
    // relaxed: it goes to others with the request, by whose publication.
    bits_.store(0, std::memory_order_relaxed);
  }

  // ---- the responder ----

  enum class Published {
    Taken,      // the requester has it
    Elsewhere,  // the responder must bring it, or call undelivered()
    Abandoned   // the requester has left: the answer belongs to the responder, who must destroy it
  };
  /// Hands over what was written before.
  [[nodiscard]] Published publish() noexcept {
    // release: pairs with the acquire in ready(). acquire: pairs with the release in abandon().
    // One exchange tells all: a store and then a look at Asleep would touch freed memory.
    std::uint32_t const before = bits_.exchange(Ready, std::memory_order_acq_rel);
    if ((before & (Asleep | Abandoned | Elsewhere)) == 0) [[likely]]
      return Published::Taken;
    return publishedAfter(before);
  }

  /// Ends a wait that nobody abandons, and that is for no answer.
  void signal() noexcept { static_cast<void>(publish()); }

  /// The answer may come from anywhere from now on.
  void defer() noexcept {
    // seq_cst: see Suspension::publish(). Who sees it sees what was written before.
    bits_.fetch_or(Deferred, std::memory_order_seq_cst);
  }

  /// The answer could not be brought. True if the requester has forgone it: everything is the
  /// responder's.
  [[nodiscard]] bool undelivered() noexcept {
    // acq_rel: pairs with forgo(); whoever comes second sees what the other one has done.
    return (bits_.fetch_or(Lost, std::memory_order_acq_rel) & Abandoned) != 0;
  }

  /// Lets abandon() find something to stop. False if the requester has left already: then the
  /// caller must stop it.
  [[nodiscard]] bool offerStop() noexcept {
    // acq_rel: pairs with abandon(); whoever comes second sees what the other one has written.
    return (bits_.fetch_or(Stoppable, std::memory_order_acq_rel) & Abandoned) == 0;
  }

  // ---- any ----

  bool abandoned() const noexcept {
    // acquire: pairs with the release in abandon(), and the reason is visible.
    return (bits_.load(std::memory_order_acquire) & Abandoned) != 0;
  }
  bool deferred() const noexcept {
    // acquire: pairs with the release in defer().
    return (bits_.load(std::memory_order_acquire) & Deferred) != 0;
  }
  /// True if the requester waits for the endpoint that it asked.
  bool pending() const noexcept {
    // seq_cst: see Suspension::publish(). Pairs with publish(), abandon() and defer().
    return (bits_.load(std::memory_order_seq_cst) & (Ready | Abandoned | Deferred)) == 0;
  }

  /// True if the requester waits for an answer that may come from elsewhere.
  bool handedOn() const noexcept {
    // seq_cst: see Suspension::publish(). Pairs with publish(), abandon() and defer().
    return (bits_.load(std::memory_order_seq_cst) & (Ready | Abandoned | Deferred)) == Deferred;
  }

  /// Makes the requester look around, asleep or not.
  void nudge() noexcept {
    // release: pairs with the acquire of the one who consumes it, in takeNudge() or sleep().
    std::uint32_t const before = bits_.fetch_or(Nudged, std::memory_order_acq_rel);
    if ((before & Asleep) != 0) Platform::wake(bits_);
  }

  // ---- the requester ----

  bool ready() const noexcept {
    // acquire: pairs with the release in publish().
    return (bits_.load(std::memory_order_acquire) & Ready) != 0;
  }

  /// Gives up. False if the answer has come already. `stoppable()` is called before, if there is
  /// something to stop: afterwards all belongs to the responder.
  template <class OnStoppable>
  [[nodiscard]] bool abandon(OnStoppable&& stoppable) noexcept {
    // acquire, here and below: pairs with the releases in publish() and offerStop(). release: pairs with
    // the acquire in publish(), to whose caller everything belongs then.
    std::uint32_t seen = bits_.load(std::memory_order_acquire);
    do {
      if ((seen & Ready) != 0) return false;
      if ((seen & Stoppable) != 0) stoppable();
    } while (!bits_.compare_exchange_weak(seen, seen | Abandoned, std::memory_order_acq_rel,
                                          std::memory_order_acquire));
    return true;
  }

  /// Consumes a nudge, if one has come; for one who does not sleep() here.
  [[nodiscard]] bool takeNudge() noexcept {
    // acquire: pairs with the release in nudge().
    return (bits_.fetch_and(~std::uint32_t{Nudged}, std::memory_order_acq_rel) & Nudged) != 0;
  }

  /// Lets the responder bring the answer. False if it has come already.
  [[nodiscard]] bool proceedElsewhere() noexcept {
    // release: pairs with the acquire in publish(), whose caller must see where. acquire: with its release.
    return (bits_.fetch_or(Elsewhere, std::memory_order_acq_rel) & Ready) == 0;
  }

  /// Gives up an answer that is on its way. True if it could not be brought: everything is the
  /// requester's.
  [[nodiscard]] bool forgo() noexcept {
    // acq_rel: pairs with undelivered(); whoever comes second sees what the other one has done.
    return (bits_.fetch_or(Abandoned, std::memory_order_acq_rel) & Lost) != 0;
  }

  /// Sleeps until the answer, a nudge, or the deadline; may return early. A nudge that came before
  /// is consumed, so the caller looks around each time.
  void sleep(Nanoseconds deadline) noexcept {
    // acquire: pairs with the release in publish().
    std::uint32_t seen = bits_.load(std::memory_order_acquire);
    if ((seen & Ready) != 0) return;
    if ((seen & Nudged) != 0) {
      // acquire: pairs with the release in nudge().
      bits_.fetch_and(~std::uint32_t{Nudged}, std::memory_order_acq_rel);
      return;
    }
    // Fails if anything has changed since; the caller comes again. Falling asleep and waking
    // publish nothing. acquire: pairs with the releases in publish() and nudge(), as above.
    if (!bits_.compare_exchange_strong(seen, seen | Asleep, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      return;
    }
    Platform::sleep(bits_, seen | Asleep, deadline);
    bits_.fetch_and(~std::uint32_t{Asleep}, std::memory_order_acq_rel);
  }

 private:
  /// Learns what the exchange in publish() has replaced. The state may be gone.
  [[gnu::noinline]] Published publishedAfter(std::uint32_t before) noexcept {
    if ((before & Asleep) != 0) Platform::wake(bits_);
    if ((before & Abandoned) != 0) return Published::Abandoned;
    return (before & Elsewhere) != 0 ? Published::Elsewhere : Published::Taken;
  }

  typename Platform::template atomic<std::uint32_t> bits_{0};
};

}  // namespace tincan::inline abi0::detail
