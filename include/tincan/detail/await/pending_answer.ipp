// tincan/detail/await/pending_answer.ipp - an answer that is under way, whatever its type: the bodies
#pragma once

#include <string>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/await/pending_answer.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/waiting.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE PendingAnswer& PendingAnswer::operator=(PendingAnswer&& other) noexcept {
  PendingAnswer const before(std::move(*this));  // whose end may come back here
  pending_ = std::move(other.pending_);
  lane_ = std::move(other.lane_);
  name_ = other.name_;
  cancelledFor_ = other.cancelledFor_;
  isPlain_ = other.isPlain_;
  return *this;
}

[[gnu::noinline]] TINCAN_INLINE void PendingAnswer::end() noexcept {
  cancel(Errc::Cancelled);
  if (!name_->isKept) DeleteRecord{}(name_);
}

[[gnu::noinline]] TINCAN_INLINE void PendingAnswer::cancel(Errc reason) noexcept {
  if (!pending_.hasSlot()) return;
  Errc const before = std::exchange(cancelledFor_, reason);
  // If it is abandoned, a stop callback may have ended this object.
  if (!pending_.abandon(receiver(), reason)) cancelledFor_ = before;
}

TINCAN_INLINE WaitEnd PendingAnswer::wait(Nanoseconds deadline) const {
  if (!pending_.hasSlot()) return WaitEnd::Ready;
  auto const found = [this] {
    pending_.look();
    return receiver().bus->driver() == nullptr ? WaitEnd::Ready : WaitEnd::Driven;
  };
  if (pending_.state().ready()) return found();
  noteCall(*receiver().bus);  // it may come before the wait begins
  if (pending_.state().ready()) return found();
  if (deadlineHasPassed()) {
    noteDeadline(lane_->senderCore());
    return WaitEnd::Timeout;
  }
  // A look at what somebody's Task is to answer is no wait for that.
  if (pending_.state().handedOn() && hasPassed(deadline)) return WaitEnd::Timeout;
  SendingAs const thread(receiver().bus);
  EndpointCore& requester = *lane_->writer;
  // In the name of the endpoint that asked, unless the future has been moved to another thread.
  EndpointCore& sender =
      requester.isNobody() || requester.isElsewhere() ? thread.core() : requester;
  thisToken();
  Waiting waiting(thread.thread(), pending_.slot(), receiver(), sender, channel());
  Waited const waited = waiting.wait(smallerOf(deadline, this->deadline()), "Future of", channel());
  if (waited.end == WaitEnd::Deadlock) throwDeadlock(channel(), waited.cycle);
  if (waited.end == WaitEnd::Ready || waited.end == WaitEnd::Driven) pending_.look();
  return waited.end;
}

TINCAN_INLINE TaskSuspension::On PendingAnswer::neededAt(
    EndpointCore const& endpoint) const noexcept {
  TaskSuspension::On on;
  on.state = &pending_.state();
  on.target = &receiver();
  on.answeredBy = &pending_.slot().answeredBy;
  on.resumesAt = &endpoint;
  return on;
}

TINCAN_INLINE bool PendingAnswer::arrive(Continuation::Why why) noexcept {
  switch (why) {
    case Continuation::Why::Answered: pending_.arrived(); return true;
    case Continuation::Why::TimedOut:
      if (pending_.state().ready()) return false;
      cancel(Errc::Timeout);
      return true;
    case Continuation::Why::Closed: cancel(Errc::Closed); return true;
    case Continuation::Why::Cancelled: cancel(Errc::Cancelled); return true;
    case Continuation::Why::Due: break;
  }
  return true;
}

TINCAN_INLINE EndpointCore& PendingAnswer::home() const {
  EndpointCore* const own = endpointOfThread();
  if (own != nullptr && (own == threadState().current || own->isBoundHere())) return *own;
  EndpointCore& requester = lane_->senderCore();
  if (!requester.isNobody() && requester.isHeldHere()) return requester;
  if (own != nullptr) return *own;
  throw Error(Errc::WrongThread, std::string(channel()),
              "co_await: this thread runs no endpoint on which the coroutine could go on; poll "
              "one first, or use Future::then");
}

TINCAN_INLINE void PendingAnswer::tellLooked(bool isReady) const noexcept {
  receiver().bus->tellLooked(&lane_->senderCore(), receiver(), LookedAt::Answer, isReady);
}

TINCAN_INLINE void PendingAnswer::tellFound() const noexcept {
  Driver* const driver = receiver().bus->driver();
  if (driver != nullptr) driver->effects.tookAnswer(pending_.slot(), receiver());
}

TINCAN_INLINE void PendingAnswer::beginLook() const noexcept {
  if (receiver().bus->driver() == nullptr || !pending_.hasSlot()) return;
  noteCall(*receiver().bus);
  look();
}

TINCAN_INLINE void PendingAnswer::look() const noexcept {
  if (receiver().bus->driver() == nullptr || !pending_.hasSlot()) return;
  noteLookForAnswer(receiver(), pending_.slot());
  noteLife(receiver(), EffectLog::LifeLook::Beside);
}

}  // namespace tincan::inline abi0::detail
