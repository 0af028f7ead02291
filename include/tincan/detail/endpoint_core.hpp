// tincan/detail/endpoint_core.hpp - layer 11 - how an endpoint handles messages, sleeps and ends
#pragma once

#include <algorithm>
#include <exception>
#include <functional>
#include <iterator>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/core.hpp>
#include <tincan/detail/giver.hpp>
#include <tincan/detail/invocation.hpp>
#include <tincan/detail/thread_state.hpp>
#include <tincan/event.hpp>

namespace tincan::detail {

// ---- lanes to others ----

[[gnu::noinline]] inline MessageLane* Outbox::findAll(EndpointCore const& to) const noexcept {
  auto const at = std::lower_bound(
      lanes_.begin(), lanes_.end(), &to,
      [](auto const& lane, EndpointCore const* core) { return lane->receiver.get() < core; });
  if (at == lanes_.end() || (*at)->receiver.get() != &to) return nullptr;
  recent_[place(to)] = {&to, at->get()};
  return at->get();
}

inline void Outbox::add(EndpointCore const& to, std::shared_ptr<MessageLane> lane) {
  // Receivers that are gone leave when others come, but not while a send to one is under way.
  if (!Sending::isNested()) {
    std::erase_if(lanes_, [](auto const& old) { return old->receiver->isClosed(); });
  }
  std::fill(std::begin(recent_), std::end(recent_), Recent{});
  auto const at = std::lower_bound(
      lanes_.begin(), lanes_.end(), &to,
      [](auto const& old, EndpointCore const* core) { return old->receiver.get() < core; });
  lanes_.insert(at, std::move(lane));
}

inline std::vector<std::shared_ptr<MessageLane>> Outbox::takeAll() noexcept {
  std::fill(std::begin(recent_), std::end(recent_), Recent{});
  return std::exchange(lanes_, {});
}

inline std::shared_ptr<MessageLane> EndpointCore::makeLane(EndpointCore& to) {
  if (to.isNobody() || to.isClosed()) return nullptr;
  Driver* const driver = bus->driver();
  auto lane = driver == nullptr ? std::make_shared<MessageLane>(
                                      PeerAccess::make(shared_from_this()), to.shared_from_this())
                                : driver->makeLane(shared_from_this(), to.shared_from_this());
  std::lock_guard const lock(to.lanesMutex_);
  if (to.isDrained_) return nullptr;
  MessageInbox::prepare(*lane);
  to.lanes_.push_back(lane);
  if (driver != nullptr) {
    lane->signal.set(MessageLane::Driven);
    driver->laneMade(lane);
  }
  return lane;
}

[[gnu::noinline]] inline MessageLane* EndpointCore::addLane(EndpointCore& to) {
  if (wasLeft()) return nullptr;  // nobody would let the lane go
  auto lane = makeLane(to);
  if (lane == nullptr) return nullptr;
  MessageLane* const made = lane.get();
  outbox_.add(to, std::move(lane));
  return made;
}

inline bool EndpointCore::pushed(MessageLane& lane) {
  switch (inbox.pushed(lane)) {
    case MessageInbox::Pushed::Fine: return true;
    case MessageInbox::Pushed::Wake: callWakeHook(); return true;
    case MessageInbox::Pushed::Driven:
      if (bus->driver()->pushed(lane)) callWakeHook();
      return true;
    case MessageInbox::Pushed::Closed: break;
  }
  clearLane(lane);
  return false;
}

inline void EndpointCore::leave() {
  if (wasLeft_.exchange(true, std::memory_order_acq_rel)) return;
  if (threadState.sending == 0) {
    letGo();
    return;
  }
  holdUntilLeft_ = shared_from_this();
  nextLeaving_ = std::exchange(threadState.leaving, this);
}

inline void EndpointCore::letGo() {
  for (auto const& lane : outbox_.takeAll()) {
    lane->abandon();
    lane->receiver->abandonedLanes.fetch_add(1, std::memory_order_release);
  }
  endContinuations();
  table.clear();
  // Their captures may come back here.
  auto const scopes = std::exchange(scopes_, {});
  ++tableVersion;
  setWakeHook({});
}

inline void EndpointCore::dropAbandonedLanes() {
  std::vector<std::shared_ptr<MessageLane>> gone;
  std::lock_guard const lock(lanesMutex_);
  std::uint32_t const before = static_cast<std::uint32_t>(lanes_.size());
  inbox.dropAbandoned(lanes_, [&](auto& lane) { gone.push_back(std::move(lane)); });
  abandonedLanes.fetch_sub(before - static_cast<std::uint32_t>(lanes_.size()),
                           std::memory_order_relaxed);
}

/// Between rounds: what is left of others that have gone.
inline void EndpointCore::tidyUp() {
  if (abandonedLanes.load(std::memory_order_acquire) != 0) [[unlikely]]
    dropAbandonedLanes();
  if (scopes_.empty()) [[likely]]
    return;
  std::uint64_t const ended = bus->closedEndpoints();
  if (std::exchange(closedEndpointsSeen_, ended) != ended) endScopes();
}

// ---- scopes ----

inline ListenerTable* EndpointCore::findScope(std::uint64_t senderId) noexcept {
  for (SenderScope const& scope : scopes_) {
    if (scope.sender->id == senderId) return scope.table.get();
  }
  return nullptr;
}

inline ListenerTable* EndpointCore::scopeFor(EndpointCore& sender) {
  if (Driver* const driver = bus->driver()) driver->looked(Driver::Touch::Life, &sender);
  if (!sender.isAlive()) return nullptr;
  if (ListenerTable* const scope = findScope(sender.id)) return scope;
  if (!gate_.isPolled()) endScopes();
  scopes_.push_back({sender.shared_from_this(), std::make_unique<ListenerTable>(tableVersion)});
  ++tableVersion;
  return scopes_.back().table.get();
}

/// Those of senders that are closed, once nothing of them is left to handle.
inline void EndpointCore::endScopes() {
  std::vector<SenderScope> ended;  // destroyed at the end: captures may come back here
  std::lock_guard const lock(lanesMutex_);
  std::erase_if(scopes_, [&](SenderScope& scope) {
    bool const hasMore = std::any_of(lanes_.begin(), lanes_.end(), [&](auto const& lane) {
      return &lane->senderCore() == scope.sender.get() && lane->front() != nullptr;
    });
    if (scope.sender->isAlive()) return false;
    if (hasMore) {
      closedEndpointsSeen_ = 0;  // look again
      return false;
    }
    ended.push_back(std::move(scope));
    return true;
  });
  if (!ended.empty()) ++tableVersion;
}

// ---- threads ----

inline std::string EndpointCore::displayName() const {
  if (isNobody()) return "(no endpoint)";
  return name.empty() ? "#" + std::to_string(id) : name;
}

inline bool EndpointCore::isDeserted() const noexcept {
  Token const* const thread = owner.load(std::memory_order_acquire);
  return thread != nullptr && thread->ended.load(std::memory_order_seq_cst) != 0;
}

inline void EndpointCore::throwWrongThread(std::string_view verb) const {
  throw Error(Errc::WrongThread, {},
              std::string(verb) + ": the endpoint '" + displayName() +
                  "' lives on the thread that polled it first, and this is another one");
}

inline void EndpointCore::throwClosed(std::string_view verb) const {
  throw Error(Errc::Closed, {},
              std::string(verb) + ": the endpoint '" + displayName() + "' is closed");
}

[[gnu::noinline]] inline void EndpointCore::bindHere() {
  if (bus->driver() != nullptr) return checkThread("poll");
  ThreadHolder* const holder = threadHolder();
  if (holder == nullptr) {
    throw Error(Errc::WrongThread, {}, "poll: this thread is ending and can poll no endpoint");
  }
  {
    std::lock_guard const lock(lanesMutex_);
    checkThread("poll");
    ownerHold_ = holder->token();
    // release: pairs with the acquire of whoever reads the token.
    owner.store(thisToken(), std::memory_order_release);
  }
  holder->bind(shared_from_this());
}

inline void EndpointCore::threadEnded() {
  waitGraph().nudge([&](auto const& wait) { return wait.target == this; });
  if (isAbandoned_.load(std::memory_order_seq_cst)) leave();
}

/// Closed while it was being polled, and the last of those polls is over.
[[gnu::noinline]] inline void EndpointCore::endClosed() {
  auto const keep = shared_from_this();
  drain();
  endContinuations();
  if (isAbandoned_.load(std::memory_order_acquire)) {
    leave();
    if (ThreadHolder* const holder = threadHolder()) holder->unbind(*this);
  }
}

/// One poll or run of an endpoint, or the body of its thread.
struct PollScope {
  explicit PollScope(EndpointCore& endpoint) noexcept
      : core(endpoint), running(endpoint), outer(endpoint.gate_.enter()) {}
  ~PollScope() {
    if (core.gate_.exit(outer)) [[unlikely]]
      core.endClosed();
  }
  PollScope(PollScope const&) = delete;
  PollScope& operator=(PollScope const&) = delete;

