// tincan/detail/endpoint/notices.hpp - what an endpoint's thread has to see to beside its messages
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// One bit for each thing that waits beside the inbox until the endpoint's loop comes round.
///
///   Threads   add(), addForSleeper(): any. take(): the endpoint's, or under the lock of what waits.
///   Order     What was done before add() is visible once has() is true.
class Notices {
 public:
  enum Notice : std::uint32_t {
    Kept = 1,          // tasks or answers, in KeptWork
    Leaving = 2,       // registrations that another thread has removed, in KeptWork
    EndingScopes = 4,  // scopes whose senders are closed, in SenderScopes
    Forked = 8,   // this is a child, and has not looked whose answers are lost; comes with Kept
    Closed = 16,  // the endpoint is closed; for good
    AbandonedLanes = 32,  // lanes whose writers have gone
    Hooked = 64,          // a wake hook is set, which each poll arms again
    Timers = 128          // it has timers; or has had some since its last poll
  };

  void add(std::uint32_t notices) noexcept {
    // release: pairs with the acquire in has().
    word_.fetch_or(notices, std::memory_order_release);
  }
  /// Takes them back, before a look at what they were added for.
  void remove(std::uint32_t notices) noexcept {
    // acquire: pairs with the release in add().
    word_.fetch_and(~notices, std::memory_order_acquire);
  }
  /// Adds notices that must not be slept over: with Inbox::interrupt() after it, a thread that
  /// falls asleep sees them.
  void addForSleeper(std::uint32_t notices) noexcept {
    // seq_cst: pairs with hasForSleeper().
    word_.fetch_or(notices, std::memory_order_seq_cst);
  }

  /// True if there seems to be no notice.
  bool seemEmpty() const noexcept {
    // relaxed: a guess; whatever is missed now is found by the next has().
    return word_.load(std::memory_order_relaxed) == 0;
  }
  bool has(std::uint32_t notices) const noexcept {
    // acquire: pairs with the release in add().
    return (word_.load(std::memory_order_acquire) & notices) != 0;
  }
  /// True if one of them is there, at the last look before sleeping.
  bool hasForSleeper(std::uint32_t notices) const noexcept {
    // seq_cst: pairs with addForSleeper(), see Inbox::interrupt().
    return (word_.load(std::memory_order_seq_cst) & notices) != 0;
  }
  /// Takes them back; true if one of them was there.
  bool take(std::uint32_t notices) noexcept {
    // relaxed: the lock of what waits orders the two.
    return (word_.fetch_and(~notices, std::memory_order_relaxed) & notices) != 0;
  }

 private:
  std::atomic<std::uint32_t> word_{0};
};

}  // namespace tincan::inline abi0::detail
