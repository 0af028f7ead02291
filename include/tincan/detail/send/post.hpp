// tincan/detail/send/post.hpp - puts tasks, answers and quits into lanes
//
// These are no messages: they are never refused for want of room, and Stats do not count them. Whoever
// calls these functions has a SendingAs for the sender.
#pragma once

#include <cstdint>
#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/thread/sending_as.hpp>

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
Posted pushUncounted(EndpointCore& sender, EndpointCore& to, Kind kind, Fill&& fill) {
  MessageLane* const lane = sender.laneTo(to);
  if (lane == nullptr || to.isClosed()) return Posted::Refused;
  OpenCell cell(*lane);
  fill(*cell);
  cell.commit(kind);
  return to.pushed(*lane) ? Posted::Queued : Posted::TooLate;
}

/// Puts a task into the lane of two endpoints; Refused, or if this throws: it is still the
/// caller's. TooLate: the task has ended or, if it runs anyway, will run.
[[nodiscard]] inline Posted offerTask(EndpointCore& sender, EndpointCore& to, TaskPtr& task) {
  return pushUncounted(sender, to, Kind::Post,
                       [&](MessageCell& cell) { cell.task = task.release(); });
}

/// Posts a task. False if the receiver is closed; then the task has ended.
[[nodiscard]] inline bool pushTask(EndpointCore& sender, EndpointCore& to, TaskPtr task) {
  return offerTask(sender, to, task) == Posted::Queued;
}

/// Puts a task into a lane that nobody else sends by, with the stamp of when it was sent.
inline void pushStamped(MessageLane& lane, std::uint64_t stamp,
                        std::unique_ptr<PostedFunction> task) {
  OpenCell cell(lane);
  cell->task = task.release();
  cell.commitWith(Kind::Post, stamp);
}

/// Ends a run of the receiver, once that has handled what the sender sent before.
inline void pushQuit(EndpointCore& sender, EndpointCore& to) {
  // An endpoint that is closed runs no more.
  pushUncounted(sender, to, Kind::Quit, [](MessageCell&) {});
}

inline void EndpointCore::bringTask(TaskPtr task) noexcept {
  try {
    SendingAs const sender(bus);
    if (offerTask(sender.core(), *this, task) != Posted::Refused) return;
  } catch (std::exception const&) {
    // No memory, or the wrong thread for a driven bus: when the loop comes round.
  }
  keepTask(*this, std::move(task));
  if (!isClosed()) announceKept(*this);
}

/// Brings the answer through the inbox, after whatever the responder's thread has sent here before.
inline void EndpointCore::bringAnswer(AnswerSlot* slot) noexcept {
  auto const keep = slot->continuesAt;
  try {
    SendingAs const sender(bus);
    auto const fill = [&](MessageCell& cell) { cell.setSlot(slot); };
    // TooLate: whoever discards the cell answers Closed.
    if (pushUncounted(sender.core(), *this, Kind::Answer, fill) != Posted::Refused) return;
  } catch (std::exception const&) {
    // No memory, or the wrong thread for a driven bus: when the loop comes round.
    if (!isClosed() && kept.keep(slot)) return announceKept(*this);
  }
  loseAnswer(slot);
}

}  // namespace tincan::inline abi0::detail