  bool isOutermost() const noexcept { return outer == 0; }

  EndpointCore& core;
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
    if (!inbox.heldBack() || (stopsAtQuit_ && hasQuit_)) break;
  }
  return count;
}

/// True for most polls: those between which nothing is to be done when nothing has come.
inline bool EndpointCore::mayStayIdle() noexcept {
  constexpr unsigned Between = 2048;
  return ++idlePolls_ % Between != 0 && !hasWakeHook_.load(std::memory_order_relaxed) &&
         !continuations.hasDeadlines() && scopes_.empty() &&
         abandonedLanes.load(std::memory_order_relaxed) == 0;
}

/// A poll that has nothing to do.
inline bool EndpointCore::staysIdle() noexcept {
  if (!isBoundHere() || !mayStayIdle()) return false;
  std::uint32_t const outer = gate_.enter();
  bool const isIdle = gate_.observe() == Gate::Open && inbox.empty();
  if (gate_.exit(outer)) [[unlikely]]
    endClosed();
  return isIdle;
}

template <class More>
std::size_t EndpointCore::poll(More&& more) {
  if (staysIdle()) return 0;
  bind();
  PollScope const scope(*this);
  if (std::uint32_t const life = gate_.observe(); life != Gate::Open) [[unlikely]] {
    if (life == Gate::Closed) return 0;
    if (scope.isOutermost()) tidyUp();
    return bus->driver()->pump(*this, Driver::Pump::Poll,
                               [&](std::size_t count) { return isClosed() || !more(count); });
  }
  if (scope.isOutermost()) tidyUp();
  bool const outer = std::exchange(stopsAtQuit_, false);
  // The answers that are there go before deadlines that have passed.
  std::size_t count = rounds(more);
  if (continuations.hasDeadlines()) [[unlikely]]
    count += continuations.expire(bus->now());
  stopsAtQuit_ = outer;
  if (scope.isOutermost() && hasWakeHook_.load(std::memory_order_relaxed)) rearm(!more(count));
  return count;
}

