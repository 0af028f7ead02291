// tincan/detail/dispatch/endpoint_core.hpp - how an endpoint handles messages, sleeps and ends
#pragma once

#include <algorithm>
#include <cerrno>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/endpoint/core.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/responder.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/endpoint/waiting.hpp>
#include <tincan/event.hpp>

namespace tincan::inline v0::detail {

// ---- lanes to others ----

inline std::shared_ptr<MessageLane> EndpointCore::makeLane(EndpointCore& to, bool isUsual) {
  if (to.isNobody() || to.isClosed()) return nullptr;
  Driver* const driver = bus->driver();
  auto lane = driver == nullptr
                  ? process().makers.lane(shared_from_this(), to.shared_from_this())
                  : driver->ownership.makeLane(shared_from_this(), to.shared_from_this());
  std::vector<std::shared_ptr<MessageLane>> larger;
  std::unique_lock lock(to.lanesMutex_);
  // Memory for many is taken without the lock: others would wait for it.
  while (to.lanes_.size() == to.lanes_.capacity() && !to.isDrained_) {
    if (larger.capacity() > to.lanes_.size()) {
      larger.assign(std::move_iterator(to.lanes_.begin()), std::move_iterator(to.lanes_.end()));
      to.lanes_.swap(larger);
      break;
    }
    std::size_t const most = to.lanes_.size() * 2 + 4;
    lock.unlock();
    larger.reserve(most);
    lock.lock();
  }
  if (to.isDrained_) return nullptr;
  MessageInbox::prepare(*lane);
  if (isUsual) to.lanesFrom_.makeRoom();
  if (isUsual && named != nullptr) to.standInLanes_.makeRoom();
  lane->place = to.lanes_.size();
  to.lanes_.push_back(lane);
  if (isUsual) to.lanesFrom_.insert(this, lane.get());
  if (isUsual && named != nullptr) {
    if (MessageLane** const first = to.standInLanes_.find(named.get())) {
      lane->nextOfSender = std::exchange(*first, lane.get());
    } else {
      to.standInLanes_.insert(named.get(), lane.get());
    }
  }
  if (driver != nullptr) {
    lane->signal.set(MessageLane::Driven);
    driver->ownership.laneMade(lane);
  }
  return lane;
}

[[gnu::noinline]] inline MessageLane* EndpointCore::addLane(EndpointCore& to) {
  if (wasLeft()) return nullptr;  // nobody would let the lane go
  outbox_.makeRoom();
  auto lane = makeLane(to, true);
  if (lane == nullptr) return nullptr;
  MessageLane* const made = lane.get();
  Outbox::Hold gone[Outbox::MostAtOnce];
  // Receivers that are gone leave when others come, but not while a send to one is under way.
  if (!Sending::isNested()) {
    outbox_.forgetSome([](MessageLane const& old) { return old.receiver->isClosed(); }, gone);
  }
  outbox_.add(to, std::move(lane));
  return made;
}

[[gnu::always_inline]] inline bool EndpointCore::pushed(MessageLane& lane) {
  MessageInbox::Pushed const pushed = inbox.pushed(lane);
  if (pushed == MessageInbox::Pushed::Fine) [[likely]]
    return true;
  return pushedTo(lane, pushed);
}

[[gnu::noinline]] inline bool EndpointCore::pushedTo(MessageLane& lane,
                                                     MessageInbox::Pushed pushed) {
  switch (pushed) {
    case MessageInbox::Pushed::Fine: return true;
    case MessageInbox::Pushed::Wake: callWakeHook(); return true;
    case MessageInbox::Pushed::Driven:
      if (bus->driver()->executor.pushed(lane)) callWakeHook();
      return true;
    case MessageInbox::Pushed::Closed: break;
  }
  clearLane(lane);
  return false;
}

inline void EndpointCore::leave() {
  if (!abandonment_.leave()) return;
  ThreadState& thread = threadState();
  // Whoever is called from now on does not speak in its name.
  if (thread.current == this) thread.current = nullptr;
  if (thread.sender == this) thread.sender = nullptr;
  auto const keep = shared_from_this();
  if (thread.holder != nullptr) thread.holder->remove(*this);
  if (thread.sending == 0) {
    letGo();
    return;
  }
  holdUntilLeft_ = keep;
  nextLeaving_ = std::exchange(thread.leaving, this);
}

/// Tells the endpoint that has a scope when its sender is closed.
struct EndpointCore::ScopeWatch final : CloseListener {
  ScopeWatch(EndpointCore& endpoint, EndpointCore const& of)
      : owner(endpoint.weak_from_this()), sender(&of) {}
  void endpointIsClosed() noexcept override {
    auto const core = owner.lock();
    if (core != nullptr)
      core->mayEndScope(std::static_pointer_cast<ScopeWatch>(shared_from_this()));
  }

