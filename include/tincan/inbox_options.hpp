// tincan/inbox_options.hpp - how many messages may wait in an inbox
#pragma once

#include <cstddef>

namespace tincan::inline abi0 {

/// Says what becomes of a message for which there is no room.
enum class Overflow {
  Fail,        ///< it is refused: send returns Full, a request answers Full
  Block,       ///< its sender waits for room; on its own thread's inbox it is refused
  DropNewest,  ///< it is refused, as by Fail; for those who send and forget
  DropOldest   ///< the sender's oldest waiting message is a dead letter Full, and makes room; one
               ///< behind a posted function leaves 64 bytes until that has run
};

/// Limits how many messages may wait in an inbox, counted for each sender.
struct InboxOptions {
  /// The number of messages that each sender may have waiting; 0: as many as memory holds.
  std::size_t capacity = 0;
  /// Says what becomes of a message beyond that.
  Overflow overflow = Overflow::Fail;
  /// Bus::onHighWater is told when a sender has so many messages waiting; 0: never.
  std::size_t highWater = 0;
};

}  // namespace tincan::inline abi0