template <class Stop>
void EndpointCore::run(Stop&& stopRequested) {
  bind();
  PollScope const scope(*this);
  if (bus->driver() != nullptr) {
    if (scope.isOutermost()) tidyUp();
    bus->driver()->pump(*this, Driver::Pump::Run,
                        [&](std::size_t) { return isClosed() || hasQuit_ || stopRequested(); });
    if (!isClosed() && !stopRequested()) hasQuit_ = false;
    return;
  }
  bool const outer = std::exchange(stopsAtQuit_, true);
  while (gate_.observe() == Gate::Open && !stopRequested()) {
    if (scope.isOutermost()) tidyUp();
    if (hasQuit_) {
      finishQuit();
      break;
    }
    std::size_t count = rounds([&](std::size_t) { return !stopRequested(); });
    if (continuations.hasDeadlines()) [[unlikely]]
      count += continuations.expire(bus->now());
    if (count == 0 && !hasQuit_) waitForMessages(stopRequested);
  }
  stopsAtQuit_ = outer;
  if (scope.isOutermost() && hasWakeHook_.load(std::memory_order_relaxed)) rearm(false);
}

inline void EndpointCore::finishQuit() {
  hasQuit_ = false;
  stopsAtQuit_ = false;
  auto const take = [&](MessageLane& lane, MessageCell& cell) { return deliver(lane, cell); };
  if (MessageLane* const lane = std::exchange(quitLane_, nullptr)) inbox.roundWithout(*lane, take);
  else inbox.round(take);
}

