// tincan/detail/request/shared_responder.ipp - an answer that several may give: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/shared_responder.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

inline bool isEitherClosed(EndpointCore const& endpoint, EndpointCore const* requester) noexcept {
  return endpoint.isClosed() || (requester != nullptr && requester->isClosed());
}

TINCAN_INLINE bool isAwaitedBy(AnswerSlot const& slot, EndpointCore const& endpoint,
                               EndpointCore const* requester) noexcept {
  noteLookAtRequester(endpoint, slot);
  if (endpoint.bus->driver() != nullptr) [[unlikely]] {
    noteLife(endpoint, EffectLog::LifeLook::Beside);
    if (requester != nullptr) noteLife(*requester, EffectLog::LifeLook::Beside);
  }
  if (slot.state.abandoned() || isEitherClosed(endpoint, requester)) return false;
  return slot.deadline == NoDeadline || endpoint.bus->now() < slot.deadline;
}

TINCAN_INLINE std::optional<Errc> failureOf(AnswerSlot const& slot, EndpointCore const& endpoint,
                                            EndpointCore const* requester) noexcept {
  if (slot.state.abandoned()) return std::nullopt;
  if (isEitherClosed(endpoint, requester)) return Errc::Closed;
  if (endpoint.bus->driver() != nullptr) return std::nullopt;
  return Errc::Timeout;
}

TINCAN_INLINE StopToken stoppedToken() {
  StopSource source;
  source.request_stop();
  return source.get_token();
}

TINCAN_INLINE bool SharedResponder::give(Box&& box) noexcept {
  noteCall(*endpoint_->bus);
  AnswerSlot* const slot = claim();
  return slot != nullptr && answerBox(slot, *endpoint_, std::move(box));
}

TINCAN_INLINE bool SharedResponder::fail(std::exception_ptr exception) noexcept {
  noteCall(*endpoint_->bus);
  AnswerSlot* const slot = claim();
  return slot != nullptr && answerException(slot, *endpoint_, std::move(exception));
}

TINCAN_INLINE void SharedResponder::left(std::size_t& ofThose) noexcept {
  noteCall(*endpoint_->bus);
  raise(leftAt_, threadState().clock);
  std::lock_guard const lock(mutex_);
  leave(ofThose);
}

TINCAN_INLINE void SharedResponder::leave(std::size_t& ofThose) noexcept {
  --ofThose;
  bool const isLast = others_ + here_ == 0 && answerers_ == nullptr;
  if (slot_ != nullptr) noteLeaving(*endpoint_, *slot_, isLast);
  else noteOtherAnswer(*endpoint_, answer_);
  nameAnswerers();
}

TINCAN_INLINE void SharedResponder::defer() noexcept {
  std::lock_guard const lock(mutex_);
  ++others_;
  handOn();
}

TINCAN_INLINE void SharedResponder::defer(Answerer& answerer,
                                          Suspension<ThreadPlatform>* task) noexcept {
  std::lock_guard const lock(mutex_);
  answerer.on.inner = task;
  answerer.publish(answerer.on);
  answerer.next = answerers_;
  linkAt(&answerer.next);
  answerers_ = &answerer;
  linkAt(&answerers_);
  handOn();
}

TINCAN_INLINE void SharedResponder::handOn() noexcept {
  withdrawAnswerers();
  if (slot_ == nullptr) return;
  slot_->state.defer();
  nameAnswerers();
}

TINCAN_INLINE void SharedResponder::noteAllCalled() noexcept {
  noteCall(*endpoint_->bus);
  std::lock_guard const lock(mutex_);
  leave(here_);
}

TINCAN_INLINE void SharedResponder::noteTaskOver(Answerer& answerer) noexcept {
  std::lock_guard const lock(mutex_);
  withdrawAnswerers();
  ++here_;
  *answerer.link = answerer.next;
  linkAt(answerer.link);
  nameAnswerers();
}

TINCAN_INLINE void SharedResponder::linkAt(SuspensionBranch<ThreadPlatform>** link) noexcept {
  if (*link != nullptr) static_cast<Answerer*>(*link)->link = link;
}

