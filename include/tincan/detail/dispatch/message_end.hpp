// tincan/detail/dispatch/message_end.hpp - what of a message ends with its handling
#pragma once

#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

/// Destroys a message's arguments at its own end and, if nobody else has it, its name.
struct MessageEnd : ArgumentsEnd {
  /// Finds the arguments; those of a request may be in the cell before it, which is given back now.
  MessageEnd(MessageLane& lane, MessageCell& messageCell) noexcept
      : ArgumentsEnd(messageCell.view(lane.extra)), cell(messageCell) {
    if (lane.extra != nullptr) lane.unpin();
    lane.extra = nullptr;
  }
  /// Finds the arguments of a message that has no cell before it.
  explicit MessageEnd(MessageCell& messageCell) noexcept
      : ArgumentsEnd(messageCell.view(nullptr)), cell(messageCell) {}
  [[gnu::always_inline]] ~MessageEnd() {
    if (!cell.name->isKept) [[unlikely]]
      DeleteRecord{}(cell.name);
  }

  MessageCell& cell;
};

}  // namespace tincan::inline abi0::detail