  std::weak_ptr<EndpointCore> const owner;
  EndpointCore const* const sender;  // held by the scope, if that is still there
  std::shared_ptr<ScopeWatch> next;  // of one of the owner's lists
  bool isTold = false;               // under the owner's lock
};

inline void EndpointCore::WatchList::push(std::shared_ptr<ScopeWatch> watch) noexcept {
  ScopeWatch* const added = watch.get();
  (count++ == 0 ? first : last->next) = std::move(watch);
  last = added;
}

inline std::shared_ptr<EndpointCore::ScopeWatch> EndpointCore::WatchList::pop() noexcept {
  auto watch = std::move(first);
  first = std::move(watch->next);
  --count;
  return watch;
}

inline void EndpointCore::letGo() {
  outbox_.takeAll().forEach([](Outbox::Hold const& lane) { lane->leave(); });
  if (auto const standIn = std::move(standIn_)) standIn->leave();
  endForGood();
  endListening();
  takeWakeHook();
}

/// The endpoint is closed: no listener or handler will be called any more, and what they hold may be
/// this very endpoint.
inline void EndpointCore::endListening() noexcept {
  if (isListeningOver_.exchange(true, std::memory_order_acq_rel)) return;
  table.clear();
  // Their captures may come back here.
  auto const scopes = std::move(scopes_);
  for (auto list = takeEndingScopes(); list != nullptr;) {  // not one inside of the other
    list = std::shared_ptr<ScopeWatch>(std::move(list->next));
  }
  while (staying_.count > 0) staying_.pop();
  ++tableVersion;
}

[[gnu::noinline]] inline void EndpointCore::dropAbandonedLanes() {
  std::vector<std::shared_ptr<MessageLane>> gone;  // they end outside of the lock
  std::lock_guard const lock(lanesMutex_);
  if (isDrained_) return;
  gone.reserve(abandonedLanes.load(std::memory_order_acquire));
  inbox.dropAbandoned(gone.capacity(), [&](MessageLane& lane) {
    MessageLane* const* const usual = lanesFrom_.find(lane.writer.get());
    if (usual != nullptr && *usual == &lane) {
      lanesFrom_.take(lane.writer.get());
      forgetStandInLane(lane);
    }
    lanes_.back()->place = lane.place;
    std::swap(lanes_[lane.place], lanes_.back());
    gone.push_back(std::move(lanes_.back()));
    lanes_.pop_back();
  });
  abandonedLanes.fetch_sub(static_cast<std::uint32_t>(gone.size()), std::memory_order_relaxed);
}

/// Under the lock of the lanes.
inline void EndpointCore::forgetStandInLane(MessageLane& lane) noexcept {
  EndpointCore const* const sender = lane.writer->named.get();
  if (sender == nullptr) return;
  MessageLane** const first = standInLanes_.find(sender);
  if (first == nullptr) return;
  for (MessageLane** place = first; *place != nullptr; place = &(*place)->nextOfSender) {
    if (*place != &lane) continue;
    *place = lane.nextOfSender;
    break;
  }
  if (*first == nullptr) standInLanes_.take(sender);
}

/// Between rounds: what is left of others that have gone.
[[gnu::always_inline]] inline void EndpointCore::tidyUp() {
  ThreadState const& thread = threadState();
  bool const isTidy =
      (notices_.load(std::memory_order_acquire) & (Leaving | EndingScopes)) == 0 &&
      abandonedLanes.load(std::memory_order_acquire) == 0 &&
      (thread.token == nullptr || !Abandonment<ThreadPlatform>::hasSome(*thread.token));
  if (!isTidy) [[unlikely]]
    tidyUpNow();
}

[[gnu::noinline]] inline void EndpointCore::tidyUpNow() {
  removeNow();
  letAbandonedGo();
  if (abandonedLanes.load(std::memory_order_acquire) != 0) [[unlikely]]
    dropAbandonedLanes();
  if ((notices_.load(std::memory_order_acquire) & EndingScopes) != 0) [[unlikely]]
    endScopes();
}

// ---- scopes ----

inline ListenerTable* EndpointCore::scopeFor(EndpointCore& sender) {
  noteLife(sender);
  if (!sender.isAlive()) return nullptr;
  if (ListenerTable* const known = findScope(sender)) return known;
  if (!gate_.isPolled() && (notices_.load(std::memory_order_acquire) & EndingScopes) != 0) {
    endScopes();
  }
  scopes_.makeRoom();
  auto made = std::make_unique<ListenerTable>(tableVersion);
  ListenerTable* const scope = made.get();
  auto const watch = std::make_shared<ScopeWatch>(*this, sender);
  sender.closeListeners.add(watch);
  scopes_.insert(&sender, {sender.shared_from_this(), std::move(made), watch});
  ++tableVersion;
  // Closed meanwhile: it may have been too late for the ones that are told.
  if (sender.isClosed()) watch->endpointIsClosed();
  return scope;
}

/// Any thread.
inline void EndpointCore::mayEndScope(std::shared_ptr<ScopeWatch> watch) noexcept {
  std::lock_guard const lock(lanesMutex_);
  if (!std::exchange(watch->isTold, true)) listScope(std::move(watch));
}

/// Under the lock of the lanes.
inline void EndpointCore::listScope(std::shared_ptr<ScopeWatch> watch) noexcept {
  watch->next = std::move(endingScopes_);
  endingScopes_ = std::move(watch);
  notices_.fetch_or(EndingScopes, std::memory_order_release);
}

/// Something of the scope's sender waits, or may still come. A sender that was closed by another
/// thread may be in the midst of a send: its messages end when it has left, and its lane with it.
inline bool EndpointCore::mustKeep(ScopeWatch const& watch) noexcept {
  // Whether it is over before whether something is there: else the last message comes in between.
  bool const isOver = watch.sender->isSilent();
  bool const wasLeft = watch.sender->wasLeft();
  std::lock_guard const lock(lanesMutex_);
  MessageLane* const* const lane = lanesFrom_.find(watch.sender);
  bool isLast = lane == nullptr ? wasLeft : (*lane)->abandoned();
  bool isEmpty = lane == nullptr || (*lane)->front() == nullptr;
  if (MessageLane* const* const first = standInLanes_.find(watch.sender)) {
    for (MessageLane* other = *first; other != nullptr; other = other->nextOfSender) {
      if (other->writer->isTakenOver()) isLast = isLast && other->abandoned();
      isEmpty = isEmpty && other->front() == nullptr;
    }
  }
  return !isEmpty || (!isOver && !isLast);
}

inline std::shared_ptr<EndpointCore::ScopeWatch> EndpointCore::takeEndingScopes() noexcept {
  std::lock_guard const lock(lanesMutex_);
  // relaxed: whoever adds to the list does so under the lock.
  notices_.fetch_and(~std::uint32_t{EndingScopes}, std::memory_order_relaxed);
  return std::exchange(endingScopes_, nullptr);
}

/// Those of senders that are closed, once nothing of them is left to handle. Looks at all that were
/// listed since, and at few of those that had to stay; the next time at others of these.
[[gnu::noinline]] inline void EndpointCore::endScopes() {
  constexpr int MostInVain = 16;
  std::size_t left = staying_.count;
  for (auto list = takeEndingScopes(); list != nullptr;) {
    auto watch = std::move(list);
    list = std::move(watch->next);
    if (!endScope(watch)) staying_.push(std::move(watch));
  }
  for (int inVain = 0; inVain < MostInVain && left > 0 && staying_.count > 0; --left) {
    auto watch = staying_.pop();
    if (endScope(watch)) {
      inVain = 0;
      continue;
    }
    staying_.push(std::move(watch));
    ++inVain;
  }
  if (staying_.count > 0) notices_.fetch_or(EndingScopes, std::memory_order_relaxed);
}

/// False: not yet.
[[gnu::noinline]] inline bool EndpointCore::endScope(std::shared_ptr<ScopeWatch> const& watch) {
  SenderScope const* const scope = scopes_.find(watch->sender);
  if (scope == nullptr || scope->watch != watch) return true;
  if (mustKeep(*watch)) return false;
  ++tableVersion;
  SenderScope const ended = scopes_.take(watch->sender);  // captures may come back here
  return true;
}

// ---- threads ----

inline std::string EndpointCore::displayName() const {
  if (named != nullptr) return named->displayName();
  if (isNobody()) return "(no endpoint)";
  return name.empty() ? "#" + std::to_string(id) : name;
}

inline bool EndpointCore::isDeserted() const noexcept {
  ThreadToken const* const thread = owner.load(std::memory_order_acquire);
  return thread != nullptr && thread->ended.load(std::memory_order_seq_cst) == ThreadToken::Ended;
}

inline void EndpointCore::throwWrongThread(std::string_view verb) const {
  throw Error(Errc::WrongThread, {},
              std::string(verb) + ": the endpoint '" + displayName() +
                  "' lives on the thread that polled it first, and this is another one");
}

inline void EndpointCore::throwInParent(std::string_view verb) const {
  throw Error(Errc::Closed, {},
              std::string(verb) + ": only the parent of this process has the thread of '" +
                  displayName() + "'");
}

inline void EndpointCore::throwClosed(std::string_view verb) const {
  throw Error(Errc::Closed, {},
              std::string(verb) + ": the endpoint '" + displayName() + "' is closed");
}

[[gnu::noinline]] inline void EndpointCore::settleHere(std::string_view verb) {
  checkThread(verb);
  ThreadHolder* const holder = threadHolder();
  if (holder == nullptr) return;
  if (bus->driver() != nullptr) return holder->add(*this);  // the driver knows whose it is
  if (owner.load(std::memory_order_acquire) != nullptr) return;
  if (settler_.load(std::memory_order_relaxed) != holder->token().get()) {
    holder->add(*this);
    std::lock_guard const lock(lanesMutex_);
    settlerHold_ = holder->token();
    // release: pairs with the acquire of whoever asks to whom it belongs.
    settler_.store(settlerHold_.get(), std::memory_order_release);
  }
  raiseClock(spokenUntil_.load(std::memory_order_acquire));
}

[[gnu::noinline]] inline void EndpointCore::bindHere() {
  if (bus->driver() != nullptr) return checkThread("poll");
  ThreadHolder* const holder = threadHolder();
  if (holder == nullptr) {
    throw Error(Errc::WrongThread, {}, "poll: this thread is ending and can poll no endpoint");
  }
  checkThread("poll");
  std::uint64_t const number = holder->beginPolling(*this);
  {
    std::lock_guard const lock(lanesMutex_);
    if (isElsewhere()) {
      holder->forgetPolling(number);
      throwWrongThread("poll");
    }
    boundAs.store(number, std::memory_order_relaxed);
    ownerHold_ = holder->token();
    // release: pairs with the acquire of whoever reads the token.
    owner.store(thisToken(), std::memory_order_release);
  }
  // It may have been set up before the fork, by whichever thread.
  if (process().forks.generation() != 0) noteFork();
  // It goes on by the lanes that it has: a sender has one bound at each inbox.
  standIn_ = holder->takeStandIn(*this);
  if (standIn_ != nullptr && outbox_.empty()) {
    // release: pairs with the acquire in isTakenOver().
    standIn_->isTakenOver_.store(true, std::memory_order_release);
    outbox_.takeOver(standIn_->outbox_);
  } else if (auto const standIn = std::move(standIn_)) {
    standIn->leave();  // by its own verbs it has sent before, too
  }
  raiseClock(spokenUntil_.load(std::memory_order_acquire));
}

inline void EndpointCore::threadEnded(ThreadToken const& thread) noexcept {
  if (owner.load(std::memory_order_acquire) == &thread) {
    waitGraph().nudge([&](auto const& wait) { return wait.target == this; });
    if (abandonment_.mustLeave()) return leave();
  }
  endDeserted();
}

/// Closed, and its thread has ended: whichever of the two comes second does what the thread would have
/// done. What nobody has polled yet another thread may be about to poll: then only its listeners end.
inline void EndpointCore::endDeserted() noexcept {
  if (!isClosed() || bus->driver() != nullptr) return;
  auto const hasEnded = [](ThreadToken const* thread) {
    return thread != nullptr && thread->ended.load(std::memory_order_seq_cst) == ThreadToken::Ended;
  };
  auto const keep = shared_from_this();
  ThreadToken const* const bound = owner.load(std::memory_order_acquire);
  if (hasEnded(bound)) leave();
  else if (bound == nullptr && hasEnded(settler_.load(std::memory_order_acquire))) endListening();
}

/// Closed while it was being polled, and the last of those polls is over. The body of its thread may
/// go on, and send in its name.
[[gnu::noinline]] inline void EndpointCore::endClosed(bool isRunning) {
  auto const keep = shared_from_this();
  if (!isRunning && threadState().sending == 0) isSilent_.store(true, std::memory_order_release);
  drain();
  endContinuations();
  if (bus->driver() == nullptr) endListening();
  if (abandonment_.isAnnounced()) leave();
}

/// One poll or run of an endpoint, or the body of its thread.
struct PollScope {
  explicit PollScope(EndpointCore& endpoint) noexcept
      : PollScope(endpoint, endpoint.gate_.enter()) {}
  /// What enter() of its gate has returned.
  PollScope(EndpointCore& endpoint, std::uint32_t entered) noexcept
      : core(endpoint),
        isInBody(threadState().current == &endpoint),
        running(endpoint),
        outer(entered) {}
  ~PollScope() {
    if (core.gate_.exit(outer)) [[unlikely]]
      core.endClosed(isInBody);
  }
  PollScope(PollScope const&) = delete;
  PollScope& operator=(PollScope const&) = delete;