TINCAN_INLINE void SharedResponder::nameAnswerers() noexcept {
  if (slot_ == nullptr || others_ != 0) return;
  Suspension<ThreadPlatform>* by = answerers_;
  if (here_ != 0) {
    by = &atWork_;
  } else if (by == nullptr) {
    return withdrawAnswerers();
  } else if (answerers_->next != nullptr) {
    by = &anyOf_;
    anyOfThem_.branches = answerers_;
    anyOfThem_.isOneEnough = true;
    anyOf_.publish(anyOfThem_);
  }
  // seq_cst: see Suspension::publish().
  slot_->answeredBy.store(by, std::memory_order_seq_cst);
  // Whoever is at work in the loop, which is here, does not wait.
  if (here_ != 0 && endpoint_->isHeldHere()) return;
  noteSuspension(*endpoint_);
  waitGraph().suspended(*by, endpoint_.get());
}

TINCAN_INLINE void SharedResponder::withdrawAnswerers() noexcept {
  // relaxed: written under the lock.
  if (slot_ == nullptr || slot_->answeredBy.load(std::memory_order_relaxed) == nullptr) return;
  waitGraph().withdrawTask(slot_->answeredBy);
}

TINCAN_INLINE bool SharedResponder::isAwaited() noexcept {
  noteCall(*endpoint_->bus);
  bool const isAwaited = lookIfAwaited();
  if (requester_ != nullptr) {
    noteLooked(endpoint_.get(), *requester_, LookedAt::Request, !isAwaited);
  }
  return isAwaited;
}

TINCAN_INLINE bool SharedResponder::lookIfAwaited() noexcept {
  std::optional<Errc> failure;
  {
    std::lock_guard const lock(mutex_);
    raiseClock(answeredAt_);
    if (slot_ == nullptr) {
      noteOtherAnswer(*endpoint_, answer_);
      return false;
    }
    if (isAwaitedBy(*slot_, *endpoint_, requester_.get())) return true;
    failure = failureOf(*slot_, *endpoint_, requester_.get());
    if (!failure) return false;
  }
  auto stop = stopSource();
  if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, *failure);
  stop.request_stop();
  return false;
}

TINCAN_INLINE StopToken SharedResponder::stopToken() {
  noteCall(*endpoint_->bus);
  {
    std::lock_guard const lock(mutex_);
    raiseClock(answeredAt_);
    if (slot_ != nullptr && stop_.stop_possible()) return stop_.get_token();
  }
  StopSource stop;  // what allocates, without the lock
  std::shared_ptr<CloseListener> requesterEnd;
  if (requester_ != nullptr) {
    requesterEnd = std::make_shared<RequesterEnd>(weak_from_this());
    requester_->closeListeners.add(requesterEnd);
  }
  {
    std::lock_guard const lock(mutex_);
    raiseClock(answeredAt_);
    if (slot_ != nullptr) {
      // Another thread may have been faster.
      if (stop_.stop_possible()) return stop_.get_token();
      stop_ = slot_->stop = stop;
      requesterEnd_ = std::move(requesterEnd);
      noteLookAtRequester(*endpoint_, *slot_);
      // A deadline that has passed is the caller's to notice: an answer may still be in time.
      if (slot_->state.offerStop() && (requester_ == nullptr || !requester_->isClosed())) {
        return stop.get_token();
      }
    }
  }
  // It is too late already, and whoever would have requested the stop may not have seen it.
  stop.request_stop();
  return stop.get_token();
}

TINCAN_INLINE StopSource SharedResponder::stopSource() const noexcept {
  std::lock_guard const lock(mutex_);
  return slot_ == nullptr ? StopSource(NoStopState()) : stop_;
}

TINCAN_INLINE void SharedResponder::endpointIsClosed() noexcept {
  noteCall(*endpoint_->bus);
  end(Errc::Closed);
}

TINCAN_INLINE void SharedResponder::end(Errc failure) noexcept {
  // acquire: pairs with the release in leftHere().
  raiseClock(leftAt_.load(std::memory_order_acquire));
  if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, failure);
}

TINCAN_INLINE AnswerSlot* SharedResponder::claim() noexcept {
  std::unique_lock lock(mutex_);
  // Whoever finds an answer here comes after the one who has given it.
  if (slot_ == nullptr) {
    noteOtherAnswer(*endpoint_, answer_);
    raiseClock(answeredAt_);
    return nullptr;
  }
  answeredAt_ = threadState().clock;
  withdrawAnswerers();
  AnswerSlot* const slot = std::exchange(slot_, nullptr);
  answer_ = noteFirstAnswer(*endpoint_, *slot);
  if (stop_.stop_possible() && endpoint_->isClosed()) {
    lock.unlock();
    stop_.request_stop();
  }
  return slot;
}

}  // namespace tincan::inline abi0::detail
