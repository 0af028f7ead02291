// tincan/detail/dispatch/closing.ipp - the arrows in the life of an endpoint, see endpoint_core.hpp: the bodies
#pragma once

#include <utility>

#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/close_watch.hpp>
#include <tincan/detail/dispatch/continuing.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/thread/tell.hpp>

namespace tincan::inline abi0::detail {

// ---- Open -> Closed ----
TINCAN_INLINE void EndpointCore::close() {
  noteCall(*bus);
  tell(*bus);
  markClosed();
  settleClosed();
  finishClosing();
}

TINCAN_INLINE void EndpointCore::markClosed() noexcept {
  noteClosing(*this);
  gate.set(Gate::Closed);
  notices.add(Notices::Closed);
  plainSender.close();
  // relaxed: for what this thread sends next; other threads learn it by the signals of the lanes.
  lanes.forEach([](auto const& lane) { lane->isPlain.store(false, std::memory_order_relaxed); });
}

TINCAN_INLINE void EndpointCore::closeHere() {
  beSilentUnlessBusy();
  close();
}

/// True if the calling thread, which is the endpoint's, is in its body, in a poll of it or in a send.
inline bool isBusyHere(EndpointCore const& core) noexcept {
  ThreadState const& thread = threadState();
  return thread.body == &core || thread.sending != 0 || core.gate.isPolled();
}

TINCAN_INLINE void EndpointCore::beSilentUnlessBusy() noexcept {
  if (threadState().current != this && !isBusyHere(*this)) beSilent();
}

TINCAN_INLINE void EndpointCore::finishClosing() {
  waitGraph().nudge([&](auto const& wait) {
    auto const& sender = static_cast<EndpointCore const&>(*wait.sender);
    return wait.target == this || &sender == this || sender.named.get() == this;
  });
  quits.requestStop();
  inbox.interrupt();
  if (gate.isVacant()) {
    drain();
    if (isBoundHere()) endContinuations(*this);
  }
  closeListeners.endpointIsClosed([this] { noteAnswersForOthers(*this); });
  bus->closed(*this);
  if (wakeHook.isFirstClosing()) callWakeHook(*this);  // it may close the bus again
  if (Driver* const driver = bus->driver()) {
    drivenQuits.clear();  // their lanes hold this endpoint
    return driver->ownership.closed(*this);
  }
  if (isHeldHere() && gate.isVacant()) {
    auto const keep = shared_from_this();
    endListening();
  } else {
    endDeserted();
  }
}

TINCAN_INLINE void BusCore::tellToLetGo(ThreadToken const& thread) noexcept {
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) {
    if (core->isClosed() || core->owner() != &thread) continue;
    core->notices.addForSleeper(Notices::Kept);  // as if something were
    announceKept(*core);
  }
}

TINCAN_INLINE void EndpointCore::disown() {
  auto const keep = shared_from_this();
  departure.announce();
  takeWakeHook(*this);
  close();
  ThreadToken* const thread = owner();
  bool const isOurs = bus->driver() == nullptr ? thread == nullptr || thread == threadState().token
                                               : bus->driver()->ownership.mayLeave(*this);
  if (isOurs && !gate.isPolled()) {
    leave();
  } else if (!isOurs) {
    if (departure.mustLeaveFor(*thread)) leave();
    else if (bus->driver() == nullptr) bus->tellToLetGo(*thread);
  }
}

// ---- Closed -> Drained ----
TINCAN_INLINE void EndpointCore::drain() {
  IncomingLanes<MessageLane>::Lanes closed;
  if (!lanes.close(closed)) return;
  for (auto const& lane : closed) lane->signal.set(MessageLane::Closed);
  auto const clear = [this](MessageLane& lane) { clearLane(*this, lane); };
  if (Driver* const driver = bus->driver()) {
    inbox.forget();
    return driver->executor.clearLanes(closed, clear);
  }
  if (!closed.empty()) closed.front()->signal.settle();
  inbox.forget();
  for (auto const& lane : closed) clear(*lane);
}

/// Drains an endpoint that was closed while it was polled, once the last of those polls is over.
/// `isRunning`: the body of its thread goes on, and may send in its name.
[[gnu::noinline]] TINCAN_INLINE void EndpointCore::drainAfterPoll(bool isRunning) {
  auto const keep = shared_from_this();
  drain();
  endContinuations(*this);
  if (bus->driver() == nullptr) endListening();
  // What has ended here may have sent in its name, and the continuations around this one may, too.
  if (!isRunning && !isBusyHere(*this) && !polling.isGoingOn) beSilent();
  if (departure.isAnnounced()) leave();
}

// ---- Drained -> Deaf ----

/// Ends all listeners and handlers. What they hold may be this very endpoint.
TINCAN_INLINE void EndpointCore::endListening() noexcept {
  // acq_rel: of several threads that come here one ends what all have registered.
  if (isListeningOver.exchange(true, std::memory_order_acq_rel)) return;
  table.clear();
  if (scopes != nullptr) scopes->clear();
  if (anyTable != nullptr) anyTable->clear();
  endCloseWatches(*this);
  ++tableVersion;
}

/// Does what its thread would have done, if the endpoint is closed and that thread has ended:
/// called by whichever of the two comes second. Of one that nobody has polled only the listeners
/// end: another thread may be about to poll it.
TINCAN_INLINE void EndpointCore::endDeserted() noexcept {
  if (!isClosed() || bus->driver() != nullptr) return;
  auto const hasEnded = [](ThreadToken const* thread) {
    return thread != nullptr && thread->life.load(std::memory_order_seq_cst) == ThreadToken::Ended;
  };
  auto const keep = shared_from_this();
  ThreadToken const* const bound = owner();
  if (hasEnded(bound)) leave();
  // acquire: pairs with the release in settleHere().
  else if (bound == nullptr && hasEnded(settler.load(std::memory_order_acquire))) endListening();
}

TINCAN_INLINE void EndpointCore::threadEnded(ThreadToken const& thread) noexcept {
  if (owner() == &thread) {
    // Tasks of this thread may be what an answer needs that was handed on.
    waitGraph().nudge(
        [&](auto const& wait) { return wait.target == this || wait.state->handedOn(); });
    if (departure.mustLeave()) return leave();
  }
  endDeserted();
}

// ---- Deaf -> Left ----
TINCAN_INLINE void EndpointCore::leaveIfDisowned() {
  // Otherwise the last of the polls that are under way does so.
  if (departure.isAnnounced() && isBoundHere() && !gate.isPolled()) leave();
}

TINCAN_INLINE void EndpointCore::leave() {
  if (!departure.leave()) return;
  ThreadState& thread = threadState();
  // Whoever is called from now on does not speak in its name.
  if (thread.current == this) thread.current = nullptr;
  thread.forgetSenders();
  auto const keep = shared_from_this();
  if (thread.holder != nullptr) thread.holder->remove(*this);
  if (thread.sending == 0) {
    letGo();
    return;
  }
  holdUntilLeft = keep;
  nextLeaving = std::exchange(thread.leaving, this);
}

TINCAN_INLINE void EndpointCore::letGo() {
  outbox.takeAll().forEach([](Outbox::Hold const& lane) {
    raiseClock(lane->lastStamp);  // what others are told comes after what it has sent
    lane->leave();
  });
  if (auto const standIn = std::move(standIn_)) standIn->leave();
  endContinuationsForGood(*this);
  endListening();
  takeWakeHook(*this);
  closeListeners.endpointIsSilent();
}

}  // namespace tincan::inline abi0::detail