  /// Before the first round, and between rounds.
  void tidyUp() {
    if (outer == 0) core.tidyUp();
  }
  /// After the last round.
  void rearm() {
    if (outer == 0 && core.hasWakeHook_.load(std::memory_order_relaxed)) core.rearm();
  }
  /// What handlers that poll inside of handlers leave is handled by the polls around them: the stack
  /// must not grow with the number of messages.
  bool isTooDeep() const noexcept {
    constexpr std::uint32_t Few = 16;
    constexpr std::uintptr_t Most = 1024 * 1024;
    auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    if (outer == 0) core.outermostPoll_ = here;
    std::uintptr_t const before = core.outermostPoll_;
    return outer > Few && (before > here ? before - here : here - before) > Most;
  }

  EndpointCore& core;
  bool isInBody;  // or in another poll of it
  Running running;
  std::uint32_t outer;  // polls around this one
};

// ---- handling ----

template <class More>
std::size_t EndpointCore::rounds(More&& more) {
  std::size_t count = 0;
  auto const take = [&](MessageLane& lane, MessageCell& cell) {
    // relaxed: front() has acquired it.
    Kind const kind = kindOf(cell.word.load(std::memory_order_relaxed));
    count += kind <= Kind::Answer ? 1 : 0;
    return deliver(lane, cell) && more(count);
  };
  // More than one round only if something came that goes before what was there.
  while (more(count) && gate_.peek() == Gate::Open) {
    inbox.round(take);
    if (!inbox.heldBack()) break;
  }
  return count;
}

/// True for most polls: those between which nothing is to be done when nothing has come.
inline bool EndpointCore::mayStayIdle() noexcept {
  constexpr unsigned Between = 2048;
  return ++idlePolls_ % Between != 0 && !hasWakeHook_.load(std::memory_order_relaxed) &&
         !continuations.hasDeadlines() && notices_.load(std::memory_order_relaxed) == 0 &&
         abandonedLanes.load(std::memory_order_relaxed) == 0;
}

/// After a round: what had no room in the inbox, and continuations whose deadline has passed.
[[gnu::always_inline]] inline std::size_t EndpointCore::lateOnes() {
  std::size_t count = 0;
  if (hasKept()) [[unlikely]]
    count += runKept();
  if (continuations.hasDeadlines()) [[unlikely]]
    count += continuations.expire(bus->now());
  return count;
}

template <class More>
[[gnu::always_inline]] inline std::size_t EndpointCore::poll(More&& more) {
  bind();
  std::uint32_t const outer = gate_.enter();
  std::uint32_t const life = gate_.observe();
  if (life != Gate::Open || !mayStayIdle() || !inbox.empty()) return pollNow(outer, life, more);
  if (gate_.exit(outer)) [[unlikely]]
    endClosed(threadState().current == this);
  return 0;
}

/// Within the gate, which it leaves.
template <class More>
[[gnu::noinline]] std::size_t EndpointCore::pollNow(std::uint32_t outer, std::uint32_t life,
                                                    More& more) {
  PollScope scope(*this, outer);
  if (life != Gate::Open) [[unlikely]] {
    if (life == Gate::Closed) return 0;
    scope.tidyUp();
    auto const isOver = [&](std::size_t count) { return isClosed() || !more(count); };
    std::size_t const count = bus->driver()->executor.pump(*this, Executor::Pump::Poll, isOver);
    scope.rearm();
    return count;
  }
  if (scope.isTooDeep()) [[unlikely]]
    return 0;
  scope.tidyUp();
  // The answers that are there go before deadlines that have passed.
  std::size_t count = rounds(more);
  count += lateOnes();
  scope.rearm();
  return count;
}

template <class Stop>
void EndpointCore::run(Stop&& stopRequested) {
  bind();
  PollScope scope(*this);
  if (bus->driver() != nullptr) {
    scope.tidyUp();
    runDriven(stopRequested);
    scope.rearm();
    return;
  }
  while (gate_.observe() == Gate::Open && !stopRequested()) {
    scope.tidyUp();
    if (quits_.isRequested()) {
      finishQuit();
      break;
    }
    std::size_t count = rounds([&](std::size_t) { return !stopRequested(); });
    count += lateOnes();
    if (count == 0 && !quits_.isRequested()) waitForMessages(stopRequested);
  }
  scope.rearm();
}

/// What was queued when quit() was called is handled still.
template <class Stop>
void EndpointCore::runDriven(Stop&& stopRequested) {
  bus->driver()->executor.pump(*this, Executor::Pump::Run, [&](std::size_t) {
    return isClosed() || quits_.isRequested() || stopRequested();
  });
  if (isClosed() || !quits_.isRequested()) return;
  std::vector<LaneEnd> const ends = std::move(drivenQuits_.front());
  drivenQuits_.erase(drivenQuits_.begin());
  auto const isLeft = [&] {
    return std::any_of(ends.begin(), ends.end(), [](LaneEnd const& end) {
      return end.lane->takenMessages.get() + end.lane->droppedMessages.get() < end.pushed;
    });
  };
  if (isLeft()) {
    bus->driver()->executor.pump(*this, Executor::Pump::Poll,
                                 [&](std::size_t) { return isClosed() || !isLeft(); });
  }
  quits_.takeOldest();
  quits_.renewStop();
}

/// Of a driven bus, where one thing happens at a time: a quit is about to be sent.
inline void EndpointCore::quitDriven() {
  if (isClosed()) return quits_.requestStop();
  std::vector<LaneEnd> ends;
  {
    std::lock_guard const lock(lanesMutex_);
    for (auto const& lane : lanes_) ends.push_back({lane, lane->pushedMessages.get()});
  }
  drivenQuits_.push_back(std::move(ends));
  quits_.requestStop();
}

/// Handles what was queued before the oldest quit, and lets that end the run.
inline void EndpointCore::finishQuit() {
  std::uint64_t const last = lastBefore(quits_.takeOldest());
  auto const take = [&](MessageLane& lane, MessageCell& cell) { return deliver(lane, cell); };
  while (gate_.peek() == Gate::Open && inbox.hasUpTo(last)) inbox.roundUpTo(last, take);
  quits_.renewStop();
}

/// The largest word of what may have been queued before the quit: of all that is visible, but for what
/// the thread that told to quit has sent afterwards.
inline std::uint64_t EndpointCore::lastBefore(Quits::Quit const& quit) {
  std::uint64_t last = 0;
  inbox.lookAtAll([&](MessageLane& lane, auto const& view) {
    // A last chunk that is still empty says nothing of the cells before.
    std::uint64_t const end = view.last != 0 ? view.last : UINT64_MAX;
    bool const isQuitters = quit.thread != nullptr && lane.writer->lastThread() == quit.thread;
    std::uint64_t const afterQuit = makeWord(quit.clock + 1, Kind::Message);
    last = (std::max)(last, isQuitters ? (std::min)(end, afterQuit - 1) : end);
  });
  return last;
}

template <class Stop>
void EndpointCore::waitForMessages(Stop&& stopRequested) {
  constexpr int Yields = 50;
  auto const notice = [&] {
    // seq_cst: see Inbox::interrupt().
    return gate_.peek() != Gate::Open || (notices_.load(std::memory_order_seq_cst) & Kept) != 0 ||
           quits_.isRequested() || stopRequested();
  };
  for (unsigned i = pollSpins_.next(); i > 0; --i) {
    if (!inbox.empty()) {
      pollSpins_.helped();
      return;
    }
  }
  pollSpins_.didNotHelp();
  for (int i = 0; i < Yields; ++i) {
    if (!inbox.empty() || notice()) return;
    ThreadPlatform::yield();
  }
  inbox.sleep(continuations.nextDeadline(), notice);
}

inline void EndpointCore::deliverFirst(MessageLane& lane) {
  PollScope const scope(*this);
  inbox.noteDepth(waiting());
  ++delivering_;
  for (Kind kind = Kind::Nothing; kind == Kind::Nothing || kind == Kind::Extra;) {
    MessageCell* const cell = lane.take(UINT64_MAX, UINT64_MAX).cell;
    if (cell == nullptr) break;
    // relaxed: front() has acquired it.
    kind = kindOf(cell->word.load(std::memory_order_relaxed));
    deliver(lane, *cell);
  }
  if (--delivering_ == 0 && !isClosed()) tidyUp();
}

inline std::size_t EndpointCore::settleDriven() {
  PollScope const scope(*this);
  if (isClosed()) return 0;  // the end of the scope does the rest
  std::size_t const kept = hasKept() ? runKept() : 0;
  return kept + continuations.expire(bus->now());
}

/// False: the round must end.
inline bool EndpointCore::deliver(MessageLane& lane, MessageCell& cell) {
  // relaxed: front() has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  raiseClock(stampOf(word));
  removeNow();
  Kind const kind = kindOf(word);
  if (kind <= Kind::Request) [[likely]]
    handle(lane, cell, kind == Kind::Request ? cell.slot() : nullptr);
  else if (!deliverOther(kind, lane, cell)) return true;
  lane.unpin();
  return gate_.peek() == Gate::Open;
}

/// What is neither a plain message nor a request. False: it stays pinned.
[[gnu::noinline]] inline bool EndpointCore::deliverOther(Kind kind, MessageLane& lane,
                                                         MessageCell& cell) {
  switch (kind) {
    case Kind::Message:
    case Kind::Request: break;
    case Kind::Invoke: handleInvoke(lane, cell); break;
    case Kind::Extra: lane.extra = &cell; return false;  // until the request has been handled
    case Kind::Post: runTask(lane, cell); break;
    case Kind::Answer: takeAnswer(cell.slot()); break;
    case Kind::Quit: quits_.request({}); break;
    case Kind::Nothing: break;
  }
  return true;
}

/// Ends with a message: its arguments and, if nobody else has it, its name.
struct MessageEnd {
  MessageEnd(MessageLane& lane, MessageCell& messageCell) noexcept
      : cell(messageCell), arguments(messageCell.view(lane.extra)) {
    if (lane.extra != nullptr) lane.unpin();
    lane.extra = nullptr;
  }
  /// Without an extra cell.
  explicit MessageEnd(MessageCell& messageCell) noexcept
      : cell(messageCell), arguments(messageCell.view(nullptr)) {}
  [[gnu::always_inline]] ~MessageEnd() {
    if (arguments.ops->destroy != nullptr) arguments.ops->destroy(arguments.at);
    if (!cell.name->isKept) [[unlikely]]
      DeleteRecord{}(cell.name);
  }
  MessageEnd(MessageEnd const&) = delete;
  MessageEnd& operator=(MessageEnd const&) = delete;