template <class Stop>
void EndpointCore::waitForMessages(Stop&& stopRequested) {
  constexpr int Yields = 50;
  auto const notice = [&] { return gate_.peek() != Gate::Open || stopRequested(); };
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
  return continuations.expire(bus->now());
}

/// False: the round must end.
inline bool EndpointCore::deliver(MessageLane& lane, MessageCell& cell) {
  // relaxed: front() has acquired it.
  std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
  raiseClock(stampOf(word));
  Kind const kind = kindOf(word);
  if (kind <= Kind::Request) [[likely]]
    handle(lane, cell, kind == Kind::Request ? cell.slot() : nullptr);
  else if (!deliverOther(kind, lane, cell)) return true;
  lane.unpin();
  return gate_.peek() == Gate::Open && !(stopsAtQuit_ && hasQuit_);
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
    case Kind::Quit:
      hasQuit_ = true;
      quitLane_ = stopsAtQuit_ ? &lane : nullptr;
      break;
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
  MessageLane::Known const& known = lane.knownFor(record);
  if (known.isOf(record, tableVersion)) [[likely]]
    return {known.entry, known.scoped};
  return findAll(lane, record);
}

[[gnu::noinline]] inline EndpointCore::Found EndpointCore::findAll(
    MessageLane& lane, NameRecord const& record) noexcept {
  ChannelEntry* const entry = table.find(record.hash, record.view());
  ListenerTable* const scope = scopes_.empty() ? nullptr : findScope(lane.sender.id());
  ChannelEntry* const scoped = scope == nullptr ? nullptr : scope->find(record.hash, record.view());
  if (record.isKept) {
    lane.knownFor(record) = {&record, entry, scoped, scoped == nullptr ? entry : nullptr,
                             tableVersion};
  }
  return {entry, scoped};
}

/// One message on its way through the listeners.
struct EndpointCore::Dispatching {
  Dispatching(EndpointCore& endpoint, MessageLane& from, NameRecord const& name,
              ArgumentsView const& view, AnswerSlot* slot) noexcept
      : core(endpoint),
        lane(from),
        record(name),
        arguments(view),
        giver(slot, endpoint),
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
        core.answerThrown(lane, record, giver, std::exchange(thrown, nullptr));
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
    core.bus->deadLetter(reason, record.view(), lane.senderCore().name, core.name);
    if (misfits == nullptr) giver.fail(reason);
    else giver.fail(std::move(misfits->front()));
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
  Giver giver;
  ListenerTable::Dispatch const guard;
  Event event{lane.sender, record, giver};
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
  bus->deadLetter(slot->abandonedFor, record.view(), lane.senderCore().name, name);
  abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState.answers.give(slot);
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
  MessageLane::Known const& known = lane.knownFor(record);
  if (!known.isOf(record, tableVersion) || known.plain == nullptr) [[unlikely]]
    return false;
  ListenerNode* const node = known.plain->alone;
  if (node == nullptr || node->exact != arguments.ops) [[unlikely]]
    return false;
  ListenerTable::Dispatch const guard(&table);
  Giver giver(slot, *this);
  Event event(lane.sender, record, giver);
  std::exception_ptr thrown;
  try {
    node->callExactly(event, arguments.at);
    handled.add();
    giver.fail(Errc::NoReply);
    return true;
  } catch (...) {
    thrown = std::current_exception();
  }
  handled.add();
  answerThrown(lane, record, giver, std::move(thrown));
  return true;
}

/// What a listener has thrown; the caller has no other reference, the last one goes with the answer.
[[gnu::noinline]] inline void EndpointCore::answerThrown(MessageLane& lane,
                                                         NameRecord const& record, Giver& giver,
                                                         std::exception_ptr exception) {
  reportError(record, lane, exception);
  giver.fail(std::move(exception));
}

