// tincan/detail/endpoint/departure.hpp - who lets go an endpoint that another thread has ended
//
// What a thread uses of its endpoint only that thread lets go. If another one ends the endpoint, the
// thread does so later: at its end, at the latest. If the thread has ended by then, the other one
// does. Each says what it does and then looks at what the other one says: at least one of them sees
// the other, and the first of them leaves.
#pragma once

#include <atomic>

#include <tincan/detail/answer/thread_token.hpp>

namespace tincan::inline abi0::detail {

/// Decides who lets one endpoint go.
///
///   Threads   announce() and mustLeaveFor(): the one that ends the endpoint. threadEnds(),
///             mustLeave() and letsGo(): the endpoint's. leave(): whoever has been told to.
///   Order     What the endpoint's thread did before threadEnds(), or before leave(), is visible to the
///             other one when mustLeaveFor() or leave() says that it comes second.
template <class Platform>
class Departure {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;

  // ---- the thread that ends the endpoint ----

  /// Says that another thread than the endpoint's has ended it.
  void announce() noexcept {
    // seq_cst: pairs with threadEnds(): either mustLeaveFor() sees that end, or mustLeave() this.
    isAnnounced_.store(true, std::memory_order_seq_cst);
  }
  /// True, after announce(), if the caller must leave(). False: the endpoint's thread does.
  [[nodiscard]] static bool mustLeaveFor(ThreadToken& thread) noexcept {
    // release: pairs with the acquire in letsGo().
    // Wrong: a store. The thread that then sees ours would not see what another one has announced.
    thread.hasDisowned.exchange(1, std::memory_order_release);
    return thread.life.load(std::memory_order_seq_cst) != ThreadToken::Alive;
  }

  // ---- the endpoint's thread ----

  /// True if it is worth to ask letsGo().
  static bool hasSome(ThreadToken const& own) noexcept {
    // relaxed: only a hint; the exchange in letsGo() acquires.
    return own.hasDisowned.load(std::memory_order_relaxed) != 0;
  }
  /// True if another thread has ended an endpoint of this one, which then looks at all of them.
  /// Asked now and then.
  [[nodiscard]] static bool letsGo(ThreadToken& own) noexcept {
    if (!hasSome(own)) [[likely]]
      return false;
    // acquire: pairs with the release in mustLeaveFor().
    own.hasDisowned.exchange(0, std::memory_order_acquire);
    return true;
  }
  /// Says that the thread ends, which then looks at all its endpoints once more, by mustLeave().
  static void threadEnds(ThreadToken& own) noexcept {
    // seq_cst: pairs with announce(), see there.
    own.life.store(ThreadToken::Ended, std::memory_order_seq_cst);
  }
  /// True, after threadEnds(), if this thread must leave().
  [[nodiscard]] bool mustLeave() const noexcept {
    return isAnnounced_.load(std::memory_order_seq_cst);
  }

  // ---- any ----

  bool isAnnounced() const noexcept {
    // acquire: pairs with the store in announce().
    return isAnnounced_.load(std::memory_order_acquire);
  }
  /// True for the first one, who lets the endpoint go.
  [[nodiscard]] bool leave() noexcept {
    // acq_rel: pairs with itself; whoever comes second sees what the first one did before.
    return !wasLeft_.exchange(true, std::memory_order_acq_rel);
  }
  bool wasLeft() const noexcept {
    // acquire: pairs with the release in leave().
    return wasLeft_.load(std::memory_order_acquire);
  }

 private:
  typename Platform::template atomic<bool> isAnnounced_{false};
  typename Platform::template atomic<bool> wasLeft_{false};
};

}  // namespace tincan::inline abi0::detail