  MessageCell& cell;
  ArgumentsView const arguments;
};

inline std::exception_ptr EndpointCore::misfit(Registration const& node, NameRecord const& channel,
                                               ArgumentsView const& arguments,
                                               EndpointCore const& from) const {
  std::string sentence = "'" + std::string(channel.view()) + "': what listens at '" +
                         displayName() + "' expected " + node.parameters() + ", got " +
                         describeArguments(arguments) + " from '" + from.displayName() + "'";
  return std::make_exception_ptr(Error(Errc::TypeMismatch, std::string(channel.view()), sentence));
}

inline EndpointCore::Found EndpointCore::find(MessageLane& lane,
                                              NameRecord const& record) noexcept {
  MessageLane::ChannelCache const& cached = lane.cacheFor(record);
  if (cached.isOf(record, tableVersion)) [[likely]]
    return {cached.entry, cached.scoped};
  return findAll(lane, record);
}

[[gnu::noinline]] inline EndpointCore::Found EndpointCore::findAll(
    MessageLane& lane, NameRecord const& record) noexcept {
  ChannelEntry* const entry = table.find(record.hash, record.view());
  ListenerTable* const scope = scopes_.empty() ? nullptr : findScope(lane.senderCore());
  ChannelEntry* const scoped = scope == nullptr ? nullptr : scope->find(record.hash, record.view());
  if (record.isKept) {
    lane.cacheFor(record) = {&record, entry, scoped, scoped == nullptr ? entry : nullptr,
                             tableVersion};
  }
  return {entry, scoped};
}

/// One message on its way through the listeners.
struct EndpointCore::MessageDispatch {
  MessageDispatch(EndpointCore& endpoint, MessageLane& from, NameRecord const& name,
                  ArgumentsView const& view, AnswerSlot* slot) noexcept
      : core(endpoint),
        lane(from),
        record(name),
        arguments(view),
        responder(slot, endpoint),
        guard(&endpoint.table) {
    if (view.ops->hasPorts) [[unlikely]] {
      event.ports = std::move(static_cast<PortList*>(view.argument(view.ops->count))->ports);
    }
  }

