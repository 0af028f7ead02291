// tincan/detail/message/latest_ticket.hpp - who has a message that may be superseded: its sender or its receiver
//
// The sender may end a message that waits, because it sends a later one instead; the receiver takes it at any time.
// The first one of them has the message. If the later one is to go to another place of the lane, the second one of
// them has the ticket, which ends or is used again. If nothing was sent after the message, the sender puts the later
// one into the same cell, with a larger word: it keeps the receiver out for that, and changes the number of the
// version. So a receiver that has looked at the word, and then claims the version that it saw before, has the message
// of that word.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// The outcome of an attempt to take a message that has a ticket.
enum class Claim {
  Taken,       // it is the receiver's, the ticket the sender's
  Superseded,  // there is none any more, and the ticket is the receiver's
  Changing,    // another one is being put in its place
  Changed      // another one was: look again
};

/// The state of one ticket.
///
///   Threads   look(), claim(): the receiver. The others: the sender.
///   Order     Whoever comes second sees what the other one did before. What the sender did before endUpdate() is
///             visible to the one who claims what look() has returned since.
///   Progress  Wait-free.
template <class Platform>
class LatestState {
 public:
  // ---- the sender ----

  /// Prepares it for a message that is not published yet; nobody else has the ticket.
  void reset() noexcept {
    // relaxed: it goes to the receiver with the message, by whose publication.
    state_.store(Waiting, std::memory_order_relaxed);
  }
  /// True if the message waited: it is the sender's again, and the ticket is the receiver's. False: the receiver
  /// has taken it, and the ticket is the sender's.
  [[nodiscard]] bool supersede() noexcept {
    // acq_rel: pairs with claim().
    return isWaiting(state_.exchange(Superseded, std::memory_order_acq_rel));
  }
  /// True if the message waited: it is the sender's again, and the receiver does not touch its cell until endUpdate().
  /// False: the receiver has taken it.
  [[nodiscard]] bool beginUpdate() noexcept {
    // relaxed: the exchange below decides.
    std::uint64_t seen = state_.load(std::memory_order_relaxed);
    // acquire: pairs with the release in claim(), if that was first.
    return isWaiting(seen) &&
           state_.compare_exchange_strong(seen, seen | Changing, std::memory_order_acquire,
                                          std::memory_order_acquire);
  }
  void endUpdate() noexcept {
    // relaxed: only the sender changes it meanwhile.
    std::uint64_t const seen = state_.load(std::memory_order_relaxed);
    // release: pairs with the acquire in look() and claim().
    state_.store((seen & ~std::uint64_t{StateBits}) + Version, std::memory_order_release);
  }

  // ---- the receiver ----

  /// What is to be claimed, after a look at the word of the cell.
  std::uint64_t look() const noexcept {
    // acquire: pairs with the releases of the sender.
    return state_.load(std::memory_order_acquire);
  }
  [[nodiscard]] Claim claim(std::uint64_t seen) noexcept {
    if ((seen & StateBits) == Superseded) return Claim::Superseded;
    if ((seen & StateBits) == Changing) return Claim::Changing;
    // acq_rel: pairs with the operations of the sender. acquire, if it fails: with endUpdate().
    bool const isFirst = state_.compare_exchange_strong(seen, Taken, std::memory_order_acq_rel,
                                                        std::memory_order_acquire);
    return isFirst ? Claim::Taken : Claim::Changed;
  }

  // ---- any ----

  /// True if the message seems to wait.
  bool waits() const noexcept {
    // relaxed: only a hint; the others decide.
    return isWaiting(state_.load(std::memory_order_relaxed));
  }

 private:
  // The two low bits; above them the number of the version.
  //   Waiting -> Superseded          the sender. It ends the message, and the ticket is the receiver's.
  //   Waiting -> Changing -> Waiting  the sender, which puts another message there; with another number
  //   Waiting -> Taken               the receiver. The ticket is the sender's.
  //   Taken -> Superseded            the sender, which learns that it comes second
  enum State : std::uint64_t { Waiting, Changing, Taken, Superseded };
  static constexpr std::uint64_t StateBits = 3, Version = 4;

  static bool isWaiting(std::uint64_t state) noexcept { return (state & StateBits) == Waiting; }

  typename Platform::template atomic<std::uint64_t> state_{Waiting};
};

struct ArgumentsOps;
struct MessageCell;
struct NameRecord;

/// The ticket of one message, on the heap.
struct LatestTicket : LatestState<ThreadPlatform> {
  // The sender's.
  NameRecord const* channel = nullptr;
  ArgumentsOps const* ops = nullptr;
  void* arguments = nullptr;
  MessageCell* cell = nullptr;  // only compared, unless the message waits
};

}  // namespace tincan::inline abi0::detail
