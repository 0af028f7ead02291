// tincan/detail/core.hpp - layer 7 - what an endpoint is behind its handles
//
// Public classes are handles to these. A handle is cheap to copy and harmless to keep; what it
// points to ends when the endpoint is closed and nobody holds a handle any more.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/continuations.hpp>
#include <tincan/detail/driver.hpp>
#include <tincan/detail/inbox.hpp>
#include <tincan/detail/listener_table.hpp>
#include <tincan/detail/message.hpp>
#include <tincan/detail/poll_gate.hpp>
#include <tincan/detail/promises.hpp>
#include <tincan/detail/spin_budget.hpp>
#include <tincan/detail/tap.hpp>
#include <tincan/detail/wait_graph.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/reports.hpp>

namespace tincan::detail {

class EndpointCore;
class Giver;
struct MessageLane;
using MessageInbox = Inbox<MessageLane, ThreadPlatform>;
using Token = ThreadToken<ThreadPlatform>;
using Waits = WaitGraph<ThreadPlatform>;

/// One for the process: a thread waits as a whole, for whichever bus. Never destroyed, because
/// threads may end after static objects do.
inline Waits& waitGraph() {
  static Waits* const graph = new Waits;
  return *graph;
}

/// A count that one thread writes and any thread reads.
class Tally {
 public:
  [[gnu::always_inline]] void add(std::uint64_t amount = 1) noexcept {
    // relaxed: a statistic with a single writer.
    count_.store(count_.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
  }
  std::uint64_t get() const noexcept { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

/// What the endpoints of one bus share.
///
///   Threads   Any.
class BusCore {
 public:
  using ErrorHook = std::function<void(ErrorReport const&)>;
  using DeadLetterHook = std::function<void(DeadLetter const&)>;

  bool isClosed() const noexcept { return isClosed_.load(std::memory_order_acquire); }

  /// What runs the endpoints; null: threads.
  Driver* driver() const noexcept { return driver_; }
  /// Before the bus has any endpoint; and null, when all of them are closed.
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
    return driver_ == nullptr ? ThreadPlatform::now() : driver_->now();
  }

  using HighWaterHook = std::function<void(HighWater const&)>;

  /// A new endpoint; throws Error(Closed).
  std::shared_ptr<EndpointCore> add(std::shared_ptr<BusCore> const& self, std::string name,
                                    InboxOptions const& options);
  /// A thread that sends without having an endpoint.
  std::shared_ptr<EndpointCore> addNobody(std::shared_ptr<BusCore> const& self);
  void remove(EndpointCore& endpoint) noexcept;

  void close();

  /// The oldest open endpoint of that name, but not that one; or null.
  std::shared_ptr<EndpointCore> find(std::string_view name, EndpointCore const* except) const;
  /// Those that are open, the oldest first.
  std::vector<std::shared_ptr<EndpointCore>> endpoints() const;

  void setErrorHook(ErrorHook hook);
  void setDeadLetterHook(DeadLetterHook hook);
  void reportError(std::string_view channel, std::string_view from, std::string_view to,
                   std::exception_ptr exception) noexcept;
  /// Counts it, and tells the hook.
  void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                  std::string_view to) noexcept;
  void highWater(std::string_view from, std::string_view to, std::uint64_t waiting) noexcept;
  void setHighWaterHook(HighWaterHook hook);
  /// How many endpoints of this bus have been closed.
  std::uint64_t closedEndpoints() const noexcept {
    return closedEndpoints_.load(std::memory_order_acquire);
  }
  void endpointIsClosed() noexcept { closedEndpoints_.fetch_add(1, std::memory_order_release); }
  void lateAnswer() noexcept { lateAnswers_.fetch_add(1, std::memory_order_relaxed); }

  Stats stats() const;

 private:
  static constexpr std::size_t Reasons = static_cast<std::size_t>(Errc::AlreadyRetrieved) + 1;

  /// Under the lock.
  std::shared_ptr<EndpointCore> make(std::shared_ptr<BusCore> const& self, std::string name,
                                     std::uint64_t id, InboxOptions const& options);
  std::vector<std::shared_ptr<EndpointCore>> all() const;
  template <class Hook>
  void setHook(std::shared_ptr<Hook const>& place, Hook hook);
  template <class Hook, class MakeReport>
  bool callHook(std::shared_ptr<Hook const> const& place, MakeReport&& report) const;
  bool hasErrorHook() const noexcept;

  Driver* driver_ = nullptr;
  mutable std::mutex mutex_;
  std::vector<EndpointCore*> endpoints_;  // each removes itself
  std::shared_ptr<Tap> tap_;
  std::atomic<bool> isTapped_{false};
  std::uint64_t nextId_ = 1;
  std::atomic<bool> isClosed_{false};
  // Counts of endpoints that are gone.
  std::uint64_t sentBefore_ = 0, handledBefore_ = 0, deepestBefore_ = 0;
  std::atomic<std::uint64_t> lateAnswers_{0};
  std::atomic<std::uint64_t> closedEndpoints_{0};
  std::atomic<std::uint64_t> deadLetters_[Reasons] = {};

  mutable std::mutex hooksMutex_;
  std::shared_ptr<ErrorHook const> errorHook_;
  std::shared_ptr<DeadLetterHook const> deadLetterHook_;
  std::shared_ptr<HighWaterHook const> highWaterHook_;
};

/// The lanes from one endpoint to others, for the endpoint's thread.
class Outbox {
 public:
  MessageLane* find(EndpointCore const& to) const noexcept {
    Recent const& recent = recent_[place(to)];
    return recent.to == &to ? recent.lane : findAll(to);
  }
  void add(EndpointCore const& to, std::shared_ptr<MessageLane> lane);
  std::vector<std::shared_ptr<MessageLane>> takeAll() noexcept;

