// tincan/detail/giver.hpp - layer 9 - the side of a request that answers
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include <tincan/detail/answer_slot.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/value.hpp>

namespace tincan::detail {

/// For a driver: whether somebody still waits for the answer makes a difference now.
inline void looksAtAsker(AnswerSlot const& slot, EndpointCore const& endpoint) noexcept {
  if (Driver* const driver = endpoint.bus->driver()) [[unlikely]]
    driver->looksAtAsker(slot);
}

/// Hands over an answer that has been put into the slot. Nothing of the slot is touched afterwards,
/// unless the one who asked has left; then this is false.
inline bool publishAnswer(AnswerSlot* slot, EndpointCore& endpoint) noexcept {
  using Published = AnswerState<ThreadPlatform>::Published;
  looksAtAsker(*slot, endpoint);
  slot->clock = threadState.clock;
  Published const published = slot->state.publish();
  if (published == Published::Taken) [[likely]]
    return true;
  if (published == Published::Elsewhere) {
    slot->continuesAt->bringAnswer(slot);
    return true;
  }
  endpoint.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState.answers.give(slot);
  return false;
}

/// The answer cannot come to its continuation: the endpoint is closed, or there is no memory.
inline void loseAnswer(AnswerSlot* slot) noexcept {
  if (slot->state.undelivered()) threadState.answers.give(slot);
}

/// The same for what a listener has answered: too late, it is counted.
inline bool publishListenersAnswer(AnswerSlot* slot, EndpointCore& endpoint) noexcept {
  if (publishAnswer(slot, endpoint)) [[likely]]
    return true;
  endpoint.bus->lateAnswer();
  return false;
}

inline void answerFailure(AnswerSlot* slot, EndpointCore& endpoint, Errc failure) noexcept {
  slot->setFailure(failure);
  publishAnswer(slot, endpoint);
}

/// The caller has no other reference to the exception: the one who asked is then the last to have it,
/// and destroys it. (libstdc++ counts references where thread sanitizers do not look.)
inline bool answerException(AnswerSlot* slot, EndpointCore& endpoint,
                            std::exception_ptr exception) noexcept {
  slot->kind = AnswerSlot::Kind::Exception;
  slot->box.emplace<std::exception_ptr>(std::move(exception));
  return publishListenersAnswer(slot, endpoint);
}

inline bool answerBox(AnswerSlot* slot, EndpointCore& endpoint, Box&& box) noexcept {
  slot->kind = AnswerSlot::Kind::Value;
  slot->box = std::move(box);
  return publishListenersAnswer(slot, endpoint);
}

/// Puts the answer `value` into an empty box. A Value gives its contents: the one who asks for a
/// string gets a string.
template <class T>
void fillAnswer(Box& box, T&& value) {
  if constexpr (std::is_same_v<std::decay_t<T>, Value>) {
    static_assert(!std::is_lvalue_reference_v<T>,
                  "tincan: a Value cannot be copied: answer with std::move(value).");
    box = std::move(ValueAccess::box(value));
  } else {
    using Answer = Travels<T>;
    static_assert(std::is_constructible_v<Answer, T>,
                  "tincan: an answer is copied or moved to the one who asked, and this type cannot "
                  "be: answer with std::move(value).");
    box.emplace<Answer>(std::forward<T>(value));
  }
}

inline bool isAwaitedBy(AnswerSlot const& slot, EndpointCore const& endpoint) noexcept {
  looksAtAsker(slot, endpoint);
  return !slot.state.abandoned();
}

/// Requests a stop when the one who asked leaves. By the one who is to answer, once it is known that
/// the answer has not been given.
inline std::stop_token stopTokenOf(AnswerSlot& slot, EndpointCore const& endpoint) {
  looksAtAsker(slot, endpoint);
  if (!slot.stop.stop_possible()) {
    slot.stop = std::stop_source();
    if (!slot.state.offerStop()) slot.stop.request_stop();
  }
  return slot.stop.get_token();
}

/// Of an answer that nobody waits for (any more).
inline std::stop_token stoppedToken() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// An answer that several may give, from any thread: the first one wins, if all of them are gone it
/// is NoReply, and if the endpoint is closed it is Closed.
class SharedGiver final : public Promise {
 public:
  SharedGiver(AnswerSlot* slot, std::shared_ptr<EndpointCore> endpoint) noexcept
      : slot_(slot), endpoint_(std::move(endpoint)) {}
  ~SharedGiver() override { end(Errc::NoReply); }

