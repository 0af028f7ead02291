// tincan/detail/endpoint/core.hpp - what an endpoint is behind its handles
//
// Public classes are handles to these. A handle is cheap to copy and harmless to keep; what it
// points to ends when the endpoint is closed and nobody holds a handle any more.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/spin_budget.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/abandonment.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/endpoint/quits.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/queue/inbox.hpp>
#include <tincan/detail/queue/poll_gate.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline v0::detail {

class EndpointCore;
class Responder;
struct MessageLane;
using MessageInbox = Inbox<MessageLane, ThreadPlatform>;
/// A count that one thread writes and any thread reads.
class Tally {
 public:
  [[gnu::always_inline]] void add(std::uint64_t amount = 1) noexcept {
    // relaxed: the only writer's own count. release: pairs with the acquire in get().
    count_.store(count_.load(std::memory_order_relaxed) + amount, std::memory_order_release);
  }
  std::uint64_t get() const noexcept { return count_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// Makes it at least that large.
inline void raise(std::atomic<std::uint64_t>& most, std::uint64_t value) noexcept {
  std::uint64_t seen = most.load(std::memory_order_relaxed);
  // release: whoever has learnt of what comes next sees this.
  while (seen < value && !most.compare_exchange_weak(seen, value, std::memory_order_release,
                                                     std::memory_order_relaxed)) {
  }
}

/// What the endpoints of one bus share.
///
///   Threads   Any.
class BusCore {
 public:
  using ErrorHook = std::function<void(ErrorReport const&)>;
  using DeadLetterHook = std::function<void(DeadLetter const&)>;

  bool isClosed() const noexcept { return isClosed_.load(std::memory_order_acquire); }
  void checkOpen(std::string_view verb) const {
    if (isClosed()) throw Error(Errc::Closed, {}, std::string(verb) + ": the bus is closed");
  }

  /// What runs the endpoints; null if that is what threads do.
  Driver* driver() const noexcept { return driver_; }
  /// Sets the driver before the bus has any endpoint; takes it away when all of them are closed.
  void driveBy(Driver* driver) noexcept { driver_ = driver; }
  /// What listens in on the lanes that are made from now on; or null.
  std::shared_ptr<Tap> tap() const {
    // acquire: pairs with the release in tapBy().
    if (!isTapped_.load(std::memory_order_acquire)) return nullptr;
    std::lock_guard const lock(mutex_);
    return tap_;
  }
  /// It is told of the endpoints that there are.
  void tapBy(std::shared_ptr<Tap> tap);
  /// What the endpoints take for the time.
  Nanoseconds now() const noexcept {
    return driver_ == nullptr ? ThreadPlatform::now() : driver_->executor.now();
  }

  using HighWaterHook = std::function<void(HighWater const&)>;

  /// A new endpoint; throws Error(Closed).
  std::shared_ptr<EndpointCore> add(std::shared_ptr<BusCore> const& self, std::string name,
                                    InboxOptions const& options);
  /// What a thread sends by that has no endpoint, or (named) one that it has not polled yet.
  std::shared_ptr<EndpointCore> addStandIn(std::shared_ptr<BusCore> const& self,
                                           std::shared_ptr<EndpointCore> const& named,
                                           std::shared_ptr<ThreadToken> const& thread);
  void remove(EndpointCore& endpoint) noexcept;

  void close();

  /// It is not found any more. Any thread, as part of its closing.
  void closed(EndpointCore& endpoint) noexcept;

  /// The oldest open endpoint of that name, but not that one; or null.
  std::shared_ptr<EndpointCore> find(std::string_view name, EndpointCore const* except) const;
  /// Those that are open, the oldest first.
  std::vector<std::shared_ptr<EndpointCore>> endpoints() const;

  void setErrorHook(std::shared_ptr<BusCore> const& self, ErrorHook hook);
  void setDeadLetterHook(std::shared_ptr<BusCore> const& self, DeadLetterHook hook);
  void reportError(std::string_view channel, std::string_view from, std::string_view to,
                   std::exception_ptr exception) noexcept;
  /// Where there is no bus whose hook could be told: a line on stderr.
  static void reportNowhere(std::exception_ptr const& exception) noexcept;
  /// Counts it, and tells the hook; without one the first NoListener, TypeMismatch and Denied of a
  /// channel at an endpoint is one line on stderr. One that arises inside the hook, on the same
  /// thread, is only counted. `why` may be null: then the reason says it all.
  void deadLetter(Errc reason, std::string_view channel, EndpointCore const& from,
                  EndpointCore const& to, std::exception_ptr const& why = nullptr) noexcept;
  void highWater(std::string_view from, std::string_view to, std::uint64_t waiting) noexcept;
  void setHighWaterHook(std::shared_ptr<BusCore> const& self, HighWaterHook hook);
  /// At the end of the bus: none of the hooks is running when it returns, but on this thread, nor runs
  /// again. (But for those that wait for this thread.)
  void takeHooks(std::shared_ptr<BusCore> const& self) noexcept;

  void lateAnswer() noexcept { lateAnswers_.fetch_add(1, std::memory_order_relaxed); }

  Stats stats() const;

 private:
  static constexpr std::size_t Reasons = static_cast<std::size_t>(Errc::AlreadyRetrieved) + 1;

  /// Under the lock.
  void make(std::shared_ptr<EndpointCore>& core, std::shared_ptr<BusCore> const& self,
            std::string name, std::uint64_t id, InboxOptions const& options,
            std::shared_ptr<EndpointCore> const& named);
  std::vector<std::shared_ptr<EndpointCore>> all() const;
  /// The one that was made next, open or not; null: the oldest of all. Null if there is none.
  std::shared_ptr<EndpointCore> next(EndpointCore const* core) const noexcept;
  void growLinesSaid();
  bool isFirst(Errc reason, std::string_view channel, EndpointCore const& to);

  Driver* driver_ = nullptr;
  mutable Mutex mutex_;
  EndpointCore* oldest_ = nullptr;  // of all that there are; each removes itself
  EndpointCore* newest_ = nullptr;
  using NameAndId = std::pair<std::string_view, std::uint64_t>;
  std::map<NameAndId, EndpointCore*> open_;
  std::shared_ptr<Tap> tap_;
  std::atomic<bool> isTapped_{false};
  std::uint64_t nextId_ = 1;
  std::atomic<bool> isClosed_{false};
  // Counts of endpoints that are gone.
  std::uint64_t sentBefore_ = 0, handledBefore_ = 0, deepestBefore_ = 0;
  std::atomic<std::uint64_t> lateAnswers_{0};
  std::atomic<std::uint64_t> deadLetters_[Reasons] = {};

  Hook<ErrorReport const&> errorHook_;
  Hook<DeadLetter const&> deadLetterHook_;
  Hook<HighWater const&> highWaterHook_;
  Mutex linesMutex_;                      // guards what follows
  std::vector<std::uint64_t> linesSaid_;  // open addressing: which lines are on stderr
  std::size_t lineCount_ = 0;
};

/// One endpoint.
///
///   Threads   Sending, listeners and polling: the endpoint's thread. Closing, lanes for others,
///             counts: any.
///   Lifetime  Held by handles, and by the lanes from and to it until it is closed.
class EndpointCore final : public Party<ThreadPlatform>,
                           public std::enable_shared_from_this<EndpointCore> {
 public:
  EndpointCore(std::shared_ptr<BusCore> busCore, std::string endpointName, std::uint64_t number,
               InboxOptions const& options = {}, std::shared_ptr<EndpointCore> forWhom = nullptr)
      : bus(std::move(busCore)),
        name(std::move(endpointName)),
        id(number),
        inboxOptions(options),
        named(std::move(forWhom)) {}
  EndpointCore(EndpointCore const&) = delete;
  EndpointCore& operator=(EndpointCore const&) = delete;
  ~EndpointCore();

  std::string displayName() const override;
  bool isOver() const noexcept override {
    return isClosed() || isInParent() || (named && named->isClosed());
  }
  /// A thread that was started in the parent may not have begun, and then nobody knows its token.
  bool isInParent() const noexcept override {
    if (Party::isInParent()) return true;
    std::uint32_t const spawned = spawnedIn.load(std::memory_order_acquire);
    return spawned != 0 && spawned != process().forks.generation() + 1 &&
           owner.load(std::memory_order_acquire) == nullptr && bus->driver() == nullptr;
  }
  bool isNobody() const noexcept { return id == 0; }
  bool isClosed() const noexcept { return gate_.peek() == Gate::Closed; }
  bool isAlive() const noexcept { return !isNobody() && !isClosed() && !isInParent(); }
  /// Its thread has ended, and it is not known to be closed.
  bool isDeserted() const noexcept;

  // ---- the endpoint's thread ----

  /// Throws WrongThread if this is another thread's, and Closed (if asked to) if it is closed.
  void checkThread(std::string_view verb) const {
    if (isElsewhere()) [[unlikely]]
      throwWrongThread(verb);
  }
  void checkOpen(std::string_view verb) const {
    if (isClosed()) [[unlikely]]
      throwClosed(verb);
  }
  /// The calling thread has polled it.
  bool isBoundHere() const noexcept;
  bool isBoundTo(ThreadState const& thread) const noexcept;
  /// Or it has made it or set it up last, and nobody has polled it.
  bool belongsHere() const noexcept;
  /// The same, even if it has ended.
  bool isHeldHere() const noexcept;
  bool isElsewhere() const noexcept {
    return !isBoundHere() && owner.load(std::memory_order_acquire) != nullptr && !isDrivenHere();
  }
  /// For a verb of the endpoint's own: it belongs to the calling thread from now on.
  void requireUsable(std::string_view verb) {
    if (!isBoundHere()) [[unlikely]]
      settleHere(verb);
    checkOpen(verb);
  }
  /// Until somebody polls it. Throws WrongThread if somebody has.
  void settleHere(std::string_view verb);
  /// Calls begin() and returns what that does, if nobody has polled it yet and it belongs to this
  /// thread until then: whoever begins to poll it meanwhile waits. Else false.
  template <class Begin>
  bool beforeItIsPolled(Begin&& begin) {
    std::lock_guard const lock(lanesMutex_);
    // relaxed: written under the lock.
    return owner.load(std::memory_order_relaxed) == nullptr && belongsHere() && begin();
  }
  /// Makes it the calling thread's.
  void bind() {
    if (!isBoundHere()) [[unlikely]]
      bindHere();
  }

  /// `more()` is asked before each message.
  template <class More>
  std::size_t poll(More&& more);
  template <class More>
  std::size_t pollNow(std::uint32_t outer, std::uint32_t life, More& more);
  template <class Stop>
  void run(Stop&& stopRequested);

  /// The listeners and handlers for one sender only, made on first use; null if it is closed.
  ListenerTable* scopeFor(EndpointCore& sender);
  ListenerTable* findScope(EndpointCore const& sender) noexcept {
    SenderScope const* const scope = scopes_.find(&sender);
    return scope == nullptr ? nullptr : scope->table.get();
  }

  /// A lane to the receiver; null if that is closed. Those that are not `isUsual` carry no messages.
  std::shared_ptr<MessageLane> makeLane(EndpointCore& to, bool isUsual = false);
  MessageLane* laneTo(EndpointCore& to) {
    MessageLane* const lane = outbox_.find(to);
    if (lane != nullptr) [[likely]]
      return lane;
    return addLane(to);
  }

  // ---- any thread ----

  /// No more messages are taken; those that wait become dead letters, and whoever waits for an
  /// answer, or in this endpoint's name, gets Closed.
  void close();
  /// close() by the endpoint's own thread, which sends nothing in its name any more.
  void closeHere();
  /// The two halves of close(): sayClosed() of one or more, settleClosed() once, then
  /// finishClosing() each.
  void sayClosed() noexcept { gate_.set(Gate::Closed); }
  void settleClosed() noexcept {
    if (bus->driver() == nullptr) gate_.settle();
  }
  void finishClosing();

  /// The handle that owned the endpoint is gone: close(), and leave() as soon as may be.
  void abandon();
  /// Lets go of the lanes to others and of the listeners: nothing will be sent or handled here. If
  /// the calling thread is in the midst of a send, at the end of that.
  void leave();
  /// By its thread: another one has ended it.
  void leaveIfAbandoned();
  bool wasLeft() const noexcept { return abandonment_.wasLeft(); }
  /// A stand-in whose lanes the endpoint itself uses.
  bool isTakenOver() const noexcept { return isTakenOver_.load(std::memory_order_acquire); }
  /// Its handle has ended, or it was left: nobody speaks in its name.
  bool isGone() const noexcept { return abandonment_.isAnnounced() || wasLeft(); }
  [[noreturn]] void throwInParent(std::string_view verb) const;
  /// In a forked child: when the endpoint's loop comes round, what waits for an answer of a thread that
  /// only the parent has goes on with Closed.
  void noteFork() noexcept { notices_.fetch_or(Kept | Forked, std::memory_order_release); }
  /// That thread has ended, to which it may be bound.
  void threadEnded(ThreadToken const& thread) noexcept;

  /// An answer that has been published, for a continuation here. In its place among the messages;
  /// without memory for that, when the endpoint's loop comes round.
  void bringAnswer(AnswerSlot* slot) noexcept;
  /// The same for a task that runs anyway. If the endpoint is closed, at the end of that; if that is
  /// over, at once.
  void bringTask(TaskPtr task) noexcept;

  /// By another thread than the endpoint's: the listener or handler is removed before the next
  /// message is handled.
  void removeLater(std::shared_ptr<Registration> node) noexcept;
  /// By the endpoint's thread: those are removed now.
  void removeNow() {
    if ((notices_.load(std::memory_order_acquire) & Leaving) != 0) [[unlikely]]
      removeLeaving();
  }

  /// A message that makes room for another one: a dead letter Full. By its sender.
  void drop(MessageLane& lane, MessageCell& cell, AnswerSlot* slot);

  /// After a publish() into the lane. False if the receiver has been closed meanwhile.
  bool pushed(MessageLane& lane);
  /// When it returns the one before is not running, but on this thread, and never runs again. Throws
  /// Deadlock if that one waits for this thread.
  void setWakeHook(std::function<void()> hook);
  void takeWakeHook() noexcept;

  /// A signal handler may call it, too.
  void quit() noexcept;
  void quitDriven();
  std::stop_token stopToken() {
    return quits_.stopToken([this] { return isClosed() || !drivenQuits_.empty(); });
  }

  // ---- the driver of the bus ----

  /// From now on it does not run by itself. It belongs to the token.
  void drive(DrivenEndpoint& by, std::shared_ptr<ThreadToken> token) noexcept {
    driven = &by;
    gate_.set(Gate::Driven);
    owner.store(token.get(), std::memory_order_release);
    ownerHold_ = std::move(token);
  }
  /// Handles the lane's first message, and what is in front of it.
  void deliverFirst(MessageLane& lane);
  /// The lane's first message is handled by nobody: a dead letter, whose request, if it is one, is
  /// answered by the exception, or without one by an Error of that reason.
  void failFirst(MessageLane& lane, Errc reason, std::exception_ptr exception);
  /// What has been closed meanwhile ends; deadlines that have passed are over. How many were.
  std::size_t settleDriven();

  Stats addTo(Stats stats) const;

  // Read by many, written once.
  std::shared_ptr<BusCore> const bus;
  std::string const name;
  std::uint64_t const id;
  InboxOptions const inboxOptions;
  /// Of a stand-in: the endpoint in whose name it sends; null: nobody's.
  std::shared_ptr<EndpointCore> const named;

 private:
  using Gate = PollGate<ThreadPlatform>;
  Gate gate_;

 public:
  MessageInbox inbox;
  /// Of all the tables here, see ListenerTable.
  std::uint64_t tableVersion = 1;
  ListenerTable table{tableVersion};
  NameTable names;
  Tally sent, handled;
  Continuations continuations;  // of the endpoint's thread
  CloseListeners closeListeners;
  /// Requests to this endpoint whose requesters have left, not yet come across.
  std::atomic<std::uint32_t> abandonedRequests{0};
  std::atomic<std::uint32_t> abandonedLanes{0};
  DrivenEndpoint* driven = nullptr;           // the driver's
  std::atomic<std::size_t> placeAtThread{0};  // see ThreadHolder
  // Which one of those that its thread polls.
  std::atomic<std::uint64_t> boundAs{UINT64_MAX};
  // If a thread of its own runs it, or is about to: one more than the generation of the process in
  // which that was started, see ForkGate. Else 0.
  std::atomic<std::uint32_t> spawnedIn{0};

 private:
  friend struct PollScope;
  friend class BusCore;
  friend class Sending;
  friend class SendingAs;

  void letGo();
  void bindHere();

  [[noreturn]] void throwWrongThread(std::string_view verb) const;
  [[noreturn]] void throwClosed(std::string_view verb) const;
  bool isDrivenHere() const noexcept {
    return bus->driver() != nullptr && bus->driver()->ownership.mayUse(*this);
  }
  bool mayStayIdle() noexcept;
  void endClosed(bool isRunning);
  MessageLane* addLane(EndpointCore& to);
  bool deliver(MessageLane& lane, MessageCell& cell);
  bool deliverOther(Kind kind, MessageLane& lane, MessageCell& cell);
  void handle(MessageLane& lane, MessageCell& cell, AnswerSlot* slot);
  bool handleAlone(MessageLane& lane, NameRecord const& record, ArgumentsView const& arguments,
                   AnswerSlot* slot);
  void handleAny(MessageLane& lane, NameRecord const& record, ArgumentsView const& arguments,
                 AnswerSlot* slot);
  void answerThrown(MessageLane& lane, NameRecord const& record, Responder& responder,
                    std::exception_ptr exception);
  struct Found {
    ChannelEntry* entry;   // null: none
    ChannelEntry* scoped;  // of the scope for the sender; null: none
  };
  Found find(MessageLane& lane, NameRecord const& record) noexcept;
  Found findAll(MessageLane& lane, NameRecord const& record) noexcept;
  struct MessageDispatch;
  struct ScopeWatch;
  void endScopes();
  void mayEndScope(std::shared_ptr<ScopeWatch> watch) noexcept;
  std::shared_ptr<ScopeWatch> takeEndingScopes() noexcept;
  void listScope(std::shared_ptr<ScopeWatch> watch) noexcept;
  bool endScope(std::shared_ptr<ScopeWatch> const& watch);
  bool mustKeep(ScopeWatch const& watch) noexcept;
  /// Closed, and nothing is sent in its name any more. Seen before a look into its lanes.
  bool isSilent() const noexcept { return isSilent_.load(std::memory_order_acquire); }
  void tidyUp();
  void tidyUpNow();
  void runTask(MessageLane& lane, MessageCell& cell);
  void takeAnswer(AnswerSlot* slot) noexcept;
  void keepTask(TaskPtr task) noexcept;
  bool keepAnswer(AnswerSlot* slot) noexcept;
  void announceKept() noexcept;
  std::size_t runKept() noexcept;
  std::size_t lateOnes();
  bool hasKept() const noexcept { return (notices_.load(std::memory_order_acquire) & Kept) != 0; }
  void endContinuations() noexcept;
  void endContinuationsNow() noexcept;
  void endForGood() noexcept;
  void endListening() noexcept;
  void endDeserted() noexcept;
  void removeLeaving();
  bool skipsAbandoned(MessageLane& lane, NameRecord const& record, AnswerSlot* slot);
  void handleInvoke(MessageLane& lane, MessageCell& cell);
  void discard(MessageLane& lane, MessageCell& cell);
  void discardMessage(MessageLane& lane, MessageCell& cell, AnswerSlot* slot);
  void failMessage(MessageLane& lane, MessageCell& cell, Errc reason, std::exception_ptr exception);
  std::exception_ptr misfit(Registration const& node, NameRecord const& channel,
                            ArgumentsView const& arguments, EndpointCore const& from) const;
  void reportError(NameRecord const& channel, MessageLane const& lane,
                   std::exception_ptr exception) const;
  void clearLane(MessageLane& lane);
  void drain();
  void dropAbandonedLanes();
  void forgetStandInLane(MessageLane& lane) noexcept;
  std::uint64_t waiting() const;
  void rearm();
  void ringHere();
  void callWakeHook() noexcept;
  template <class Stop>
  void runDriven(Stop&& stopRequested);
  template <class More>
  std::size_t rounds(More&& more);
  template <class Stop>
  void waitForMessages(Stop&& stopRequested);
  void finishQuit();
  bool pushedTo(MessageLane& lane, MessageInbox::Pushed pushed);
  std::uint64_t lastBefore(Quits::Quit const& quit);
  /// The one that polls it, else the one that it belonged to last.
  ThreadToken const* lastThread() const noexcept {
    ThreadToken const* const bound = owner.load(std::memory_order_acquire);
    return bound != nullptr ? bound : settler_.load(std::memory_order_acquire);
  }

  EndpointCore* olderInBus_ = nullptr;  // under the lock of the bus
  EndpointCore* newerInBus_ = nullptr;
  std::shared_ptr<ThreadToken> ownerHold_;
  // The thread that it belongs to until somebody polls it, and up to which clock that has sent.
  std::atomic<ThreadToken*> settler_{nullptr};
  std::shared_ptr<ThreadToken> settlerHold_;
  std::atomic<std::uint64_t> spokenUntil_{0};
  std::shared_ptr<EndpointCore> onlyOnce_;  // a stand-in for one verb holds itself
  Outbox outbox_;
  // What its thread sent by before its first poll, and whose lanes it uses.
  std::shared_ptr<EndpointCore> standIn_;
  std::atomic<bool> isTakenOver_{false};
  struct SenderScope {
    std::shared_ptr<EndpointCore> sender;
    std::unique_ptr<ListenerTable> table;
    std::shared_ptr<ScopeWatch> watch;
  };
  AddressMap<SenderScope> scopes_;  // by the sender's address
  // Those whose senders are closed, under the lock of the lanes; and whether there are any.
  std::shared_ptr<ScopeWatch> endingScopes_;
  // Those of them at which the endpoint has looked, and which had to stay.
  struct WatchList {
    void push(std::shared_ptr<ScopeWatch> watch) noexcept;
    std::shared_ptr<ScopeWatch> pop() noexcept;

    std::shared_ptr<ScopeWatch> first;
    ScopeWatch* last = nullptr;
    std::size_t count = 0;
  } staying_;
  std::atomic<bool> isSilent_{false};
  Abandonment<ThreadPlatform> abandonment_;
  std::atomic<bool> isListeningOver_{false};
  // In the list of the thread that leaves, while that sends.
  EndpointCore* nextLeaving_ = nullptr;
  std::shared_ptr<EndpointCore> holdUntilLeft_;
  unsigned delivering_ = 0;  // messages whose handling is under way, by a driver
  unsigned idlePolls_ = 0;
  SpinBudget pollSpins_{400};
  std::uintptr_t outermostPoll_ = 0;  // where the stack was
  bool isRinging_ = false;            // the wake hook runs at the end of a poll
  bool mustRingAgain_ = false;
  bool isGoingOn_ = false;  // continuations of the closed endpoint do
  Quits quits_;
  // Of a driven bus: for each quit that has not ended a run, what was in the lanes before.
  struct LaneEnd {
    std::shared_ptr<MessageLane> lane;
    std::uint64_t pushed;
  };
  std::vector<std::vector<LaneEnd>> drivenQuits_;

  mutable Mutex lanesMutex_;
  std::vector<std::shared_ptr<MessageLane>> lanes_;
  AddressMap<MessageLane*> lanesFrom_;     // the usual ones among them, by the writer's address
  AddressMap<MessageLane*> standInLanes_;  // of those that write in a sender's name, by its address
  bool isDrained_ = false;

  // What was to come through the inbox: it is closed, or there was no memory. Under the lock.
  mutable Mutex keptMutex_;
  TaskList keptTasks_;  // those that run anyway
  AnswerSlot* keptAnswers_ = nullptr;
  // Those that another thread has removed.
  std::shared_ptr<Registration> leaving_;
  std::uint64_t leavingClock_ = 0;  // of those threads, the largest
  bool isOver_ = false;             // the endpoint's thread will not come back for any of this
  // What there is. Forked: this is a child, and has not looked whose answers are lost; with Kept.
  enum Notice : std::uint32_t { Kept = 1, Leaving = 2, EndingScopes = 4, Forked = 8 };
  std::atomic<std::uint32_t> notices_{0};

  Hook<> wakeHook_;
  std::atomic<bool> hasWakeHook_{false};
  std::atomic<bool> isClosingTold_{false};  // to the hook
};

}  // namespace tincan::inline v0::detail