 private:
  struct Recent {
    EndpointCore const* to = nullptr;
    MessageLane* lane = nullptr;
  };
  static constexpr std::size_t RecentCount = 16;

  static std::size_t place(EndpointCore const& to) noexcept {
    return (reinterpret_cast<std::uintptr_t>(&to) / Apart) % RecentCount;
  }
  MessageLane* findAll(EndpointCore const& to) const noexcept;

  // A lane holds its receiver, so an address stands for one receiver as long as its lane is here.
  mutable Recent recent_[RecentCount];
  std::vector<std::shared_ptr<MessageLane>> lanes_;  // by the receiver's address
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
               InboxOptions const& options = {})
      : bus(std::move(busCore)), name(std::move(endpointName)), id(number), inboxOptions(options) {}
  EndpointCore(EndpointCore const&) = delete;
  EndpointCore& operator=(EndpointCore const&) = delete;
  ~EndpointCore();

  std::string displayName() const override;
  bool isOver() const noexcept override { return isClosed(); }
  bool isNobody() const noexcept { return id == 0; }
  bool isClosed() const noexcept { return gate_.peek() == Gate::Closed; }
  bool isAlive() const noexcept { return !isNobody() && !isClosed(); }
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
  bool isBoundHere() const noexcept;
  bool isElsewhere() const noexcept {
    return !isBoundHere() && owner.load(std::memory_order_acquire) != nullptr && !isDrivenHere();
  }
  void requireUsable(std::string_view verb) const {
    checkThread(verb);
    checkOpen(verb);
  }
  /// Makes it the calling thread's.
  void bind() {
    if (!isBoundHere()) [[unlikely]]
      bindHere();
  }

  /// `more()` is asked before each message.
  template <class More>
  std::size_t poll(More&& more);
  template <class Stop>
  void run(Stop&& stopRequested);

  /// The listeners and handlers for one sender only, made on first use; null if it is closed.
  ListenerTable* scopeFor(EndpointCore& sender);
  ListenerTable* findScope(std::uint64_t senderId) noexcept;

  /// The lane to the receiver, made on first use; null if the receiver is closed.
  std::shared_ptr<MessageLane> makeLane(EndpointCore& to);
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
  /// The two halves of close(): after say() of one or more, one barrier, then finish() each.
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
  bool wasLeft() const noexcept { return wasLeft_.load(std::memory_order_acquire); }
  /// The thread that it is bound to has ended.
  void threadEnded();

  /// An answer that has been published, for a continuation here. Throws nothing: an answer that
  /// cannot be brought is one that nobody waits for.
  void bringAnswer(AnswerSlot* slot) noexcept;

  /// A message that makes room for another one: a dead letter Full. By its sender.
  void drop(MessageLane& lane, MessageCell& cell, AnswerSlot* slot);

