// tincan/detail/request/responder.ipp - answers the message that is being handled: the bodies
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/detail/request/responder.hpp>
#include <tincan/detail/request/shared_responder.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void Responder::fail(std::exception_ptr exception) noexcept {
  if (slot_ != nullptr) {
    answerException(std::exchange(slot_, nullptr), endpoint_, std::move(exception));
  } else if (shared_ != nullptr) {
    shared_->fail(std::move(exception));
  }
}

[[gnu::noinline]] TINCAN_INLINE bool Responder::publishFilled() noexcept {
  slot_->kind = AnswerSlot::Kind::Value;
  return publishListenersAnswer(std::exchange(slot_, nullptr), endpoint_);
}

TINCAN_INLINE void Responder::reserve(EndpointCore* requester) {
  if (shared_ == nullptr && slot_ != nullptr) {
    shared_ = std::make_shared<SharedResponder>(endpoint_, requester);
  }
}

TINCAN_INLINE std::shared_ptr<SharedResponder> const& Responder::share(EndpointCore* requester) {
  makeShared(requester);
  if (shared_ != nullptr) shared_->defer();
  return shared_;
}

TINCAN_INLINE bool Responder::isAwaited(EndpointCore const* requester) noexcept {
  if (slot_ == nullptr) return shared_ != nullptr && shared_->isAwaited();
  noteCall(*endpoint_.bus);
  bool const isAwaited = isAwaitedBy(*slot_, endpoint_, requester);
  if (requester != nullptr) noteLooked(&endpoint_, *requester, LookedAt::Request, !isAwaited);
  if (isAwaited) return true;
  if (auto const failure = failureOf(*slot_, endpoint_, requester)) {
    answerFailure(std::exchange(slot_, nullptr), endpoint_, *failure);
  }
  return false;
}

TINCAN_INLINE StopToken Responder::stopToken(EndpointCore* requester) {
  makeShared(requester);
  return shared_ == nullptr ? stoppedToken() : shared_->stopToken();
}

TINCAN_INLINE void Responder::makeShared(EndpointCore* requester) {
  if (slot_ == nullptr) return;
  reserve(requester);
  shared_->begin(std::exchange(slot_, nullptr));
  endpoint_.closeListeners.add(shared_);
  // Closed meanwhile: it may have been too late for the ones that are told.
  if (endpoint_.isClosed()) shared_->endpointIsClosed();
}

[[gnu::noinline]] TINCAN_INLINE bool Responder::giveBox(Box&& box) noexcept {
  if (slot_ != nullptr) return answerBox(std::exchange(slot_, nullptr), endpoint_, std::move(box));
  return shared_ != nullptr && shared_->give(std::move(box));
}

TINCAN_INLINE TaskResponder::~TaskResponder() {
  noteTaskOver();
  if (stage_ == Stage::TaskIsOver) shared()->taskLeft();
}

TINCAN_INLINE void TaskResponder::handOn(EndpointCore* requester,
                                         Suspension<ThreadPlatform>* task) {
  makeShared(requester);
  if (shared() == nullptr) return;
  shared()->defer(answerer_, task);
  stage_ = Stage::HandedOn;
}

TINCAN_INLINE void TaskResponder::noteTaskOver() noexcept {
  if (stage_ != Stage::HandedOn) return;
  shared()->noteTaskOver(answerer_);
  stage_ = Stage::TaskIsOver;
}

}  // namespace tincan::inline abi0::detail
