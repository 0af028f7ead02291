// tincan/detail/port/port_moves.hpp - ports on their way into a message
#pragma once

#include <memory>
#include <span>
#include <utility>

#include <tincan/detail/api/port.hpp>
#include <tincan/detail/port/port_world.hpp>

namespace tincan::inline abi0::detail {

class PortPair;

/// A port that is to be moved into a message, and what its end leaves behind.
struct PortMove {
  MessagePort* port = nullptr;
  std::shared_ptr<PortPair> pair{};
  TwoEnds* ends = nullptr;  // of the pair
  unsigned end = 0;
  bool carries = false;  // there are ports in what waits at it
  TwoEnds::Rest rest{};
};

/// The ports of one message on their way into it.
struct PortMoves {
  std::span<PortMove> moves;
  std::span<TwoEnds*> pairs;  // theirs, and that of the message
};

/// Holds the locks of some pairs. Whoever takes several takes them in the order of their addresses.
///
///   Threads   Any.
///   Progress  As Mutex: for a few instructions, in which nobody is called.
class PortLocks {
 public:
  /// Puts the pairs in order; one may be there several times.
  explicit PortLocks(std::span<TwoEnds*> pairs) noexcept;
  ~PortLocks() {
    each([](auto& mutex) { mutex.unlock(); });
  }
  PortLocks(PortLocks const&) = delete;
  PortLocks& operator=(PortLocks const&) = delete;

 private:
  template <class Do>
  void each(Do&& function) noexcept {
    TwoEnds const* last = nullptr;
    for (TwoEnds* const pair : pairs_) {
      if (pair != std::exchange(last, pair)) function(pair->mutex());
    }
  }

  std::span<TwoEnds*> pairs_;
};

}  // namespace tincan::inline abi0::detail
