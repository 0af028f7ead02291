// tincan/detail/request/shared_responder.hpp - an answer that several may give
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

/// True if somebody can still get the answer. `requester`: null if it is not known.
bool isAwaitedBy(AnswerSlot const& slot, EndpointCore const& endpoint,
                 EndpointCore const* requester) noexcept;
/// Of a request whose answer nobody can get: what the future says that the requester may still hold.
/// Whoever tells somebody that it is not awaited answers with that, so that no later answer wins.
/// None, if there is no future, or a driver is to let the deadline pass.
std::optional<Errc> failureOf(AnswerSlot const& slot, EndpointCore const& endpoint,
                              EndpointCore const* requester) noexcept;

/// A token that says stop: that of an answer which nobody waits for (any more).
StopToken stoppedToken();

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
  SharedResponder(SharedResponder const&) = delete;
  SharedResponder& operator=(SharedResponder const&) = delete;
  ~SharedResponder() override { end(Errc::NoReply); }

  /// Gives it what is to be answered; called once, before others know of it.
  void begin(AnswerSlot* slot) noexcept { slot_ = slot; }

  /// Learns that one of those that defer() has counted does not answer, on this thread.
  void leftHere() noexcept { left(others_); }

  /// Answers with what is in the box. False if there was an answer, or if it is too late.
  bool give(Box&& box) noexcept;

  /// Answers with the exception. False if there was an answer, or if it is too late.
  bool fail(std::exception_ptr exception) noexcept;

  /// A Task that may answer.
  ///
  ///   Lifetime  From defer() to noteTaskOver().
  struct Answerer : SuspensionBranch<ThreadPlatform> {
    Suspended<ThreadPlatform> on;
    SuspensionBranch<ThreadPlatform>** link = nullptr;  // what leads to it in the list
  };

  /// Says that the requester does not wait for the endpoint from now on: for whoever calls leftHere() once
  /// he has not answered.
  void defer() noexcept;
  /// Says so for a Task. If only Tasks may answer it waits for them, once noteAllCalled().
  void defer(Answerer& answerer, Suspension<ThreadPlatform>* task) noexcept;
  /// Learns that all who may answer have been called.
  void noteAllCalled() noexcept;
  /// Learns that the Task is over, and what it leads to comes next in the endpoint's loop: an answer or taskLeft().
  void noteTaskOver(Answerer& answerer) noexcept;
  void taskLeft() noexcept { left(here_); }

  /// Whether somebody can still get the answer. If nobody can, none that is given later wins.
  bool isAwaited() noexcept;

  /// A token whose stop is requested when nobody can get the answer any more; not by the answer itself.
  /// If this throws std::bad_alloc, nothing has happened.
  StopToken stopToken();

  void endpointIsClosed() noexcept override;

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

  /// Looks whether somebody can still get the answer.
  bool lookIfAwaited() noexcept;

  /// Lets the requester wait for those who may answer, of whom there is one more. Under the lock.
  void handOn() noexcept;
  /// Tells the Task that the link leads to, if one is there, where it is in the list.
  static void linkAt(SuspensionBranch<ThreadPlatform>** link) noexcept;
  /// Learns that one of those goes without an answer, on this thread.
  void left(std::size_t& ofThose) noexcept;
  /// Does that under the lock.
  void leave(std::size_t& ofThose) noexcept;
  /// Names those who are to answer, if it is known who that is. Under the lock.
  void nameAnswerers() noexcept;
  /// Takes back what nameAnswerers() has done. Under the lock.
  void withdrawAnswerers() noexcept;

  /// The stop source; its request_stop() has no effect if nobody has a token, or there is an
  /// answer.
  StopSource stopSource() const noexcept;

  void end(Errc failure) noexcept;

  /// Takes the slot, for the caller to answer; null if that has been done. At the end of the
  /// endpoint a stop is requested.
  [[nodiscard]] AnswerSlot* claim() noexcept;

  mutable Mutex mutex_{};       // guards all of this but leftAt_; stop_ stays once it is set
  AnswerSlot* slot_ = nullptr;  // null: it was answered
  SuspensionBranch<ThreadPlatform>* answerers_ = nullptr;  // the Tasks that may answer
  std::size_t others_ = 0;                                 // who may, too, on whatever thread
  // Who may in the endpoint's loop: the one who calls all, and Tasks that are over.
  std::size_t here_ = 1;
  Suspension<ThreadPlatform> atWork_{};  // stands for these: it is never suspended
  Suspension<ThreadPlatform> anyOf_{};   // stands for Tasks, if they are several
  Suspended<ThreadPlatform> anyOfThem_{};
  std::uint64_t answeredAt_ = 0;  // the clock of the one who did
  std::uint64_t answer_ = 0;      // the number that a driver has given it
  StopSource stop_{NoStopState()};
  std::shared_ptr<CloseListener> requesterEnd_{};  // with the stop source
  std::atomic<std::uint64_t> leftAt_{0};           // the clock of those who did not
  std::shared_ptr<EndpointCore> const endpoint_, requester_;
};

}  // namespace tincan::inline abi0::detail