  bool give(Box&& box) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerBox(slot, *endpoint_, std::move(box));
  }

  bool fail(std::exception_ptr exception) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerException(slot, *endpoint_, std::move(exception));
  }

  bool isAwaited() const {
    std::lock_guard const lock(mutex_);
    return slot_ != nullptr && isAwaitedBy(*slot_, *endpoint_);
  }

  std::stop_token stopToken() {
    std::lock_guard const lock(mutex_);
    return slot_ == nullptr ? stoppedToken() : stopTokenOf(*slot_, *endpoint_);
  }

  void endpointIsClosed() noexcept override { end(Errc::Closed); }

 private:
  void end(Errc failure) noexcept {
    if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, failure);
  }

  /// What is to be answered now, if it has not been.
  AnswerSlot* claim() {
    std::lock_guard const lock(mutex_);
    AnswerSlot* const slot = std::exchange(slot_, nullptr);
    Driver* const driver = endpoint_->bus->driver();
    if (driver != nullptr && slot != nullptr) driver->answers(*slot);
    return slot;
  }

  mutable std::mutex mutex_;
  AnswerSlot* slot_;
  std::shared_ptr<EndpointCore> const endpoint_;
};

/// The answer to the message that is being handled.
class Giver {
 public:
  Giver(AnswerSlot* slot, EndpointCore& endpoint) noexcept : slot_(slot), endpoint_(endpoint) {}
  Giver(Giver const&) = delete;
  Giver& operator=(Giver const&) = delete;

  /// Takes over what the other one was to answer; neither has been deferred.
  void takeOver(Giver& other) noexcept { slot_ = std::exchange(other.slot_, nullptr); }

  template <class T>
  bool give(T&& value) {
    if constexpr (std::is_nothrow_constructible_v<Travels<T>, T>) {
      if (slot_ != nullptr) [[likely]] {
        fillAnswer(slot_->box, std::forward<T>(value));
        slot_->kind = AnswerSlot::Kind::Value;
        return publishListenersAnswer(std::exchange(slot_, nullptr), endpoint_);
      }
    }
    // First the value: making it may throw, and may come back here with another one.
    Box box;
    fillAnswer(box, std::forward<T>(value));
    return giveBox(std::move(box));
  }
  bool giveNothing() noexcept { return giveBox(Box()); }

  void fail(std::exception_ptr exception) noexcept {
    if (slot_ != nullptr) {
      answerException(std::exchange(slot_, nullptr), endpoint_, std::move(exception));
    } else if (shared_ != nullptr) {
      shared_->fail(std::move(exception));
    }
  }

  /// If nobody has answered or promised to.
  void fail(Errc failure) noexcept {
    if (slot_ == nullptr) return;
    answerFailure(std::exchange(slot_, nullptr), endpoint_, failure);
  }

  /// Null if no answer is wanted any more.
  std::shared_ptr<SharedGiver> share() {
    if (slot_ != nullptr) {
      shared_ = std::make_shared<SharedGiver>(slot_, endpoint_.shared_from_this());
      std::exchange(slot_, nullptr)->state.defer();
      endpoint_.promises.add(shared_);
      // Closed meanwhile: it may have been too late for the ones that are told.
      if (endpoint_.isClosed()) shared_->endpointIsClosed();
    }
    return shared_;
  }

  bool isAwaited() const {
    if (slot_ != nullptr) return isAwaitedBy(*slot_, endpoint_);
    return shared_ != nullptr && shared_->isAwaited();
  }

  /// A stop is requested when nobody waits for the answer any more.
  std::stop_token stopToken() {
    if (slot_ != nullptr) return stopTokenOf(*slot_, endpoint_);
    return shared_ == nullptr ? stoppedToken() : shared_->stopToken();
  }

 private:
  bool giveBox(Box&& box) noexcept {
    if (slot_ != nullptr)
      return answerBox(std::exchange(slot_, nullptr), endpoint_, std::move(box));
    return shared_ != nullptr && shared_->give(std::move(box));
  }

  AnswerSlot* slot_;
  EndpointCore& endpoint_;
  std::shared_ptr<SharedGiver> shared_;
};

}  // namespace tincan::detail
