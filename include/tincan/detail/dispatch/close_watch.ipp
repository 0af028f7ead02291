// tincan/detail/dispatch/close_watch.ipp - a function that an endpoint calls when another one has ended: the bodies
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/close_watch.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/this_thread.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE EndpointCore& watcherHere(std::shared_ptr<EndpointCore> const& giver) {
  bool const isHere = giver != nullptr && giver->belongsHere();
  EndpointCore* const own = isHere ? giver.get() : senderOfThread();
  if (own == nullptr) {
    throw Error(Errc::WrongThread, {},
                "onClose: this thread has no endpoint that could call the function");
  }
  own->checkOpen("onClose");
  return *own;
}

TINCAN_INLINE CloseWatch::CloseWatch(EndpointCore& own, EndpointCore const* other, TaskPtr function)
    : Registration(nullptr),
      own_(own.weak_from_this()),
      other_(other),
      function_(std::move(function)) {}

TINCAN_INLINE void CloseWatch::begin(std::shared_ptr<CloseWatch> const& watch,
                                     EndpointCore* other) noexcept {
  if (auto const own = watch->own_.lock()) {
    watch->after_ = std::exchange(own->firstCloseWatch, watch);
    if (watch->after_ != nullptr) watch->after_->before_ = watch.get();
  }
  if (other != nullptr && !other->isNobody()) {
    noteCall(*other->bus);
    noteLife(*other);
    if (!other->isInParent() && other->closeListeners.addForSilence(watch)) return;
  }
  watch->endpointIsClosed();
}

TINCAN_INLINE void CloseWatch::endpointIsClosed() noexcept {
  auto const own = own_.lock();
  // In a forked child it may be on its way before the other endpoint is closed there.
  if (own == nullptr || std::exchange(isOnItsWay_, true)) return;
  // acquire: pairs with the release in raise(), by who sent in its name before it was polled.
  if (other_ != nullptr) raiseClock(other_->spokenUntil.load(std::memory_order_acquire));
  onItsWay_ = std::static_pointer_cast<CloseWatch>(shared_from_this());
  own->bringTask(TaskPtr(this));
}

TINCAN_INLINE void CloseWatch::endIfLost() noexcept {
  if (!isOnItsWay_ && other_ != nullptr && other_->isInParent()) endpointIsClosed();
}

TINCAN_INLINE TaskPtr CloseWatch::leave(EndpointCore& core) noexcept {
  // A driver runs one thing at a time; without one the other endpoint may be saying that it is closed.
  if (core.bus->driver() != nullptr && other_ != nullptr && !isOnItsWay_) {
    noteLife(*other_, EffectLog::LifeLook::Beside);
  }
  isLive = false;
  auto& place = before_ == nullptr ? core.firstCloseWatch : before_->after_;
  auto const hold = std::exchange(place, std::move(after_));
  if (place != nullptr) place->before_ = before_;
  return std::move(function_);
}

TINCAN_INLINE bool CloseWatch::remove() noexcept {
  auto const own = own_.lock();
  if (!isLive || own == nullptr) return false;
  auto const hold = shared_from_this();
  TaskPtr const function = leave(*own);
  return true;
}

TINCAN_INLINE void CloseWatch::run() {
  auto const own = own_.lock();
  if (own == nullptr || own->isClosed() || !isLive) return;
  TaskPtr const function = leave(*own);
  try {
    function->run();
  } catch (...) {
    own->bus->reportError({}, own->name, own->name, std::current_exception());
  }
}

TINCAN_INLINE void CloseWatch::end() noexcept { auto const last = std::move(onItsWay_); }

TINCAN_INLINE void endCloseWatches(EndpointCore& core) noexcept {
  while (auto const watch = core.firstCloseWatch) TaskPtr const function = watch->leave(core);
}

TINCAN_INLINE void endLostWatches(EndpointCore& core) noexcept {
  for (auto watch = core.firstCloseWatch; watch != nullptr; watch = watch->after_) {
    watch->endIfLost();
  }
}

}  // namespace tincan::inline abi0::detail
