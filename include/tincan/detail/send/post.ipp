// tincan/detail/send/post.ipp - puts tasks, answers and quits into lanes: the bodies
#pragma once

#include <cstdint>
#include <exception>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/send/push_uncounted.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool pushTask(EndpointCore& sender, EndpointCore& to, TaskPtr task) {
  return offerTask(sender, to, task) == Posted::Queued;
}

TINCAN_INLINE void postTask(EndpointCore& sender, EndpointCore& to, Owned<PostedFunction> task) {
  if (pushTask(sender, to, std::move(task))) return;
  throw Error(Errc::Closed, {}, "post: the endpoint '" + to.displayName() + "' is closed");
}

TINCAN_INLINE void pushStamped(MessageLane& lane, std::uint64_t stamp, Owned<PostedFunction> task) {
  OpenCell cell(lane);
  cell->task = task.release();
  cell.commitWith(Kind::Post, stamp);
}

TINCAN_INLINE void sendQuit(EndpointCore& to) {
  SendingAs const sender(to.bus);
  noteCall(*to.bus);
  quitDriven(to);
  // An endpoint that is closed runs no more.
  pushAtOnce(sender.core(), to, Kind::Quit, [](MessageCell&) {});
}

TINCAN_INLINE void EndpointCore::bringTask(TaskPtr task) noexcept {
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
TINCAN_INLINE void EndpointCore::bringAnswer(AnswerSlot* slot) noexcept {
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
