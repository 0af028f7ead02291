// tincan/detail/endpoint/responder.hpp - the side of a request that answers
#pragma once

#include <atomic>
#include <cstdint>
#include <exception>
#include <memory>
#include <mutex>
#include <stop_token>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/value.hpp>

namespace tincan::inline v0::detail {

/// Hands over an answer that has been put into the slot. Nothing of the slot is touched afterwards,
/// unless the one who asked has left; then this is false.
inline bool publishAnswer(AnswerSlot* slot, EndpointCore& endpoint) noexcept {
  using Published = AnswerState<ThreadPlatform>::Published;
  noteLookAtRequester(endpoint, *slot);
  slot->clock = threadState().clock;
  Published const published = slot->state.publish();
  if (published == Published::Taken) [[likely]]
    return true;
  if (published == Published::Elsewhere) {
    slot->continuesAt->bringAnswer(slot);
    return true;
  }
  endpoint.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState().answers.give(slot);
  return false;
}

/// The answer cannot come to its continuation: the endpoint is closed, or there is no memory.
inline void loseAnswer(AnswerSlot* slot) noexcept {
  if (slot->state.undelivered()) threadState().answers.give(slot);
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
    box.emplace<Answer>(travelling<T>(value));
  }
}

/// Whether somebody can still get the answer. The one who asked was `requester`; null: nobody knows.
inline bool isAwaitedBy(AnswerSlot const& slot, EndpointCore const& endpoint,
                        EndpointCore const* requester) noexcept {
  noteLookAtRequester(endpoint, slot);
  if (endpoint.bus->driver() != nullptr) [[unlikely]] {
    noteLife(endpoint);
    if (requester != nullptr) noteLife(*requester);
  }
  if (slot.state.abandoned() || endpoint.isClosed()) return false;
  if (requester != nullptr && requester->isClosed()) return false;
  return slot.deadline == NoDeadline || endpoint.bus->now() < slot.deadline;
}

/// Of an answer that nobody waits for (any more).
inline std::stop_token stoppedToken() {
  std::stop_source source;
  source.request_stop();
  return source.get_token();
}

/// An answer that several may give, from any thread: the first one wins, if all of them are gone it
/// is NoReply, and if the endpoint is closed it is Closed.
class SharedResponder final : public CloseListener {
 public:
  /// `requester` may be null: then nobody knows when that is closed.
  SharedResponder(EndpointCore& endpoint, EndpointCore* requester)
      : endpoint_(endpoint.shared_from_this()),
        requester_(requester == nullptr ? nullptr : requester->shared_from_this()) {}
  ~SharedResponder() override { end(Errc::NoReply); }

  /// Once, before others know of it.
  void begin(AnswerSlot* slot) noexcept { slot_ = slot; }

  /// One of several who could have answered does not, on this thread. What it has sent before goes
  /// before the answer.
  void leftHere() noexcept { raise(leftAt_, threadState().clock); }

  bool give(Box&& box) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerBox(slot, *endpoint_, std::move(box));
  }

  bool fail(std::exception_ptr exception) noexcept {
    AnswerSlot* const slot = claim();
    return slot != nullptr && answerException(slot, *endpoint_, std::move(exception));
  }

  using By = Suspension<ThreadPlatform> const*;

  /// The one who asked does not wait for the endpoint from now on: but for the Task, if nobody else
  /// may answer, and once isHandedOn().
  void defer(By task = nullptr) noexcept {
    std::lock_guard const lock(mutex_);
    if (slot_ == nullptr) return;
    task_ = slot_->state.deferred() ? nullptr : task;
    setAnsweredBy(nullptr);
    slot_->state.defer();
  }
  /// All who may answer have been called.
  void isHandedOn() noexcept {
    {
      std::lock_guard const lock(mutex_);
      if (slot_ == nullptr || task_ == nullptr) return;
      setAnsweredBy(task_);
    }
    waitGraph().suspended();
  }
  /// The Task is over.
  void isTaskOver() noexcept {
    std::lock_guard const lock(mutex_);
    task_ = nullptr;
    if (slot_ != nullptr) setAnsweredBy(nullptr);
  }

  bool isAwaited() const noexcept {
    std::lock_guard const lock(mutex_);
    raiseClock(answeredAt_);
    return slot_ != nullptr && isAwaitedBy(*slot_, *endpoint_, requester_.get());
  }

  /// A stop is requested when nobody can get the answer any more; not by the answer itself. If this
  /// throws bad_alloc, nothing has happened.
  std::stop_token stopToken() {
    {
      std::lock_guard const lock(mutex_);
      raiseClock(answeredAt_);
      if (slot_ == nullptr) return stoppedToken();
      if (stop_.stop_possible()) return stop_.get_token();
      std::stop_source stop;
      if (requester_ != nullptr) {
        requesterEnd_ = std::make_shared<RequesterEnd>(weak_from_this());
        requester_->closeListeners.add(requesterEnd_);
      }
      stop_ = slot_->stop = std::move(stop);
      noteLookAtRequester(*endpoint_, *slot_);
      // A deadline that has passed is the caller's to notice: an answer may still be in time.
      if (slot_->state.offerStop() && (requester_ == nullptr || !requester_->isClosed())) {
        return stop_.get_token();
      }
    }
    // It is too late already, and whoever would have requested the stop may not have seen it.
    std::stop_source stop = stop_;
    stop.request_stop();
    return stop.get_token();
  }

  void endpointIsClosed() noexcept override { end(Errc::Closed); }

 private:
  /// In the list of the endpoint that has asked.
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

  /// Under the lock.
  void setAnsweredBy(By task) noexcept {
    // relaxed: written under the lock.
    if (slot_->answeredBy.load(std::memory_order_relaxed) != nullptr) {
      waitGraph().isAnswered(slot_->answeredBy);
    }
    // seq_cst: see Suspension::publish().
    if (task != nullptr) slot_->answeredBy.store(task, std::memory_order_seq_cst);
  }

  /// Without effect if there is none, or an answer.
  std::stop_source stopSource() const noexcept {
    std::lock_guard const lock(mutex_);
    if (slot_ == nullptr) return std::stop_source(std::nostopstate);
    return stop_;
  }

  void end(Errc failure) noexcept {
    raiseClock(leftAt_.load(std::memory_order_acquire));
    if (AnswerSlot* const slot = claim()) answerFailure(slot, *endpoint_, failure);
  }

  /// What is to be answered now, if it has not been. By the end of the endpoint, too: then a stop is
  /// requested.
  AnswerSlot* claim() noexcept {
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

  mutable Mutex mutex_;
  AnswerSlot* slot_ = nullptr;
  By task_ = nullptr;             // the only one who may answer
  std::uint64_t answeredAt_ = 0;  // a clock, as the next one
  std::atomic<std::uint64_t> leftAt_{0};
  std::stop_source stop_{std::nostopstate};
  std::shared_ptr<CloseListener> requesterEnd_;  // with the stop source
  std::shared_ptr<EndpointCore> const endpoint_, requester_;
};