  /// Those added meanwhile do not count.
  static std::size_t countOf(ChannelEntry const* entry) noexcept {
    return entry == nullptr ? 0 : entry->listeners.size();
  }
  void call(ChannelEntry& entry, std::size_t count) {
    bool const areExact = entry.exact == arguments.ops;
    for (std::size_t next = 0; next < count;) {
      try {
        if (areExact) [[likely]]
          callExactly(entry, next, count);
        else callFitted(entry, next, count);
      } catch (...) {
        thrown = std::current_exception();
      }
      if (thrown != nullptr) [[unlikely]] {
        isTaken = true;
        core.answerThrown(lane, record, responder, std::exchange(thrown, nullptr));
      }
    }
  }

  /// Those from `next` on. If one throws, `next` is the one after it.
  void callExactly(ChannelEntry& entry, std::size_t& next, std::size_t count) {
    void* const at = arguments.at;
    bool isAny = false;
    while (next < count) {
      ListenerNode& node = *entry.listeners[next++];
      if (!node.isLive) [[unlikely]]
        continue;
      node.callExactly(event, at);
      isAny = true;
    }
    isTaken = isTaken || isAny;
  }
  /// The same, for each what it takes.
  void callFitted(ChannelEntry& entry, std::size_t& next, std::size_t count) {
    while (next < count) {
      ListenerNode& node = *entry.listeners[next++];
      if (!node.isLive) continue;
      if (node.call(event, arguments)) isTaken = true;
      else addMisfit(node);
    }
  }

  void addMisfit(Registration const& node) {
    if (misfits == nullptr) misfits = std::make_unique<std::vector<std::exception_ptr>>();
    misfits->push_back(core.misfit(node, record, arguments, lane.senderCore()));
  }

