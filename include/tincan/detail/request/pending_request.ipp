// tincan/detail/request/pending_request.ipp - the requester's side of a request: the bodies
#pragma once

#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/thread/tell.hpp>
#include <tincan/detail/thread/waiting.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool PendingRequest::abandon(EndpointCore& receiver, Errc reason) noexcept {
  tell(*receiver.bus);
  noteAbandoning(receiver, *slot_);
  slot_->abandonedFor = reason;
  // First the count, then the state: who looks at the count before the state misses nothing.
  // release: pairs with the acquire in skipAbandoned(). Below it is taken back.
  receiver.abandonedRequests.fetch_add(1, std::memory_order_acq_rel);
  StopSource stop{NoStopState()};
  if (slot_->state.abandon([&] { stop = slot_->stop; })) {
    slot_ = nullptr;
    stop.request_stop();
    return true;
  }
  // acq_rel: undoes the addition above.
  receiver.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  if (!isElsewhere()) return false;
  forgo(receiver);
  return true;
}

TINCAN_INLINE bool PendingRequest::continueAt(EndpointCore& endpoint, Continuation& continuation) {
  slot_->continuation = &continuation;
  slot_->continuesAt = endpoint.shared_from_this();
  if (slot_->state.proceedElsewhere()) return true;
  look();  // what comes by another way now comes after what the responder has sent before
  arrived();
  return false;
}

TINCAN_INLINE void PendingRequest::arrived() noexcept {
  slot_->continuation = nullptr;
  slot_->continuesAt.reset();
}

TINCAN_INLINE void PendingRequest::settle(WaitEnd end, std::string const& cycle,
                                          EndpointCore& receiver, std::string_view channel) {
  if (end == WaitEnd::Ready) [[likely]]
    return;
  if (end == WaitEnd::Driven) {
    receiver.bus->driver()->effects.tookAnswer(*slot_, receiver);
    return;
  }
  Errc const reason = reasonOf(end);
  if (!abandon(receiver, reason)) return;
  if (Driver* const driver = receiver.bus->driver()) driver->executor.throwIfEnded();
  if (!cycle.empty()) throwDeadlock(channel, cycle);
  throwFailure(reason, channel, receiver.displayName());
}

TINCAN_INLINE Errc PendingRequest::reasonOf(WaitEnd end) noexcept {
  switch (end) {
    case WaitEnd::Timeout: return Errc::Timeout;
    case WaitEnd::Deadlock:
    case WaitEnd::Deserted: return Errc::Deadlock;
    case WaitEnd::Closed:
    case WaitEnd::Driven:
    case WaitEnd::Ready: break;
  }
  return Errc::Closed;
}

[[gnu::noinline]] TINCAN_INLINE void PendingRequest::giveBack() noexcept {
  threadState().answers.give(slot_);
}

[[gnu::noinline]] TINCAN_INLINE Box& PendingRequest::expectValue(
    std::string_view channel, EndpointCore const& receiver) const {
  look();
  if (slot_->kind == AnswerSlot::Kind::Value) [[likely]]
    return slot_->box;
  if (slot_->kind == AnswerSlot::Kind::Failure) {
    throwFailure(slot_->failure(), channel, receiver.displayName());
  }
  std::exception_ptr const exception = *slot_->box.as<std::exception_ptr>();
  slot_->box.clear();
  std::rethrow_exception(exception);
}

[[gnu::noinline]] TINCAN_INLINE void PendingRequest::expect(Box const& box, TypeInfo const& wanted,
                                                            std::string_view channel,
                                                            EndpointCore const& receiver) {
  if (box.is(wanted)) return;
  throwTypeMismatch(
      std::string(channel),
      "'" + std::string(channel) + "': the answer of '" + receiver.displayName() + "'", wanted.name,
      box.typeName());
}

TINCAN_INLINE void PendingRequest::forgo(EndpointCore& receiver) noexcept {
  receiver.bus->lateAnswer();
  slot_->continuation = nullptr;
  AnswerSlot* const slot = std::exchange(slot_, nullptr);
  if (slot->state.forgo()) threadState().answers.give(slot);
}

}  // namespace tincan::inline abi0::detail