[[gnu::noinline]] inline void EndpointCore::handleAny(MessageLane& lane, NameRecord const& record,
                                                      ArgumentsView const& arguments,
                                                      AnswerSlot* slot) {
  Dispatching dispatching(*this, lane, record, arguments, slot);
  Found const found = find(lane, record);
  ListenerTable::Dispatch const guard(found.scoped == nullptr ? nullptr : found.scoped->table);
  if (!dispatching.isAdmitted(found.entry)) [[unlikely]] {
    dispatching.die(Errc::Denied);
    return;
  }
  std::size_t const count = Dispatching::countOf(found.entry);
  if (found.scoped != nullptr) [[unlikely]]
    dispatching.call(*found.scoped, Dispatching::countOf(found.scoped));
  if (found.entry != nullptr) [[likely]]
    dispatching.call(*found.entry, count);
  if (dispatching.isTaken) [[likely]] {
    handled.add();
    if (dispatching.misfits != nullptr) [[unlikely]] {
      for (auto const& error : *dispatching.misfits) reportError(record, lane, error);
    }
    dispatching.giver.fail(Errc::NoReply);
  } else {
    dispatching.die(dispatching.misfits == nullptr ? Errc::NoListener : Errc::TypeMismatch);
  }
}

[[gnu::noinline]] inline void EndpointCore::handleInvoke(MessageLane& lane, MessageCell& cell) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  if (skipsAbandoned(lane, *cell.name, cell.slot())) return;
  Dispatching dispatching(*this, lane, *cell.name, end.arguments, cell.slot());
  Found const found = find(lane, *cell.name);
  ListenerTable::Dispatch const guard(found.scoped == nullptr ? nullptr : found.scoped->table);
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
    if (!node->call({lane.sender, *cell.name, end.arguments, dispatching.giver, *this})) {
      dispatching.addMisfit(*node);
      dispatching.die(Errc::TypeMismatch);
      return;
    }
  } catch (...) {
    dispatching.thrown = std::current_exception();
  }
  handled.add();
  if (dispatching.thrown != nullptr) {
    dispatching.giver.fail(std::exchange(dispatching.thrown, nullptr));
  }
}

inline void EndpointCore::takeAnswer(AnswerSlot* slot) noexcept {
  if (slot->continuation == nullptr) {  // forgone meanwhile
    threadState.answers.give(slot);
    return;
  }
  continuations.answered(*slot->continuation);
}

inline void EndpointCore::endContinuations() noexcept {
  Running const running(*this);
  continuations.close();
  std::vector<std::unique_ptr<Task0>> tasks;
  do {
    tasks.clear();
    {
      std::lock_guard const lock(lanesMutex_);
      tasks.swap(lateTasks_);
    }
    for (auto const& task : tasks) task->run();
  } while (!tasks.empty());
}

inline void EndpointCore::discardTask(std::unique_ptr<Task0> task) {
  if (!task->runsAnyway()) return;
  {
    std::lock_guard const lock(lanesMutex_);
    if (!wasLeft()) {
      lateTasks_.push_back(std::move(task));
      return;
    }
  }
  task->run();  // its thread will not come back
}

inline void EndpointCore::reportError(NameRecord const& channel, MessageLane const& lane,
                                      std::exception_ptr exception) const {
  bus->reportError(channel.view(), lane.senderCore().name, name, std::move(exception));
}

[[gnu::noinline]] inline void EndpointCore::runTask(MessageLane& lane, MessageCell& cell) {
  std::unique_ptr<Task0> const task(cell.task);
  try {
    task->run();
  } catch (...) {
    bus->reportError({}, lane.senderCore().name, name, std::current_exception());
  }
}

// ---- waking and closing ----

inline void EndpointCore::setWakeHook(std::function<void()> hook) {
  bool const isSet = static_cast<bool>(hook);
  {
    auto held = isSet ? std::make_shared<std::function<void()> const>(std::move(hook)) : nullptr;
    std::lock_guard const lock(hookMutex_);
    wakeHook_.swap(held);
  }
  hasWakeHook_.store(isSet, std::memory_order_relaxed);
  if (!isSet || gate_.isPolled()) return;
  PollScope const scope(*this);
  rearm(false);
}