  /// Nobody took it.
  void die(Errc reason) {
    core.bus->deadLetter(reason, record.view(), lane.senderCore(), core,
                         misfits == nullptr ? nullptr : misfits->front());
    if (misfits == nullptr) responder.fail(reason);
    else responder.fail(std::move(misfits->front()));
  }

  bool isAdmitted(ChannelEntry const* entry) {
    return entry == nullptr || entry->admits == nullptr || askAdmission(entry->admits);
  }
  /// By value: it may change itself.
  bool askAdmission(ChannelEntry::Admission admits) {
    try {
      return (*admits)(lane.sender);
    } catch (...) {
      core.reportError(record, lane, std::current_exception());
      return false;
    }
  }

  EndpointCore& core;
  MessageLane& lane;
  NameRecord const& record;
  ArgumentsView const& arguments;
  Responder responder;
  ListenerTable::DeferDestruction const guard;
  Event event{lane.sender, record, responder};
  bool isTaken = false;
  std::exception_ptr thrown;
  std::unique_ptr<std::vector<std::exception_ptr>> misfits;
};

/// A request that nobody waits for any more. One look at our own count, not at the slot, which is
/// in the other core's cache.
[[gnu::noinline]] inline bool EndpointCore::skipsAbandoned(MessageLane& lane,
                                                           NameRecord const& record,
                                                           AnswerSlot* slot) {
  if (slot == nullptr || abandonedRequests.load(std::memory_order_acquire) == 0 ||
      !slot->state.abandoned()) [[likely]] {
    return false;
  }
  bus->deadLetter(slot->abandonedFor, record.view(), lane.senderCore(), *this);
  abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState().answers.give(slot);
  return true;
}

[[gnu::always_inline]] inline void EndpointCore::handle(MessageLane& lane, MessageCell& cell,
                                                        AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  if (slot != nullptr && skipsAbandoned(lane, *cell.name, slot)) return;
  if (!handleAlone(lane, *cell.name, end.arguments, slot)) [[unlikely]]
    handleAny(lane, *cell.name, end.arguments, slot);
}

/// What most messages meet: one listener, whoever sent them, that takes the arguments as they are.
/// False, and nothing has happened, if it is another case.
[[gnu::always_inline]] inline bool EndpointCore::handleAlone(MessageLane& lane,
                                                             NameRecord const& record,
                                                             ArgumentsView const& arguments,
                                                             AnswerSlot* slot) {
  MessageLane::ChannelCache const& cached = lane.cacheFor(record);
  if (!cached.isOf(record, tableVersion) || cached.plain == nullptr) [[unlikely]]
    return false;
  ListenerNode* const node = cached.plain->alone;
  if (node == nullptr || node->exact != arguments.ops) [[unlikely]]
    return false;
  ListenerTable::DeferDestruction const guard(&table);
  Responder responder(slot, *this);
  Event event(lane.sender, record, responder);
  std::exception_ptr thrown;
  try {
    node->callExactly(event, arguments.at);
    handled.add();
    responder.fail(Errc::NoReply);
    return true;
  } catch (...) {
    thrown = std::current_exception();
  }
  handled.add();
  answerThrown(lane, record, responder, std::move(thrown));
  return true;
}

/// What a listener has thrown; the caller has no other reference, the last one goes with the answer.
[[gnu::noinline]] inline void EndpointCore::answerThrown(MessageLane& lane,
                                                         NameRecord const& record,
                                                         Responder& responder,
                                                         std::exception_ptr exception) {
  reportError(record, lane, exception);
  responder.fail(std::move(exception));
}

[[gnu::noinline]] inline void EndpointCore::handleAny(MessageLane& lane, NameRecord const& record,
                                                      ArgumentsView const& arguments,
                                                      AnswerSlot* slot) {
  MessageDispatch dispatching(*this, lane, record, arguments, slot);
  Found const found = find(lane, record);
  ListenerTable::DeferDestruction const guard(found.scoped == nullptr ? nullptr
                                                                      : found.scoped->table);
  if (!dispatching.isAdmitted(found.entry)) [[unlikely]] {
    dispatching.die(Errc::Denied);
    return;
  }
  std::size_t const count = MessageDispatch::countOf(found.entry);
  if (found.scoped != nullptr) [[unlikely]]
    dispatching.call(*found.scoped, MessageDispatch::countOf(found.scoped));
  if (found.entry != nullptr) [[likely]]
    dispatching.call(*found.entry, count);
  if (dispatching.isTaken) [[likely]] {
    handled.add();
    if (dispatching.misfits != nullptr) [[unlikely]] {
      for (auto const& error : *dispatching.misfits) reportError(record, lane, error);
    }
    dispatching.responder.fail(Errc::NoReply);
  } else {
    dispatching.die(dispatching.misfits == nullptr ? Errc::NoListener : Errc::TypeMismatch);
  }
}

[[gnu::noinline]] inline void EndpointCore::handleInvoke(MessageLane& lane, MessageCell& cell) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  if (skipsAbandoned(lane, *cell.name, cell.slot())) return;
  MessageDispatch dispatching(*this, lane, *cell.name, end.arguments, cell.slot());
  Found const found = find(lane, *cell.name);
  ListenerTable::DeferDestruction const guard(found.scoped == nullptr ? nullptr
                                                                      : found.scoped->table);
  if (!dispatching.isAdmitted(found.entry)) [[unlikely]] {
    dispatching.die(Errc::Denied);
    return;
  }
  HandlerNode* node = found.entry == nullptr ? nullptr : found.entry->liveHandler();
  if (found.scoped != nullptr && found.scoped->liveHandler() != nullptr) [[unlikely]] {
    node = found.scoped->liveHandler();
  }
  if (node == nullptr) [[unlikely]] {
    dispatching.die(Errc::NoHandler);
    return;
  }
  try {
    if (!node->call({lane.sender, *cell.name, end.arguments, dispatching.responder, *this})) {
      dispatching.addMisfit(*node);
      dispatching.die(Errc::TypeMismatch);
      return;
    }
  } catch (...) {
    dispatching.thrown = std::current_exception();
  }
  handled.add();
  if (dispatching.thrown != nullptr) {
    dispatching.responder.fail(std::exchange(dispatching.thrown, nullptr));
  }
}

inline void EndpointCore::takeAnswer(AnswerSlot* slot) noexcept {
  if (slot->continuation == nullptr) {  // forgone meanwhile
    threadState().answers.give(slot);
    return;
  }
  continuations.answered(*slot->continuation);
}

