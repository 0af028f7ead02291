// tincan/detail/endpoint/endpoint_core.hpp - one endpoint behind its handles
//
// The life of an endpoint. Each arrow is one function; whoever comes second of two does what is left.
//   Open     -> Closed    close(): any thread. Nothing more is taken from its lanes; who waits for it, or
//                         in its name, goes on with Closed. A driven endpoint is Driven instead of Open.
//   Closed   -> Drained   drain(): the one that closes if nobody polls, else the last of the polls
//                         (drainAfterPoll). What was in the lanes is a dead letter, each request answered.
//   Drained  -> Deaf      endListening(): its listeners and handlers end, by its thread, or by whoever
//                         closes it when that has ended; of a driven endpoint in leave().
//   Deaf     -> Left      leave(): its lanes to others are let go; in a send, at the end of that (Sending).
// Two more lead to Left: disown(), when the handle that owned the endpoint is gone, and threadEnded(), when
// its thread has ended without closing it (it is deserted until it is closed). A stand-in goes from Open to
// Left; so does an endpoint whose thread ends while another one disowns it, which closes it afterwards.
// isSilent() is no step: it says that nothing is sent in the endpoint's name any more, maybe before Drained.
// The order of locks. No code of the user's runs under one. One is taken under another only so:
//   SharedResponder::mutex_  -> WaitGraph::mutex_ (a Task that was to answer does not any more)
//   PortEnds::mutex_         -> others of its kind, in the order of their addresses (PortLocks)
//                            -> BusCore::mutex_, IncomingLanes::mutex_, that of a Tap (a lane for tickets is made)
//   BusCore::mutex_          -> the lock of its Tap (which is told of an endpoint)
//   the lock of a Tap        -> those of its own logs
//   IncomingLanes::mutex_    -> LaneBounds::mutex (a lane whose reader locks is looked at)
//   Process::mutex           -> WaitGraph::mutex_ (a fork: ForkGate::close() comes before both)
// All others are taken alone, or innermost.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_parts.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

