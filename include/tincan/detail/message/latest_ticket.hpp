// tincan/detail/message/latest_ticket.hpp - who has a message that may be superseded: its sender or its receiver
//
// The sender may end a message that waits, because it sends a later one instead; the receiver takes it at any time.
// Each says so in one exchange. The first one has the message; the second one has the ticket, which ends or is
// used again.
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// The state of one ticket.
///
///   Threads   reset(), supersede(), waits(): the sender. take(): the receiver.
///   Order     Whoever comes second sees what the other one did before.
///   Progress  Wait-free.
template <class Platform>
class LatestState {
 public:
  /// Prepares it for a message that is not published yet; nobody else has the ticket.
  void reset() noexcept {
    // relaxed: it goes to the receiver with the message, by whose publication.
    state_.store(Waiting, std::memory_order_relaxed);
  }
  /// True if the message waited: it is the sender's again, and the ticket is the receiver's. False: the receiver
  /// has taken it, and the ticket is the sender's.
  [[nodiscard]] bool supersede() noexcept {
    // acq_rel, both: pairs with the other one.
    return state_.exchange(Superseded, std::memory_order_acq_rel) == Waiting;
  }
  /// True if the message is the receiver's, and the ticket the sender's. False: it was superseded, and the ticket
  /// is the receiver's.
  [[nodiscard]] bool take() noexcept {
    return state_.exchange(Taken, std::memory_order_acq_rel) == Waiting;
  }
  /// True if the message seems to wait.
  bool waits() const noexcept {
    // relaxed: only a hint; supersede() decides.
    return state_.load(std::memory_order_relaxed) == Waiting;
  }

 private:
  // Waiting -> Superseded   the sender. It ends the message.
  // Waiting -> Taken        the receiver. It handles the message.
  // Taken -> Superseded, Superseded -> Taken   the one who comes second, and learns that.
  enum State : std::uint32_t { Waiting, Superseded, Taken };

  typename Platform::template atomic<std::uint32_t> state_{Waiting};
};

struct ArgumentsOps;
struct NameRecord;

/// The ticket of one message, on the heap.
struct LatestTicket : LatestState<ThreadPlatform> {
  // The sender's.
  NameRecord const* channel = nullptr;
  ArgumentsOps const* ops = nullptr;
  void* arguments = nullptr;
};

}  // namespace tincan::inline abi0::detail
