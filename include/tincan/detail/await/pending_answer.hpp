// tincan/detail/await/pending_answer.hpp - an answer that is under way, whatever its type
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/await/task_suspension.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/type_info.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/thread/wait_end.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// A Future without its type: a request that is under way, and its lane; or none.
///
///   Threads   One at a time; a coroutine's: that of the endpoint where it goes on.
///   Progress  Only wait() blocks.
///   Lifetime  Holds both endpoints. Its end gives the request up.
class PendingAnswer {
 public:
  /// None.
  PendingAnswer() noexcept = default;
  PendingAnswer(PendingAnswer const&) = delete;
  PendingAnswer& operator=(PendingAnswer const&) = delete;
  /// The name is kept by the requester's table, or is this object's. `isPlain`: it went by a plain way.
  [[gnu::always_inline]] PendingAnswer(PendingRequest&& pending,
                                       std::shared_ptr<MessageLane>&& lane, NameRecord const* name,
                                       bool isPlain) noexcept
      : pending_(static_cast<PendingRequest&&>(pending)),
        lane_(static_cast<std::shared_ptr<MessageLane>&&>(lane)),
        name_(name),
        isPlain_(isPlain) {}
  [[gnu::always_inline]] PendingAnswer(PendingAnswer&& other) noexcept
      : pending_(static_cast<PendingRequest&&>(other.pending_)),
        lane_(static_cast<std::shared_ptr<MessageLane>&&>(other.lane_)),
        name_(other.name_),
        cancelledFor_(other.cancelledFor_),
        isPlain_(other.isPlain_) {}
  /// Gives up the request that this one had.
  PendingAnswer& operator=(PendingAnswer&& other) noexcept;
  [[gnu::always_inline]] ~PendingAnswer() {
    // Mostly there is nothing to do: it was moved from, or has given its answer.
    if (exists()) [[unlikely]]
      end();
  }

  /// False if it is none.
  bool exists() const noexcept { return lane_ != nullptr; }

  /// True if take() would not have to wait.
  bool isReady() const noexcept {
    bool const isReady = isAnswered() || receiver().isOver() || deadlineHasPassed();
    if (receiver().bus->isHeard()) [[unlikely]]
      tellLooked(isReady);
    return isReady;
  }
  /// True if the answer is there, or was given up.
  bool isAnswered() const noexcept {
    beginLook();
    if (!pending_.hasSlot()) return true;
    if (!pending_.state().ready()) return false;
    pending_.look();
    if (receiver().bus->isHeard()) [[unlikely]]
      tellFound();
    return true;
  }
  bool deadlineHasPassed() const noexcept { return hasPassed(deadline()); }

  /// Gives the request up, if there is no answer yet; take() then throws the reason.
  void cancel(Errc reason) noexcept;

  /// Blocks until the answer is there, or the reason is known why there will be none. Throws Deadlock if
  /// it could never come while this thread waits, and keeps it.
  [[nodiscard]] WaitEnd wait(Nanoseconds deadline) const;

  /// Throws, after a wait that ended so, why there is no answer, unless it is there.
  void settle(WaitEnd end) {
    if (pending_.hasSlot()) pending_.settle(end, {}, receiver(), channel());
    if (!pending_.hasSlot()) throwFailure(cancelledFor_, channel(), receiver().displayName());
  }
  /// The answer, which is there; or throws what that is if it is no value.
  template <class R>
  R take() {
    return pending_.takeAnyhow<R>(channel(), receiver());
  }

  /// The request, whose answer is there and of that type; or throws why it is not.
  [[nodiscard]] PendingRequest takeRequest(TypeInfo const& wanted) {
    Box& box = pending_.expectValue(channel(), receiver());
    PendingRequest::expect(box, wanted, channel(), receiver());
    return std::move(pending_);
  }

  /// True if takeAtOnce<R>() may be called: the answer is there, needs no wait and no conversion.
  template <class R>
  [[gnu::always_inline]] bool isTakenAtOnce() const noexcept {
    return isPlain_ && pending_.hasSlot() && pending_.state().ready() && pending_.holds<R>();
  }
  /// The answer. Afterwards this is none.
  template <class R>
  [[gnu::always_inline]] R takeAtOnce() {
    LaneEnd end{static_cast<std::shared_ptr<MessageLane>&&>(lane_)};
    return pending_.takeHeld<R>();
  }

  /// The deadline of a request that has not been given up.
  Nanoseconds deadline() const noexcept { return pending_.slot().deadline; }

  /// Calls the continuation, which knows its deadline, on the endpoint's thread, which is this one, when
  /// the answer is there. False if it is, or will not come: then the caller goes on at once.
  [[nodiscard]] bool continueAt(EndpointCore& endpoint, TimedContinuation& continuation) noexcept {
    if (isAnswered()) return false;
    if (endpoint.isClosed() || receiver().isOver()) {
      cancel(Errc::Closed);
      return false;
    }
    return waitAt(endpoint, continuation);
  }
  /// Does what continueAt() does, without a look whether the answer is there or will not come.
  [[nodiscard]] bool waitAt(EndpointCore& endpoint, TimedContinuation& continuation) noexcept {
    endpoint.continuations.add(continuation);
    if (pending_.continueAt(endpoint, continuation)) return true;
    endpoint.continuations.remove(continuation);
    return false;
  }

  /// Names all that a coroutine waits for which goes on at that endpoint with the answer.
  TaskSuspension::On neededAt(EndpointCore const& endpoint) const noexcept;

  /// Takes in why the continuation goes on, which calls this first of all. False: the answer is on
  /// its way, and the continuation will be called with that.
  [[nodiscard]] bool arrive(Continuation::Why why) noexcept;

  /// The endpoint on which a coroutine goes on: the one that the thread is running, else the first
  /// one that it polls, else the requester, else the first one that belongs to the thread. Throws
  /// WrongThread.
  EndpointCore& home() const;

  EndpointCore& receiver() const noexcept { return *lane_->receiver; }
  std::string_view channel() const noexcept { return name_->view(); }

 private:
  /// At its end, leaves the hold of a lane to the next request, if its writer is this thread's.
  struct LaneEnd {
    [[gnu::always_inline]] ~LaneEnd() {
      EndpointCore& writer = *lane->writer;
      if (writer.isOpenTo(threadState())) [[likely]]
        writer.outbox.leaveSpare(lane);
    }
    std::shared_ptr<MessageLane> lane;
  };

  bool hasPassed(Nanoseconds deadline) const noexcept {
    return deadline != NoDeadline && receiver().bus->now() >= deadline;
  }

  /// Tells a driver that the caller is about to look whether the answer is there, as look().
  void beginLook() const noexcept;
  /// Tells a driver that what the caller does next depends on whether the answer is there.
  void look() const noexcept;
  /// Tells a driver that the requester has found the answer, and so knows what the responder knew.
  void tellFound() const noexcept;
  /// Tells a driver, or a tap, that the requester has looked.
  void tellLooked(bool isReady) const noexcept;

  /// Gives up the request, and ends the name if that is this object's.
  void end() noexcept;

  PendingRequest pending_{};
  std::shared_ptr<MessageLane> lane_{};  // holds both endpoints; null: this is none
  NameRecord const* name_ = nullptr;     // if there is a lane
  Errc cancelledFor_ = Errc::Cancelled;
  bool isPlain_ = false;  // it went by a plain way, whose name is kept, and there is no driver
};

}  // namespace tincan::inline abi0::detail
