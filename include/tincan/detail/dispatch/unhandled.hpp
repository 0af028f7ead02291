// tincan/detail/dispatch/unhandled.hpp - what becomes of messages that nobody handles
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/message_end.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/request/publish_answer.hpp>

namespace tincan::inline abi0::detail {

/// True if it is worth to ask skipAbandoned().
[[gnu::always_inline]] inline bool mayBeAbandoned(EndpointCore const& core) noexcept {
  // acquire: pairs with the acq_rel of the requester, who counts first and then abandons the slot.
  return core.abandonedRequests.load(std::memory_order_acquire) != 0;
}

/// True if it is a request for whose answer nobody waits any more: a dead letter, and its slot is free.
/// One look at the endpoint's own count, not at the slot, which is in the other core's cache.
[[gnu::noinline]] inline bool skipAbandoned(EndpointCore& core, MessageLane& lane,
                                            NameRecord const& record, AnswerSlot* slot) {
  if (slot == nullptr || !mayBeAbandoned(core) || !slot->state.abandoned()) [[likely]]
    return false;
  core.bus->deadLetter(slot->abandonedFor, record.view(), lane.senderCore(), core);
  // acq_rel: undoes what PendingRequest::abandon() has added, before whose end this saw Abandoned.
  core.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState().answers.give(slot);
  return true;
}

/// Makes a dead letter Full of a message that gives room to another one. Called by its sender.
inline void drop(MessageLane& lane, MessageCell& cell, AnswerSlot* slot) {
  EndpointCore& core = *lane.receiver;
  MessageEnd const end(cell);
  core.bus->deadLetter(Errc::Full, cell.name->view(), lane.senderCore(), core);
  if (slot != nullptr) answerFailure(slot, core, Errc::Full);
}

inline void discardMessage(EndpointCore& core, MessageLane& lane, MessageCell& cell,
                           AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  core.bus->deadLetter(Errc::Closed, cell.name->view(), lane.senderCore(), core);
  if (slot != nullptr) answerFailure(slot, core, Errc::Closed);
}

/// Ends what a closed endpoint finds in its lanes.
inline void discard(EndpointCore& core, MessageLane& lane, MessageCell& cell) {
  // relaxed: its lane has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  // Hooks, and captures that end, may send: after whatever its sender has sent before.
  raiseClock(stampOf(word));
  noteDiscard(core, lane, stampOf(word));
  switch (kindOf(word)) {
    case Kind::Extra: lane.extra = &cell; return;
    case Kind::Post:
      if (TaskPtr task(cell.task); task->runsAnyway()) keepTask(core, std::move(task));
      break;
    case Kind::Answer: loseAnswer(cell.slot()); break;
    case Kind::Quit:
    case Kind::Nothing:
    case Kind::Latest: break;
    case Kind::Message: discardMessage(core, lane, cell, nullptr); break;
    case Kind::Request:
    case Kind::Invoke: discardMessage(core, lane, cell, cell.slot()); break;
  }
  lane.unpin();
}

/// Makes dead letters of what is left in a lane of a closed endpoint. Both the endpoint and a
/// writer that has pushed too late come here.
inline void clearLane(EndpointCore& core, MessageLane& lane) {
  lane.clearing.run(core.lanes.mutex(), [&] {
    while (MessageCell* const cell = lane.takeToDiscard().cell) discard(core, lane, *cell);
  });
}

}  // namespace tincan::inline abi0::detail
