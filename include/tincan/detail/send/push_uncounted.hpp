// tincan/detail/send/push_uncounted.hpp - puts what is no message into a lane
#pragma once

#include <utility>

#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/send/push.hpp>

namespace tincan::inline abi0::detail {

/// The outcome of a push of something that is no message.
enum class Posted {
  Queued,
  TooLate,  // it was put into the inbox, but the receiver has been closed meanwhile
  Refused   // the receiver is closed, and nothing has happened
};

/// Puts a cell that fill(cell) has filled into the lane of two endpoints. Throws std::bad_alloc, and then
/// nothing has happened.
template <class Fill>
Posted pushAtOnce(EndpointCore& sender, EndpointCore& to, Kind kind, Fill&& fill) {
  MessageLane* const lane = sender.laneTo(to);
  if (lane == nullptr || to.isClosed()) {
    noteLife(to);
    return Posted::Refused;
  }
  OpenCell cell(*lane);
  fill(*cell);
  cell.commit(kind);
  return to.pushed(*lane) ? Posted::Queued : Posted::TooLate;
}

/// Does so; a driver may let others go first.
template <class Fill>
Posted pushUncounted(EndpointCore& sender, EndpointCore& to, Kind kind, Fill&& fill) {
  noteCall(*to.bus);
  return pushAtOnce(sender, to, kind, std::forward<Fill>(fill));
}

/// Puts a task into the lane of two endpoints; Refused, or if this throws: it is still the
/// caller's. TooLate: the task has ended or, if it runs anyway, will run.
[[nodiscard]] inline Posted offerTask(EndpointCore& sender, EndpointCore& to, TaskPtr& task) {
  return pushUncounted(sender, to, Kind::Post,
                       [&](MessageCell& cell) { cell.task = task.release(); });
}

}  // namespace tincan::inline abi0::detail