/// The life of an endpoint, and to which thread it belongs.
///
///   Threads   Sending, listeners and polling: the endpoint's. Closing, lanes for others, counts: any.
///   Lifetime  Held by handles, and by the lanes from and to it until it is closed.
class EndpointCore final : public Party<ThreadPlatform>,
                           public EndpointParts,
                           public SharesItself<EndpointCore> {
 public:
  EndpointCore(std::shared_ptr<BusCore> busCore, std::string endpointName, std::uint64_t number,
               InboxOptions const& options = {}, std::shared_ptr<EndpointCore> forWhom = nullptr)
      : EndpointParts(std::move(busCore), std::move(endpointName), number, options,
                      std::move(forWhom)) {}
  EndpointCore(EndpointCore const&) = delete;
  EndpointCore& operator=(EndpointCore const&) = delete;
  ~EndpointCore() override;

  // ---- who it is, and whether it lives: any thread ----

  std::string displayName() const override;
  bool isNobody() const noexcept { return id == 0; }
  bool isClosed() const noexcept { return gate.peek() == Gate::Closed; }
  bool isAlive() const noexcept { return !isNobody() && !isClosed() && !isInParent(); }
  bool isOver() const noexcept override;
  /// True if only the parent of this process has its thread. One that was started there may not
  /// have begun, and then nobody knows its token.
  bool isInParent() const noexcept override;
  ThreadToken const* settledBy() const noexcept override;
  /// True if the thread that has polled it ended without closing it.
  bool isDeserted() const noexcept;
  bool wasLeft() const noexcept { return departure.wasLeft(); }
  /// True if its handle has ended, or it was left: nobody speaks in its name.
  bool isGone() const noexcept { return departure.isAnnounced() || wasLeft(); }
  /// True for a stand-in whose lanes are those of the endpoint itself by now.
  bool isTakenOver() const noexcept {
    // acquire: pairs with the release of bindHere().
    return isTakenOver_.load(std::memory_order_acquire);
  }
  /// Of its thread: the stand-in by which that sent before the first poll; or null.
  EndpointCore* takenStandIn() const noexcept { return standIn_.get(); }
  /// True if it is closed and nothing is sent in its name any more; to be asked before a look into its lanes.
  bool isSilent() const noexcept {
    // acquire: pairs with the release in beSilent().
    return isSilent_.load(std::memory_order_acquire);
  }
  /// Says that nothing is sent in its name any more.
  void beSilent() noexcept {
    // release: pairs with the acquire in isSilent().
    isSilent_.store(true, std::memory_order_release);
    closeListeners.endpointIsSilent();
  }
  /// Says so, unless its thread, which is the calling one, is in the midst of what may send more.
  void beSilentUnlessBusy() noexcept;

  // ---- to which thread it belongs: any thread asks for itself ----

  /// Throws WrongThread if this is another thread's.
  void checkThread(std::string_view verb) const {
    if (isElsewhere()) [[unlikely]]
      throwWrongThread(verb);
  }
  /// Throws Closed.
  void checkOpen(std::string_view verb) const {
    if (isClosed()) [[unlikely]]
      throwClosed(verb);
  }
  /// True if the calling thread has polled it.
  [[gnu::always_inline]] bool isBoundHere() const noexcept {
    ThreadToken const* const bound = owner();
    return bound != nullptr && bound == threadState().token;
  }
  /// True if the thread, which is the calling one, has polled it and it is open.
  [[gnu::always_inline]] bool isOpenTo(ThreadState const& thread) const noexcept {
    return plainSender.isOpenTo(thread.token);
  }
  /// True if the calling thread has polled it; or has made it or set it up last, and nobody has polled it.
  bool isHeldHere() const noexcept;
  /// True if isHeldHere(), and its handle has not ended.
  bool belongsHere() const noexcept { return !isGone() && isHeldHere(); }
  bool isElsewhere() const noexcept {
    return !isBoundHere() && owner() != nullptr && !isDrivenHere();
  }
  /// Gives it to the calling thread, for one of its own verbs. Throws WrongThread and Closed.
  void requireUsable(std::string_view verb) {
    if (!isBoundHere()) [[unlikely]]
      settleHere(verb);
    checkOpen(verb);
  }
  /// Gives it to the calling thread, until somebody polls it. Throws WrongThread if another one has.
  void settleHere(std::string_view verb);
  /// Gives it to the calling thread for good, which polls it. Throws WrongThread if another one has.
  void bind() {
    if (!isBoundHere()) [[unlikely]]
      bindHere();
  }
  /// Calls begin() and returns what that does, if nobody has polled it yet and it belongs to this
  /// thread until then: whoever begins to poll it meanwhile waits. Else false.
  template <class Begin>
  bool beforeItIsPolled(Begin&& begin) {
    std::lock_guard const lock(bindingMutex_);
    return owner() == nullptr && belongsHere() && begin();
  }
  /// Gives it up: it belongs to nobody until somebody polls it. Throws std::logic_error inside of a poll or a
  /// send; WrongThread, Closed, std::bad_alloc.
  void release();
  /// True from release() until somebody polls it.
  bool isReleased() const noexcept {
    // acquire: pairs with the release in release().
    return isReleased_.load(std::memory_order_acquire);
  }
  /// The thread that polls it, else the one that it belonged to last; null: none.
  ThreadToken const* lastThread() const noexcept;
  /// Gives it to the thread, or the part of a simulation, that has this token.
  void belongTo(std::shared_ptr<ThreadToken> token) noexcept;
  /// Gives it to a driver: it does not run by itself from now on.
  void drive(DrivenEndpoint& by, std::shared_ptr<ThreadToken> token) noexcept;
  /// Takes it from its driver: it is closed, and of no thread.
  void endDrive() noexcept;

  [[noreturn]] void throwInParent(std::string_view verb) const;

  // ---- its end, see above ----

  void close();
  /// Closes it on its own thread, which sends nothing in its name any more.
  void closeHere();
  /// Closes, in three parts, many at a time: markClosed() each, settleClosed() once, finishClosing() each.
  void markClosed() noexcept;
  void settleClosed() noexcept {
    if (bus->driver() == nullptr) gate.settle();
  }
  void finishClosing();
  void drainAfterPoll(bool isRunning);
  void disown();
  void leave();
  /// Leaves, on its thread, if another one has disowned it.
  void leaveIfDisowned();
  /// Does the work of leave(), at the end of the send that is under way.
  void letGo();
  /// Learns that a thread has ended, to which it may be bound.
  void threadEnded(ThreadToken const& thread) noexcept;
  /// Notes that this is a forked child: when the endpoint's loop comes round, what waits for an
  /// answer of a thread that only the parent has goes on with Closed.
  void noteFork() noexcept { notices.add(Notices::Kept | Notices::Forked); }

  // ---- what others bring: any thread; defined where things are sent ----

  /// Brings a published answer to a continuation here: in its place among the messages; without
  /// memory for that, when the endpoint's loop comes round.
  void bringAnswer(AnswerSlot* slot) noexcept;
  /// Brings a task that runs anyway: in its place, without memory when the loop comes round, and at
  /// the end of the endpoint if it is closed. If that is over, it runs at once.
  void bringTask(TaskPtr task) noexcept;

  // ---- quitting ----

  /// Ends one more run. Callable by any thread and by a signal handler.
  void quit() noexcept;
  StopToken stopToken() {
    return quits.stopToken([this] { return isClosed() || !drivenQuits.empty(); });
  }

  // ---- lanes ----

  /// Makes a lane to the receiver; null if that is closed. Those that are not `isUsual` carry no
  /// messages.
  std::shared_ptr<MessageLane> makeLane(EndpointCore& to, bool isUsual = false);
  MessageLane* laneTo(EndpointCore& to) {
    MessageLane* const lane = outbox.find(to);
    if (lane != nullptr) [[likely]]
      return lane;
    return addLane(to);
  }
  /// Learns that a cell was published in a lane to here. False if this has been closed meanwhile.
  bool pushed(MessageLane& lane);

 private:
  void beAlone(bool isAlone) noexcept;
  void bindHere();
  void noteTaking() const noexcept;
  void keepOwner();
  void giveUpOwner() noexcept;
  void drain();
  void endListening() noexcept;
  void endDeserted() noexcept;
  MessageLane* addLane(EndpointCore& to);
  bool pushedTo(MessageLane& lane, MessageInbox::Pushed pushed);
  [[noreturn]] void throwWrongThread(std::string_view verb) const;
  [[noreturn]] void throwClosed(std::string_view verb) const;
  bool isDrivenHere() const noexcept {
    return bus->driver() != nullptr && (isReleased() || bus->driver()->ownership.mayUse(*this));
  }

  std::atomic<bool> isSilent_{false};
  std::atomic<bool> isTakenOver_{false};
  std::atomic<bool> isReleased_{false};
  Mutex bindingMutex_{};  // guards who becomes the owner or the settler, and the next three
  std::shared_ptr<ThreadToken> ownerHold_{};
  Row<std::shared_ptr<ThreadToken>> pastOwners_{};  // others may be looking at them still
  std::shared_ptr<ThreadToken> settlerHold_{};
  std::shared_ptr<EndpointCore> standIn_{};  // by which its thread sent before the first poll
};

}  // namespace tincan::inline abi0::detail