/// Also those that would have come through the inbox. A closed endpoint's thread comes here.
inline void EndpointCore::endContinuations() noexcept {
  // One that polls or closes comes back here: the rest goes on after it, not inside of it.
  if (!isGoingOn_) endContinuationsNow();
}

inline void EndpointCore::endContinuationsNow() noexcept {
  Running const running(*this);
  bool const wasGoingOn = std::exchange(isGoingOn_, true);
  do {
    continuations.close();
  } while (runKept() != 0);
  isGoingOn_ = wasGoingOn;
}

/// The last time: what comes later finds nobody here.
inline void EndpointCore::endForGood() noexcept {
  std::shared_ptr<Registration> leaving;  // whatever removed them, they end with the table
  for (;;) {
    endContinuationsNow();
    std::lock_guard const lock(keptMutex_);
    if (!keptTasks_.empty() || keptAnswers_ != nullptr) continue;
    isOver_ = true;
    leaving.swap(leaving_);
    raiseClock(leavingClock_);
    break;
  }
  while (leaving != nullptr) leaving = std::exchange(leaving->nextLeaving, nullptr);
}

/// For a task that runs anyway: on the endpoint's thread, as long as that comes back.
inline void EndpointCore::keepTask(TaskPtr task) noexcept {
  {
    std::lock_guard const lock(keptMutex_);
    if (!isOver_) {
      keptTasks_.push(std::move(task));
      notices_.fetch_or(Kept, std::memory_order_seq_cst);
      return;
    }
  }
  task->run();
}

/// False if the endpoint's thread will not come back for it.
inline bool EndpointCore::keepAnswer(AnswerSlot* slot) noexcept {
  std::lock_guard const lock(keptMutex_);
  if (isOver_) return false;
  AnswerSlot** last = &keptAnswers_;
  while (*last != nullptr) last = &(*last)->nextFree;
  slot->nextFree = nullptr;
  *last = slot;
  notices_.fetch_or(Kept, std::memory_order_seq_cst);
  return true;
}

/// The endpoint is open, and something is kept for its loop.
inline void EndpointCore::announceKept() noexcept {
  auto const keep = shared_from_this();  // the hook may end this
  inbox.interrupt();
  callWakeHook();
}

/// How many there were.
inline std::size_t EndpointCore::runKept() noexcept {
  AnswerSlot* answers = nullptr;
  std::unique_lock lock(keptMutex_);
  TaskList tasks(std::move(keptTasks_));
  std::swap(answers, keptAnswers_);
  bool const isForked =
      (notices_.fetch_and(~std::uint32_t{Kept | Forked}, std::memory_order_relaxed) & Forked) != 0;
  lock.unlock();
  std::size_t count = 0;
  for (; answers != nullptr; ++count) takeAnswer(std::exchange(answers, answers->nextFree));
  if (isForked) count += continuations.closeLost();
  for (TaskPtr task = tasks.pop(); task != nullptr; task = tasks.pop(), ++count) task->run();
  return count;
}

// ---- removal by another thread ----

inline void EndpointCore::removeLater(std::shared_ptr<Registration> node) noexcept {
  std::lock_guard const lock(keptMutex_);
  if (isOver_ || std::exchange(node->isLeaving, true)) return;
  leavingClock_ = (std::max)(leavingClock_, threadState().clock);
  node->nextLeaving = std::move(leaving_);
  leaving_ = std::move(node);
  // release: pairs with the acquire in removeNow(). Whoever sees a message that was sent later sees
  // this, too.
  notices_.fetch_or(Leaving, std::memory_order_release);
}

[[gnu::noinline]] inline void EndpointCore::removeLeaving() {
  std::shared_ptr<Registration> leaving;
  {
    std::lock_guard const lock(keptMutex_);
    leaving.swap(leaving_);
    raiseClock(leavingClock_);  // captures that end may send
    notices_.fetch_and(~std::uint32_t{Leaving}, std::memory_order_relaxed);
  }
  while (leaving != nullptr) {
    if (leaving->isLive) leaving->entry->table->remove(*leaving);
    leaving = std::exchange(leaving->nextLeaving, nullptr);
  }
}

inline void EndpointCore::reportError(NameRecord const& channel, MessageLane const& lane,
                                      std::exception_ptr exception) const {
  bus->reportError(channel.view(), lane.senderCore().name, name, std::move(exception));
}

[[gnu::noinline]] inline void EndpointCore::runTask(MessageLane& lane, MessageCell& cell) {
  TaskPtr const task(cell.task);
  try {
    task->run();
  } catch (...) {
    bus->reportError({}, lane.senderCore().name, name, std::current_exception());
  }
}

// ---- waking and closing ----

inline void EndpointCore::setWakeHook(std::function<void()> hook) {
  auto const keep = shared_from_this();  // the hook that is set may be called here, and end this
  bool const isSet = static_cast<bool>(hook);
  auto replaced = wakeHook_.replace(std::move(hook));
  hasWakeHook_.store(isSet, std::memory_order_relaxed);
  if (isSet && !gate_.isPolled()) {
    PollScope const scope(*this);
    rearm();
  }
  waitForCalls<>(std::move(replaced), bus);
}

inline void EndpointCore::takeWakeHook() noexcept {
  hasWakeHook_.store(false, std::memory_order_relaxed);
  try {
    waitForCalls<>(wakeHook_.replace({}), bus);
  } catch (std::exception const&) {
    // It waits for this very thread; or there is no memory to see whether it does.
  }
}

/// The next message calls the hook; or this does, if there is one. Within a PollScope.
inline void EndpointCore::rearm() {
  if (gate_.observe() == Gate::Closed) return;  // whoever has closed it may be clearing the lanes
  bool const isEmpty =
      bus->driver() != nullptr ? !bus->driver()->executor.hasMessages(*this) : inbox.arm();
  if (!isEmpty) ringHere();
}

/// A hook that polls comes back here: it is called again once it has returned, not inside of itself.
inline void EndpointCore::ringHere() {
  mustRingAgain_ = true;
  if (isRinging_) return;
  isRinging_ = true;
  while (std::exchange(mustRingAgain_, false)) callWakeHook();
  isRinging_ = false;
}

inline void EndpointCore::callWakeHook() noexcept {
  try {
    makeTokenIfPossible();
    ThreadState& thread = threadState();
    wakeHook_.call(&thread, thread.clock, thread.hooks, thread.holder, Inside::IsCalled,
                   [](std::function<void()> const& hook) { hook(); });
  } catch (...) {
    // The sender has nothing to do with it, and its message is on the way.
    bus->reportError({}, {}, name, std::current_exception());
  }
}