  /// After a publish() into the lane. False if the receiver has been closed meanwhile.
  bool pushed(MessageLane& lane);
  void setWakeHook(std::function<void()> hook);

  // ---- the driver of the bus ----

  /// From now on it does not run by itself. It belongs to the token.
  void drive(DrivenEndpoint& by, std::shared_ptr<Token> token) noexcept {
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
  bool hasQuit() const noexcept { return hasQuit_; }

  Stats addTo(Stats stats) const;

  // Read by many, written once.
  std::shared_ptr<BusCore> const bus;
  std::string const name;
  std::uint64_t const id;
  InboxOptions const inboxOptions;

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
  Promises promises;
  /// Requests to this endpoint whose askers have left, not yet come across.
  std::atomic<std::uint32_t> abandonedRequests{0};
  std::atomic<std::uint32_t> abandonedLanes{0};
  DrivenEndpoint* driven = nullptr;  // the driver's

 private:
  friend struct PollScope;
  friend class Sending;
  friend class Speaker;

  void letGo();
  void bindHere();

  [[noreturn]] void throwWrongThread(std::string_view verb) const;
  [[noreturn]] void throwClosed(std::string_view verb) const;
  bool isDrivenHere() const noexcept {
    return bus->driver() != nullptr && bus->driver()->mayUse(*this);
  }
  bool mayStayIdle() noexcept;
  bool staysIdle() noexcept;
  void endClosed();
  MessageLane* addLane(EndpointCore& to);
  bool deliver(MessageLane& lane, MessageCell& cell);
  bool deliverOther(Kind kind, MessageLane& lane, MessageCell& cell);
  void handle(MessageLane& lane, MessageCell& cell, AnswerSlot* slot);
  bool handleAlone(MessageLane& lane, NameRecord const& record, ArgumentsView const& arguments,
                   AnswerSlot* slot);
  void handleAny(MessageLane& lane, NameRecord const& record, ArgumentsView const& arguments,
                 AnswerSlot* slot);
  void answerThrown(MessageLane& lane, NameRecord const& record, Giver& giver,
                    std::exception_ptr exception);
  struct Found {
    ChannelEntry* entry;   // null: none
    ChannelEntry* scoped;  // of the scope for the sender; null: none
  };
  Found find(MessageLane& lane, NameRecord const& record) noexcept;
  Found findAll(MessageLane& lane, NameRecord const& record) noexcept;
  struct Dispatching;
  void endScopes();
  void tidyUp();
  void runTask(MessageLane& lane, MessageCell& cell);
  void takeAnswer(AnswerSlot* slot) noexcept;
  void discardTask(std::unique_ptr<Task0> task);
  void endContinuations() noexcept;
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
  std::uint64_t waiting() const;
  void rearm(bool hasLeftSome);
  void callWakeHook() noexcept;
  template <class More>
  std::size_t rounds(More&& more);
  template <class Stop>
  void waitForMessages(Stop&& stopRequested);
  void finishQuit();

  std::shared_ptr<Token> ownerHold_;
  Outbox outbox_;
  struct SenderScope {
    std::shared_ptr<EndpointCore> sender;
    std::unique_ptr<ListenerTable> table;
  };
  std::vector<SenderScope> scopes_;
  std::uint64_t closedEndpointsSeen_ = 0;
  std::atomic<bool> isAbandoned_{false};
  std::atomic<bool> wasLeft_{false};
  // In the list of the thread that leaves, while that sends.
  EndpointCore* nextLeaving_ = nullptr;
  std::shared_ptr<EndpointCore> holdUntilLeft_;
  unsigned delivering_ = 0;  // messages whose handling is under way, by a driver
  unsigned idlePolls_ = 0;
  SpinBudget pollSpins_{400};
  bool hasQuit_ = false;
  bool stopsAtQuit_ = false;
  MessageLane* quitLane_ = nullptr;

  mutable std::mutex lanesMutex_;
  std::vector<std::shared_ptr<MessageLane>> lanes_;
  bool isDrained_ = false;
  std::vector<std::unique_ptr<Task0>> lateTasks_;  // under the lock; see Task0::runsAnyway()

  mutable std::mutex hookMutex_;
  std::shared_ptr<std::function<void()> const> wakeHook_;
  std::atomic<bool> hasWakeHook_{false};
};

}  // namespace tincan::detail