/// The next message calls the hook; or this does, if one has come meanwhile. A caller who has left
/// messages on purpose knows of them. Within a PollScope.
inline void EndpointCore::rearm(bool hasLeftSome) {
  if (gate_.observe() == Gate::Closed) return;  // whoever has closed it may be clearing the lanes
  if (bus->driver() != nullptr) {
    if (bus->driver()->hasMessages(*this)) callWakeHook();
    return;
  }
  if (!inbox.arm() && !hasLeftSome) callWakeHook();
}

inline void EndpointCore::callWakeHook() noexcept {
  std::shared_ptr<std::function<void()> const> hook;
  {
    std::lock_guard const lock(hookMutex_);
    hook = wakeHook_;
  }
  if (hook == nullptr) return;
  try {
    (*hook)();
  } catch (...) {
    // The sender has nothing to do with it, and its message is on the way.
    bus->reportError({}, {}, name, std::current_exception());
  }
}

inline void EndpointCore::close() {
  sayClosed();
  settleClosed();
  finishClosing();
}

inline void EndpointCore::finishClosing() {
  waitGraph().nudge([&](auto const& wait) { return wait.target == this || wait.speaker == this; });
  inbox.interrupt();
  if (gate_.isVacant()) {
    drain();
    if (isBoundHere()) endContinuations();
  }
  promises.endpointIsClosed();
  bus->endpointIsClosed();
  if (Driver* const driver = bus->driver()) driver->closed(*this);
}

inline void EndpointCore::abandon() {
  auto const keep = shared_from_this();
  // seq_cst: pairs with the end of the thread, see ThreadHolder.
  isAbandoned_.store(true, std::memory_order_seq_cst);
  close();
  Token const* const thread = owner.load(std::memory_order_acquire);
  bool const isOurs = bus->driver() == nullptr ? thread == nullptr || thread == thisToken()
                                               : bus->driver()->mayLeave(*this);
  if (isOurs && !gate_.isPolled()) {
    leave();
    if (ThreadHolder* const holder = threadHolder()) holder->unbind(*this);
  } else if (!isOurs && thread->ended.load(std::memory_order_seq_cst) != 0) {
    leave();
  }
}

inline void EndpointCore::drain() {
  std::vector<std::shared_ptr<MessageLane>> lanes;
  {
    std::lock_guard const lock(lanesMutex_);
    if (isDrained_) return;
    isDrained_ = true;
    lanes.swap(lanes_);
  }
  for (auto const& lane : lanes) lane->signal.set(MessageLane::Closed);
  if (!lanes.empty() && bus->driver() == nullptr) lanes.front()->signal.settle();
  inbox.forget();
  for (auto const& lane : lanes) clearLane(*lane);
}

/// What is left in a lane of a closed endpoint becomes dead letters. Both the endpoint and a writer
/// that has pushed too late come here; one of them does the work, without the lock.
inline void EndpointCore::clearLane(MessageLane& lane) {
  {
    std::lock_guard const lock(lanesMutex_);
    lane.mustClearAgain = true;
    if (std::exchange(lane.isBeingCleared, true)) return;
  }
  for (;;) {
    {
      std::lock_guard const lock(lanesMutex_);
      if (!std::exchange(lane.mustClearAgain, false)) {
        lane.isBeingCleared = false;
        return;
      }
    }
    while (MessageCell* const cell = lane.takeToDiscard().cell) discard(lane, *cell);
  }
}

inline void EndpointCore::discard(MessageLane& lane, MessageCell& cell) {
  switch (kindOf(cell.word.load(std::memory_order_relaxed))) {
    case Kind::Extra: lane.extra = &cell; return;
    case Kind::Post: discardTask(std::unique_ptr<Task0>(cell.task)); break;
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
  bus->deadLetter(Errc::Full, cell.name->view(), lane.senderCore().name, name);
  if (slot != nullptr) answerFailure(slot, *this, Errc::Full);
}

inline void EndpointCore::discardMessage(MessageLane& lane, MessageCell& cell, AnswerSlot* slot) {
  lane.messageTaken();
  MessageEnd const end(lane, cell);
  bus->deadLetter(Errc::Closed, cell.name->view(), lane.senderCore().name, name);
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
  bus->deadLetter(reason, cell.name->view(), lane.senderCore().name, name);
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

}  // namespace tincan::detail