inline void EndpointCore::close() {
  tell(*bus);
  sayClosed();
  settleClosed();
  finishClosing();
}

inline void EndpointCore::closeHere() {
  // In its thread's body or a handler, or while an argument is captured, there may be more to send.
  if (threadState().current != this && !gate_.isPolled() && threadState().sending == 0) {
    isSilent_.store(true, std::memory_order_release);
  }
  close();
}

inline void EndpointCore::finishClosing() {
  waitGraph().nudge([&](auto const& wait) {
    auto const& sender = static_cast<EndpointCore const&>(*wait.sender);
    return wait.target == this || &sender == this || sender.named.get() == this;
  });
  quits_.requestStop();
  inbox.interrupt();
  if (gate_.isVacant()) {
    drain();
    if (isBoundHere()) endContinuations();
  }
  closeListeners.endpointIsClosed();
  bus->closed(*this);
  // Once: the hook may close the bus again.
  if (hasWakeHook_.load(std::memory_order_relaxed) &&
      !isClosingTold_.exchange(true, std::memory_order_acq_rel)) {
    callWakeHook();
  }
  if (Driver* const driver = bus->driver()) {
    drivenQuits_.clear();  // their lanes hold this endpoint
    return driver->ownership.closed(*this);
  }
  if (isHeldHere() && gate_.isVacant()) {
    auto const keep = shared_from_this();
    endListening();
  } else {
    endDeserted();
  }
}

inline void EndpointCore::quit() noexcept {
  int const error = errno;  // a signal handler leaves it as it was
  ThreadState const& thread = threadState();
  tell(*bus);
  quits_.request({thread.token, thread.clock});
  inbox.interrupt();
  errno = error;
}

inline void EndpointCore::abandon() {
  auto const keep = shared_from_this();
  abandonment_.announce();
  takeWakeHook();
  close();
  ThreadToken* const thread = owner.load(std::memory_order_acquire);
  bool const isOurs = bus->driver() == nullptr ? thread == nullptr || thread == thisToken()
                                               : bus->driver()->ownership.mayLeave(*this);
  if (isOurs && !gate_.isPolled()) {
    leave();
  } else if (!isOurs && abandonment_.mustLeaveFor(*thread)) {
    leave();
  }
}

inline void EndpointCore::leaveIfAbandoned() {
  // Otherwise the last of the polls that are under way does so.
  if (abandonment_.isAnnounced() && isBoundHere() && !gate_.isPolled()) leave();
}

inline void EndpointCore::drain() {
  std::vector<std::shared_ptr<MessageLane>> lanes;
  {
    std::lock_guard const lock(lanesMutex_);
    if (isDrained_) return;
    isDrained_ = true;
    lanes.swap(lanes_);
    lanesFrom_ = {};
    standInLanes_ = {};
  }
  for (auto const& lane : lanes) lane->signal.set(MessageLane::Closed);
  if (!lanes.empty() && bus->driver() == nullptr) lanes.front()->signal.settle();
  inbox.forget();
  for (auto const& lane : lanes) clearLane(*lane);
}

/// What is left in a lane of a closed endpoint becomes dead letters. Both the endpoint and a writer
/// that has pushed too late come here.
inline void EndpointCore::clearLane(MessageLane& lane) {
  lane.clearing.run(lanesMutex_, [&] {
    while (MessageCell* const cell = lane.takeToDiscard().cell) discard(lane, *cell);
  });
}

inline void EndpointCore::discard(MessageLane& lane, MessageCell& cell) {
  // relaxed: its lane has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  // Hooks, and captures that end, may send: after whatever its sender has sent before.
  raiseClock(stampOf(word));
  switch (kindOf(word)) {
    case Kind::Extra: lane.extra = &cell; return;
    case Kind::Post:
      if (TaskPtr task(cell.task); task->runsAnyway()) keepTask(std::move(task));
      break;
    case Kind::Answer: loseAnswer(cell.slot()); break;
    case Kind::Quit:
    case Kind::Nothing: break;
    case Kind::Message: discardMessage(lane, cell, nullptr); break;
    case Kind::Request:
    case Kind::Invoke: discardMessage(lane, cell, cell.slot()); break;
  }
  lane.unpin();
}

inline void EndpointCore::drop(MessageLane& lane, MessageCell& cell, AnswerSlot* slot) {
  MessageEnd const end(cell);
  bus->deadLetter(Errc::Full, cell.name->view(), lane.senderCore(), *this);
  if (slot != nullptr) answerFailure(slot, *this, Errc::Full);
}

inline void EndpointCore::discardMessage(MessageLane& lane, MessageCell& cell, AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  bus->deadLetter(Errc::Closed, cell.name->view(), lane.senderCore(), *this);
  if (slot != nullptr) answerFailure(slot, *this, Errc::Closed);
}

inline void EndpointCore::failFirst(MessageLane& lane, Errc reason, std::exception_ptr exception) {
  PollScope const scope(*this);
  inbox.noteDepth(waiting());
  while (MessageCell* const cell = lane.takeToDiscard().cell) {
    // relaxed: front() has acquired it.
    std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
    raiseClock(stampOf(word));
    if (kindOf(word) == Kind::Extra) {
      lane.extra = cell;
      continue;
    }
    if (kindOf(word) <= Kind::Invoke) failMessage(lane, *cell, reason, std::move(exception));
    lane.unpin();
    if (kindOf(word) != Kind::Nothing) return;
  }
}

inline void EndpointCore::failMessage(MessageLane& lane, MessageCell& cell, Errc reason,
                                      std::exception_ptr exception) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  bool const isPlain = kindOf(cell.word.load(std::memory_order_relaxed)) == Kind::Message;
  AnswerSlot* const slot = isPlain ? nullptr : cell.slot();
  if (skipsAbandoned(lane, *cell.name, slot)) return;
  bus->deadLetter(reason, cell.name->view(), lane.senderCore(), *this);
  if (slot == nullptr) return;
  if (exception == nullptr) answerFailure(slot, *this, reason);
  else answerException(slot, *this, std::move(exception));
}

/// How many messages are in the inbox.
inline std::uint64_t EndpointCore::waiting() const {
  std::uint64_t count = 0;
  std::lock_guard const lock(lanesMutex_);
  for (auto const& lane : lanes_) count += lane->waiting();
  return count;
}

inline Stats EndpointCore::addTo(Stats stats) const {
  std::uint64_t const pending = waiting();
  stats.sent += sent.get();
  stats.handled += handled.get();
  stats.pending += pending;
  stats.maxDepth = (std::max)({stats.maxDepth, inbox.deepest(), pending});
  return stats;
}

}  // namespace tincan::inline v0::detail
