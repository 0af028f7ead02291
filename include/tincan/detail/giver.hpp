// tincan/detail/giver.hpp - layer 9 - the side of a request that answers
#pragma once

#include <exception>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/answer_slot.hpp>
#include <tincan/detail/core.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/value.hpp>

namespace tincan::detail {

/// Hands over an answer that has been put into the slot. Nothing of the slot is touched afterwards,
/// unless the one who asked has left; then this is false.
inline bool publishAnswer(AnswerSlot* slot, EndpointCore& endpoint) noexcept {
  slot->clock = threadState.clock;
  if (slot->state.publish()) [[likely]]
    return true;
  endpoint.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState.answers.give(slot);
  return false;
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

/// An answer that several may give, from any thread: the first one wins, and if all of them are gone
/// it is NoReply.
class SharedGiver {
 public:
  SharedGiver(AnswerSlot* slot, std::shared_ptr<EndpointCore> endpoint) noexcept
      : slot_(slot), endpoint_(std::move(endpoint)) {}
  SharedGiver(SharedGiver const&) = delete;
  SharedGiver& operator=(SharedGiver const&) = delete;
  ~SharedGiver() {
    if (slot_ != nullptr) answerFailure(slot_, *endpoint_, Errc::NoReply);
  }

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
    return slot_ != nullptr && !slot_->state.abandoned();
  }

 private:
  AnswerSlot* claim() {
    std::lock_guard const lock(mutex_);
    return std::exchange(slot_, nullptr);
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

  /// True if an answer is wanted and has not been given, nor been deferred.
  bool isOpen() const noexcept { return slot_ != nullptr; }

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
    if (slot_ != nullptr)
      return answerBox(std::exchange(slot_, nullptr), endpoint_, std::move(box));
    return shared_ != nullptr && shared_->give(std::move(box));
  }

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
    }
    return shared_;
  }

  bool isAwaited() const {
    if (slot_ != nullptr) return !slot_->state.abandoned();
    return shared_ != nullptr && shared_->isAwaited();
  }

 private:
  AnswerSlot* slot_;
  EndpointCore& endpoint_;
  std::shared_ptr<SharedGiver> shared_;
};

}  // namespace tincan::detail