/// The answer to the message that is being handled.
class Responder {
 public:
  Responder(AnswerSlot* slot, EndpointCore& endpoint) noexcept : slot_(slot), endpoint_(endpoint) {}
  Responder(Responder const&) = delete;
  Responder& operator=(Responder const&) = delete;

  EndpointCore& endpoint() const noexcept { return endpoint_; }

  /// Takes over what the other one was to answer.
  void takeOver(Responder& other) noexcept {
    slot_ = std::exchange(other.slot_, nullptr);
    if (other.shared_ != nullptr) shared_ = std::move(other.shared_);
  }
  /// Answers, too, what the other one has shared.
  void join(Responder const& other) noexcept { shared_ = other.shared_; }

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

  /// All who may answer have been called. If nobody has answered or promised to, this does.
  [[gnu::always_inline]] void fail(Errc failure) noexcept {
    if (slot_ == nullptr) return isHandedOn();
    answerFailure(std::exchange(slot_, nullptr), endpoint_, failure);
  }

  /// Takes the memory for share(), which then cannot fail. Throws bad_alloc, and then nothing has
  /// happened.
  void reserve(EndpointCore* requester) {
    if (shared_ == nullptr && slot_ != nullptr) {
      shared_ = std::make_shared<SharedResponder>(endpoint_, requester);
    }
  }

  /// The one who asked waits for no endpoint from now on: for the Task, if one is to answer. Null if
  /// no answer is wanted any more.
  std::shared_ptr<SharedResponder> const& share(EndpointCore* requester = nullptr,
                                                SharedResponder::By task = nullptr) {
    makeShared(requester);
    if (shared_ != nullptr) shared_->defer(task);
    return shared_;
  }
  /// All who may answer have been called.
  void isHandedOn() noexcept {
    if (shared_ != nullptr) [[unlikely]]
      shared_->isHandedOn();
  }
  /// The Task is over, and the answer comes next.
  void isTaskOver() noexcept {
    if (shared_ != nullptr) shared_->isTaskOver();
  }

  bool isAwaited(EndpointCore const* requester) const noexcept {
    if (slot_ != nullptr) return isAwaitedBy(*slot_, endpoint_, requester);
    return shared_ != nullptr && shared_->isAwaited();
  }

  /// See SharedResponder::stopToken().
  std::stop_token stopToken(EndpointCore* requester) {
    makeShared(requester);
    return shared_ == nullptr ? stoppedToken() : shared_->stopToken();
  }

 private:
  /// From now on another thread may answer as well.
  void makeShared(EndpointCore* requester) {
    if (slot_ == nullptr) return;
    reserve(requester);
    shared_->begin(std::exchange(slot_, nullptr));
    endpoint_.closeListeners.add(shared_);
    // Closed meanwhile: it may have been too late for the ones that are told.
    if (endpoint_.isClosed()) shared_->endpointIsClosed();
  }

  bool giveBox(Box&& box) noexcept {
    if (slot_ != nullptr)
      return answerBox(std::exchange(slot_, nullptr), endpoint_, std::move(box));
    return shared_ != nullptr && shared_->give(std::move(box));
  }

  AnswerSlot* slot_;
  EndpointCore& endpoint_;
  std::shared_ptr<SharedResponder> shared_;
};

}  // namespace tincan::inline v0::detail
