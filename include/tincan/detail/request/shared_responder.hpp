// tincan/detail/request/shared_responder.hpp - an answer that several may give
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// True if the deadline of the request has passed.
inline bool hasExpired(AnswerSlot const& slot, EndpointCore const& endpoint) noexcept {
  return slot.deadline != NoDeadline && endpoint.bus->now() >= slot.deadline;
}
/// True if the requester waits still, although the deadline has passed: whoever tells somebody of that
/// answers Timeout, so that no later answer wins. (A driver lets deadlines pass itself.)
inline bool mustExpire(AnswerSlot const& slot, EndpointCore const& endpoint) noexcept {
  return endpoint.bus->driver() == nullptr && hasExpired(slot, endpoint) && !slot.state.abandoned();
}

/// True if somebody can still get the answer. `requester`: null if it is not known.
inline bool isAwaitedBy(AnswerSlot const& slot, EndpointCore const& endpoint,
                        EndpointCore const* requester) noexcept {
  noteLookAtRequester(endpoint, slot);
  if (endpoint.bus->driver() != nullptr) [[unlikely]] {
    noteLife(endpoint);
    if (requester != nullptr) noteLife(*requester);
  }
  if (slot.state.abandoned() || endpoint.isClosed()) return false;
  if (requester != nullptr && requester->isClosed()) return false;
  return !hasExpired(slot, endpoint);
}

/// A token that says stop: that of an answer which nobody waits for (any more).
inline std::stop_token stoppedToken() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// An answer that several may give: the first one wins, if all of them are gone it is NoReply, and if
/// the endpoint that was asked is closed it is Closed.
///
///   Threads   Any.
///   Order     What all of them have sent before they left or answered, goes before the answer.
///   Lifetime  Held by those who may answer. Holds both endpoints.
class SharedResponder final : public CloseListener {
 public:
  /// `requester` may be null: then nobody sees when that is closed.
  SharedResponder(EndpointCore& endpoint, EndpointCore* requester)
      : endpoint_(endpoint.shared_from_this()),
        requester_(requester == nullptr ? nullptr : requester->shared_from_this()) {}
  ~SharedResponder() override { end(Errc::NoReply); }

  /// Gives it what is to be answered; called once, before others know of it.
  void begin(AnswerSlot* slot) noexcept { slot_ = slot; }

  /// Learns that one of those who could have answered does not, on this thread.
  void leftHere() noexcept { raise(leftAt_, threadState().clock); }

  /// Answers with what is in the box. False if there was an answer, or if it is too late.
  bool give(Box&& box) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerBox(slot, *endpoint_, std::move(box));
  }

  /// Answers with the exception. False if there was an answer, or if it is too late.
  bool fail(std::exception_ptr exception) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerException(slot, *endpoint_, std::move(exception));
  }

  using By = Suspension<ThreadPlatform> const*;

  /// Says that the requester does not wait for the endpoint from now on. If only the Task may
  /// answer, it waits for that, once noteAllCalled().
  void defer(By task = nullptr) noexcept {
    std::lock_guard const lock(mutex_);
    if (slot_ == nullptr) return;
    task_ = slot_->state.deferred() ? nullptr : task;
    setAnsweredBy(nullptr);
    slot_->state.defer();
  }
  /// Learns that all who may answer have been called.
  void noteAllCalled() noexcept {
    {
      std::lock_guard const lock(mutex_);
      if (slot_ == nullptr || task_ == nullptr) return;
      setAnsweredBy(task_);
    }
    waitGraph().suspended();
  }
  /// Learns that the Task is over, and nobody waits for it any more.
  void noteTaskOver() noexcept {
    std::lock_guard const lock(mutex_);
    task_ = nullptr;
    if (slot_ != nullptr) setAnsweredBy(nullptr);
  }

  /// Whether somebody can still get the answer. If nobody can, none that is given later wins.
  bool isAwaited() noexcept {
    {
      std::lock_guard const lock(mutex_);
      raiseClock(answeredAt_);
      if (slot_ == nullptr) return false;
      if (isAwaitedBy(*slot_, *endpoint_, requester_.get())) return true;
      if (!mustExpire(*slot_, *endpoint_)) return false;
    }
    auto stop = stopSource();
    if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, Errc::Timeout);
    stop.request_stop();
    return false;
  }

  /// A token whose stop is requested when nobody can get the answer any more; not by the answer itself.
  /// If this throws std::bad_alloc, nothing has happened.
  std::stop_token stopToken() {
    {
      std::lock_guard const lock(mutex_);
      raiseClock(answeredAt_);
      if (slot_ != nullptr && stop_.stop_possible()) return stop_.get_token();
    }
    std::stop_source stop;  // what allocates, without the lock
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

  void endpointIsClosed() noexcept override { end(Errc::Closed); }

 private:
  /// Requests the stop when the endpoint is closed that has asked.
  class RequesterEnd final : public CloseListener {
   public:
    explicit RequesterEnd(std::weak_ptr<CloseListener> responder) noexcept
        : responder_(std::move(responder)) {}
    void endpointIsClosed() noexcept override {
      if (auto const responder = responder_.lock()) {
        static_cast<SharedResponder&>(*responder).stopSource().request_stop();
      }
    }

   private:
    std::weak_ptr<CloseListener> const responder_;
  };

  /// Names the Task that is to answer; null: none. Under the lock.
  void setAnsweredBy(By task) noexcept {
    // relaxed: written under the lock.
    if (slot_->answeredBy.load(std::memory_order_relaxed) != nullptr) {
      waitGraph().withdrawTask(slot_->answeredBy);
    }
    // seq_cst: see Suspension::publish().
    if (task != nullptr) slot_->answeredBy.store(task, std::memory_order_seq_cst);
  }

  /// The stop source; its request_stop() has no effect if nobody has a token, or there is an
  /// answer.
  std::stop_source stopSource() const noexcept {
    std::lock_guard const lock(mutex_);
    if (slot_ == nullptr) return std::stop_source(std::nostopstate);
    return stop_;
  }

  void end(Errc failure) noexcept {
    // acquire: pairs with the release in leftHere().
    raiseClock(leftAt_.load(std::memory_order_acquire));
    if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, failure);
  }

  /// Takes the slot, for the caller to answer; null if that has been done. At the end of the
  /// endpoint a stop is requested.
  [[nodiscard]] AnswerSlot* claim() noexcept {
    std::unique_lock lock(mutex_);
    // Whoever finds an answer here comes after the one who has given it.
    if (slot_ == nullptr) {
      raiseClock(answeredAt_);
      return nullptr;
    }
    answeredAt_ = threadState().clock;
    setAnsweredBy(nullptr);
    AnswerSlot* const slot = std::exchange(slot_, nullptr);
    noteAnswer(*endpoint_, *slot);
    if (stop_.stop_possible() && endpoint_->isClosed()) {
      lock.unlock();
      stop_.request_stop();
    }
    return slot;
  }

  mutable Mutex mutex_;           // guards all of this but leftAt_; stop_ stays once it is set
  AnswerSlot* slot_ = nullptr;    // null: it was answered
  By task_ = nullptr;             // the only one who may answer
  std::uint64_t answeredAt_ = 0;  // the clock of the one who did
  std::stop_source stop_{std::nostopstate};
  std::shared_ptr<CloseListener> requesterEnd_;  // with the stop source
  std::atomic<std::uint64_t> leftAt_{0};         // the clock of those who did not
  std::shared_ptr<EndpointCore> const endpoint_, requester_;
};

}  // namespace tincan::inline abi0::detail
