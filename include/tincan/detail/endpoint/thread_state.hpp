// tincan/detail/endpoint/thread_state.hpp - what this thread is to the buses
//
// Each thread has one ThreadState, whichever module's code it runs: in the thread-local storage of
// the module that the Process is of. It is there before anything is constructed and after everything
// is destroyed, so destructors of objects with static or thread storage use it as all others do. The
// main thread's never ends; another thread's ends by a key of POSIX threads, after all its
// thread_local objects.
#pragma once

#include <pthread.h>
#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/base/spin_budget.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline v0::detail {

struct PortRemains;

struct ThreadState {
  EndpointCore* current = nullptr;  // whose poll or thread body is running, the innermost
  EndpointCore* sender = nullptr;   // who speaks when none is; a cache
  ThreadToken* token = nullptr;     // null until somebody must be able to name the thread
  std::uint64_t clock = 0;          // Lamport's
  std::atomic<std::uint64_t>* told = nullptr;  // of the Process
  unsigned sending = 0;                        // how many sends are under way, one inside another
  unsigned dropping = 0;                       // how many messages, the same way
  EndpointCore* leaving = nullptr;             // those that leave() once no send is under way
  PortRemains* portRemains = nullptr;          // what is being destroyed, the innermost
  RunningHook* hooks = nullptr;                // which it is inside of, the innermost
  AnswerPool answers;
  SpinBudget waitSpins{2000};
  ThreadHolder* holder = nullptr;
  bool isEnding = false;  // it waits for nobody any more
  bool isOver = false;    // what ends with the thread has ended
};

/// This module's way to the state of the thread.
inline constinit thread_local ThreadState* threadStateHere = nullptr;

[[gnu::noinline]] inline ThreadState& findThreadState() noexcept {
  return *(threadStateHere = &process().makers.thisThread());
}

[[gnu::always_inline]] inline ThreadState& threadState() noexcept {
  ThreadState* const state = threadStateHere;
  if (state != nullptr) [[likely]]
    return *state;
  return findThreadState();
}

/// What this thread has polled and another one has ended: only this thread may let it go. Captures end
/// with it, and may come back here.
[[gnu::always_inline]] inline void letAbandonedGo();

/// Is told when a thread has ended, but for a few instructions: it runs no code of the user any more.
class ThreadEnd {
 public:
  ThreadEnd() = default;
  ThreadEnd(ThreadEnd const&) = delete;
  ThreadEnd& operator=(ThreadEnd const&) = delete;
  virtual void threadHasEnded() noexcept = 0;

 protected:
  ~ThreadEnd() = default;

 private:
  friend class ThreadHolder;
  std::shared_ptr<ThreadEnd> nextAtEnd_;
};

/// The part that ends with the thread. Made when it is needed.
///
///   Threads   Its own, but for what fork() does.
class ThreadHolder {
 public:
  explicit ThreadHolder(ThreadState& state)
      : state_(state), token_(std::make_shared<ThreadToken>()), process_(process()) {
    noticeEnd();
    state.token = token_.get();
    state.answers.begin();
  }
  ThreadHolder(ThreadHolder const&) = delete;
  ThreadHolder& operator=(ThreadHolder const&) = delete;
  ~ThreadHolder() {
    std::lock_guard const lock(process_.mutex);
    (before_ == nullptr ? process_.threads : before_->after_) = after_;
    if (after_ != nullptr) after_->before_ = before_;
  }

  std::shared_ptr<ThreadToken> const& token() const noexcept { return token_; }

  /// The endpoint belongs to this thread from now on, see EndpointCore::belongsHere(). Throws
  /// std::bad_alloc, and then nothing has happened.
  void add(EndpointCore& core) {
    if (!has(core)) {
      detail::letAbandonedGo();
      if (endpoints_.size() >= sweepAt_ && !isLettingGo_) sweep();
      endpoints_.push_back(core.shared_from_this());
      core.placeAtThread.store(endpoints_.size() - 1, std::memory_order_relaxed);
    }
    firstHere_ = (std::min)(firstHere_, placeOf(core));
    if (auto const at = firstOn_.find(core.bus.get()); at != firstOn_.end()) {
      at->second = (std::min)(at->second, placeOf(core));
    }
    state_.sender = nullptr;
  }

  /// Gives back what add() has held. The caller holds the endpoint, too.
  void remove(EndpointCore const& core) noexcept {
    if (has(core)) {
      noLongerPolled(core);
      endpoints_[placeOf(core)].reset();
    }
    state_.sender = nullptr;
  }

  /// The first one that this thread polls, else the first one that belongs to it otherwise, if that is
  /// open, on whatever bus; or null.
  EndpointCore* firstEndpoint() noexcept {
    for (; !polled_.empty(); polled_.erase(polled_.begin())) {
      EndpointCore* const first = polled_.begin()->second;
      if (first->belongsHere() && !first->isClosed()) return first;
    }
    return firstSender();
  }

  /// Whoever speaks for this thread, if it runs no endpoint: the first one that belongs to it, whether
  /// it has been polled or not, on whatever bus; or null.
  EndpointCore* firstSender() noexcept {
    while (firstHere_ < endpoints_.size() && isPast(endpoints_[firstHere_])) ++firstHere_;
    for (std::size_t at = firstHere_; at < endpoints_.size(); ++at) {
      if (isUsable(endpoints_[at])) return endpoints_[at].get();
    }
    return nullptr;
  }

  /// The endpoint is about to be polled by this thread for the first time. Returns its number among
  /// those. Throws std::bad_alloc.
  std::uint64_t beginPolling(EndpointCore& core) {
    add(core);
    polled_.emplace_hint(polled_.end(), bound_ + 1, &core);
    return ++bound_;
  }
  /// Another thread was first.
  void forgetPolling(std::uint64_t number) noexcept { polled_.erase(number); }

  /// Who speaks on the bus for this thread, if it runs no endpoint: the first one that belongs to it,
  /// else the thread as nobody. Throws WrongThread if the bus is driven, and not here.
  EndpointCore& speakerOf(std::shared_ptr<BusCore> const& bus) {
    std::size_t& first = firstOn_[bus.get()];
    auto const isOthers = [&](auto const& core) { return isPast(core) || core->bus != bus; };
    while (first < endpoints_.size() && isOthers(endpoints_[first])) ++first;
    for (std::size_t at = first; at < endpoints_.size(); ++at) {
      if (isUsable(endpoints_[at]) && endpoints_[at]->bus == bus) return senderFor(endpoints_[at]);
    }
    return standIn(bus, nullptr);
  }

  /// Who speaks for an endpoint that belongs to this thread: itself, if it has been polled. If not,
  /// another thread may poll it at any time and use its lanes, so this thread speaks by lanes of its
  /// own, in the endpoint's name.
  EndpointCore& senderFor(std::shared_ptr<EndpointCore> const& core) {
    return core->isBoundHere() || core->bus->driver() != nullptr ? *core : standIn(core->bus, core);
  }

  /// What has spoken for an endpoint that is about to be polled, which takes its place; or null.
  std::shared_ptr<EndpointCore> takeStandIn(EndpointCore const& core) noexcept {
    // A send that is under way goes on by it.
    if (state_.sending != 0) return nullptr;
    auto const at = standIns_.find({core.bus.get(), &core});
    if (at == standIns_.end()) return nullptr;
    state_.sender = nullptr;
    auto taken = std::move(at->second);
    standIns_.erase(at);
    return taken;
  }

  /// See detail::letAbandonedGo().
  void letAbandonedGo() {
    // Captures that end may come back here, and add some.
    bool const wasLettingGo = std::exchange(isLettingGo_, true);
    for (std::size_t at = 0; at < endpoints_.size(); ++at) {
      if (auto const core = endpoints_[at]; core != nullptr) core->leaveIfAbandoned();
    }
    isLettingGo_ = wasLettingGo;
  }

  /// At the end of the thread.
  void atEnd(std::shared_ptr<ThreadEnd> one) noexcept {
    one->nextAtEnd_ = std::exchange(atEnd_, one);
  }

  /// The thread has ended.
  void end() noexcept {
    Abandonment<ThreadPlatform>::threadEnds(*token_);
    polled_.clear();
    auto const endpoints = std::exchange(endpoints_, {});
    auto const standIns = std::exchange(standIns_, {});
    state_.current = nullptr;
    state_.sender = nullptr;
    state_.token = nullptr;
    for (auto const& [whose, core] : standIns) core->leave();
    for (auto const& core : endpoints) {
      if (core != nullptr) core->threadEnded(*token_);
    }
    state_.answers.end();
    while (auto const one = std::exchange(atEnd_, nullptr)) {
      atEnd_ = std::move(one->nextAtEnd_);
      one->threadHasEnded();
    }
  }

 private:
  static constexpr std::size_t FirstSweep = 16;

  /// relaxed: another thread reads it as well, and finds no such endpoint at that place of its own.
  static std::size_t placeOf(EndpointCore const& core) noexcept {
    return core.placeAtThread.load(std::memory_order_relaxed);
  }
  bool has(EndpointCore const& core) const noexcept {
    std::size_t const at = placeOf(core);
    return at < endpoints_.size() && endpoints_[at].get() == &core;
  }
  static bool isUsable(std::shared_ptr<EndpointCore> const& core) noexcept {
    return core != nullptr && core->belongsHere() && !core->isClosed();
  }

  /// It has ended or gone to another thread, and comes back by add() only.
  static bool isPast(std::shared_ptr<EndpointCore> const& core) noexcept {
    return core == nullptr || core->isClosed() || core->isGone() ||
           (core->bus->driver() == nullptr && !core->isHeldHere());
  }
  void noLongerPolled(EndpointCore const& core) noexcept {
    // relaxed: if another thread polls it, the number says nothing here.
    auto const at = polled_.find(core.boundAs.load(std::memory_order_relaxed));
    if (at != polled_.end() && at->second == &core) polled_.erase(at);
  }

  EndpointCore& standIn(std::shared_ptr<BusCore> const& bus,
                        std::shared_ptr<EndpointCore> const& named) {
    std::pair const whose(static_cast<BusCore const*>(bus.get()),
                          static_cast<EndpointCore const*>(named.get()));
    if (auto const at = standIns_.find(whose); at != standIns_.end()) return *at->second;
    if (standIns_.size() >= sweepStandInsAt_) forgetStandIns();
    auto const made = bus->addStandIn(bus, named, token_);
    standIns_.insert_or_assign(whose, made);
    return *made;
  }

  void forgetStandIns() noexcept {
    for (auto at = standIns_.begin(); at != standIns_.end();) {
      EndpointCore const& core = *at->second;
      if (!core.bus->isClosed() && (core.named == nullptr || core.named->belongsHere())) {
        ++at;
        continue;
      }
      WhoseStandIn const whose = at->first;
      auto const gone = std::move(at->second);
      standIns_.erase(at);
      gone->leave();
      at = standIns_.upper_bound(whose);
    }
    sweepStandInsAt_ = (std::max)(FirstSweep, standIns_.size() * 2);
  }

  /// Those leave that have ended or gone to another thread.
  void sweep() noexcept {
    std::erase_if(endpoints_, [this](auto const& core) {
      if (core == nullptr) return true;
      if (!core->wasLeft() && core->isHeldHere()) return false;
      noLongerPolled(*core);
      return true;
    });
    firstHere_ = 0;
    firstOn_.clear();
    for (std::size_t at = 0; at < endpoints_.size(); ++at) {
      endpoints_[at]->placeAtThread.store(at, std::memory_order_relaxed);
    }
    sweepAt_ = (std::max)(FirstSweep, endpoints_.size() * 2);
  }

  void noteFork() noexcept {
    for (auto const& core : endpoints_) {
      if (core != nullptr) core->noteFork();
    }
  }

  /// From now on end() is called at the end of the thread. Throws std::bad_alloc.
  void noticeEnd();
  static void threadEnds(void* holder) noexcept;
  static void prepare(Process& process);

  ThreadState& state_;
  std::shared_ptr<ThreadToken> const token_;
  Process& process_;
  std::vector<std::shared_ptr<EndpointCore>> endpoints_;  // in the order of adding; null: removed
  std::size_t firstHere_ = 0;                             // all of them before it are past
  std::map<BusCore const*, std::size_t> firstOn_;         // all of a bus before it are past
  std::map<std::uint64_t, EndpointCore*> polled_;  // those that this thread polls, by boundAs
  using WhoseStandIn = std::pair<BusCore const*, EndpointCore const*>;  // that it holds
  std::map<WhoseStandIn, std::shared_ptr<EndpointCore>> standIns_;
  std::size_t sweepStandInsAt_ = FirstSweep;
  std::size_t sweepAt_ = FirstSweep;
  bool isLettingGo_ = false;
  std::uint64_t bound_ = 0;  // how many endpoints this thread has begun to poll
  std::shared_ptr<ThreadEnd> atEnd_;
  unsigned roundsAtEnd_ = 0;
  ThreadHolder* before_ = nullptr;  // in the list of the Process, under its mutex
  ThreadHolder* after_ = nullptr;
};

inline void ThreadHolder::noticeEnd() {
  std::lock_guard const lock(process_.mutex);
  prepare(process_);
  // Throws nothing for the first keys of a process, which lie in the thread's own memory.
  if (pthread_setspecific(static_cast<pthread_key_t>(process_.threadEndKey), this) != 0) {
    throw std::bad_alloc();
  }
  after_ = std::exchange(process_.threads, this);
  if (after_ != nullptr) after_->before_ = this;
}

/// Under the mutex.
inline void ThreadHolder::prepare(Process& process) {
  if (process.isPrepared) return;
  pthread_key_t key{};
  auto const end = [](void* holder) { threadEnds(holder); };
  if (pthread_key_create(&key, end) != 0) throw std::bad_alloc();
  process.threadEndKey = static_cast<unsigned long>(key);
  // The threads of the parent are not in the child, so no lock of theirs may be.
  waitGraph();
  auto const before = [] {
    // First: who holds one of the other two enters no section.
    detail::process().forks.close(sections());
    detail::process().mutex.lock();
    waitGraph().lock();
  };
  auto const parent = [] {
    waitGraph().unlock();
    detail::process().mutex.unlock();
    detail::process().forks.open(sections());
  };
  auto const child = [] {
    ThreadHolder* const own = threadState().holder;
    for (ThreadHolder* other = detail::process().threads; other != nullptr;) {
      if (other != own) {
        other->token_->waiting.store(nullptr, std::memory_order_seq_cst);
        other->token_->ended.store(ThreadToken::InParent, std::memory_order_seq_cst);
      }
      other = other->after_;
    }
    waitGraph().forgetParent();
    waitGraph().unlock();
    detail::process().mutex.unlock();
    detail::process().forks.openInChild(sections());
    if (own != nullptr) own->noteFork();
    RunningHook::keepOnly(threadState().hooks, detail::process().forks.generation());
  };
  if (pthread_atfork(before, parent, child) != 0) {
    pthread_key_delete(key);
    throw std::bad_alloc();
  }
  process.isPrepared = true;
}

/// The key's destructor; after all thread_local objects of the thread.
inline void ThreadHolder::threadEnds(void* at) noexcept {
  auto* const holder = static_cast<ThreadHolder*>(at);
  // Once more, so that the destructors of other keys may use a bus.
  if (holder->roundsAtEnd_++ == 0) {
    auto const key = static_cast<pthread_key_t>(holder->process_.threadEndKey);
    if (pthread_setspecific(key, holder) == 0) return;
  }
  ThreadState& state = holder->state_;
  holder->end();
  state.isOver = true;
  state.holder = nullptr;
  delete holder;
}

/// Null at the very end of the thread, see ThreadState::isOver. Throws std::bad_alloc.
inline ThreadHolder* threadHolder() {
  ThreadState& state = threadState();
  if (state.holder != nullptr) [[likely]]
    return state.holder;
  if (state.isOver) return nullptr;
  return &process().makers.holder(state);
}

[[gnu::always_inline]] inline void letAbandonedGo() {
  ThreadState const& state = threadState();
  if (state.token != nullptr && Abandonment<ThreadPlatform>::letsGo(*state.token)) [[unlikely]]
    state.holder->letAbandonedGo();
}

[[gnu::always_inline]] inline bool EndpointCore::isBoundTo(
    ThreadState const& thread) const noexcept {
  ThreadToken const* const bound = owner.load(std::memory_order_acquire);
  return bound != nullptr && bound == thread.token;
}
[[gnu::always_inline]] inline bool EndpointCore::isBoundHere() const noexcept {
  return isBoundTo(threadState());
}

inline bool EndpointCore::belongsHere() const noexcept { return !isGone() && isHeldHere(); }

inline bool EndpointCore::isHeldHere() const noexcept {
  if (bus->driver() != nullptr) return bus->driver()->ownership.mayUse(*this);
  ThreadToken const* const own = threadState().token;
  if (own == nullptr) return false;
  ThreadToken const* const thread = owner.load(std::memory_order_acquire);
  return thread == own || (thread == nullptr && settler.load(std::memory_order_acquire) == own);
}

/// Null at the very end of the thread.
inline ThreadToken* thisToken() {
  if (threadState().token == nullptr) [[unlikely]]
    threadHolder();
  return threadState().token;
}

/// So that whoever waits for what this thread does sees for whom it waits itself; without memory
/// nobody does.
inline void makeTokenIfPossible() noexcept {
  try {
    thisToken();
  } catch (std::bad_alloc const&) {
    // See above.
  }
}

/// The endpoint that the thread is running, else ThreadHolder::firstEndpoint(); or null.
inline EndpointCore* endpointOfThread() noexcept {
  ThreadState const& state = threadState();
  if (state.current != nullptr && !state.current->isGone()) return state.current;
  return state.holder == nullptr ? nullptr : state.holder->firstEndpoint();
}

/// The endpoint that the thread is running, else ThreadHolder::firstSpeaker(); or null.
inline EndpointCore* speakerOfThread() noexcept {
  ThreadState const& state = threadState();
  if (state.current != nullptr && !state.current->isGone()) return state.current;
  return state.holder == nullptr ? nullptr : state.holder->firstSender();
}

/// While it lives, the thread is sending. User code runs inside a send (constructors of arguments and
/// functions, hooks) and may end any endpoint: neither the lanes from this thread's endpoints nor the
/// endpoints go away before the send is over.
class Sending {
 public:
  Sending() noexcept : Sending(threadState()) {}
  [[gnu::always_inline]] explicit Sending(ThreadState& thread) noexcept : thread_(thread) {
    ++thread_.sending;
  }
  [[gnu::always_inline]] ~Sending() {
    if (--thread_.sending == 0 && thread_.leaving != nullptr) [[unlikely]]
      leaveNow(thread_);
  }
  Sending(Sending const&) = delete;
  Sending& operator=(Sending const&) = delete;

  ThreadState& thread() const noexcept { return thread_; }
  /// This send is inside of another one.
  static bool isNested() noexcept { return threadState().sending > 1; }

 private:
  [[gnu::noinline]] static void leaveNow(ThreadState& state) noexcept {
    while (EndpointCore* const core = state.leaving) {
      state.leaving = core->nextLeaving;
      auto const hold = std::exchange(core->holdUntilLeft, nullptr);
      core->letGo();
    }
  }

  ThreadState& thread_;
};

/// In whose name the calling thread speaks on a bus. That one is there as long as this: whoever has a
/// SendingAs is sending.
class SendingAs {
 public:
  /// Nobody, on no bus.
  SendingAs() noexcept = default;
  /// By the endpoint's own verbs. Throws WrongThread and Closed.
  [[gnu::always_inline]] SendingAs(EndpointCore& core, std::string_view verb)
      : who_{&core, nullptr} {
    if (!core.isBoundTo(thread())) [[unlikely]] {
      core.settleHere(verb);
      who_.unbound = &core;
    }
    core.checkOpen(verb);
  }
  explicit SendingAs(std::shared_ptr<BusCore> const& bus) {
    EndpointCore* const current = thread().current;
    if (current != nullptr && current->bus == bus && !current->isGone()) [[likely]]
      who_.core = current;
    else who_ = find(thread(), bus);
  }
  /// By a handle that the endpoint `from` gave, which may be null; `verb` is for errors. Throws
  /// Closed if that is the calling thread's, and closed.
  [[gnu::always_inline]] SendingAs(std::shared_ptr<EndpointCore> const& from,
                                   std::shared_ptr<BusCore> const& bus, std::string_view verb) {
    if (from != nullptr && from->isBoundTo(thread()) && !from->isClosed()) [[likely]]
      who_.core = from.get();
    else who_ = findBy(thread(), from, bus, verb);
  }
  SendingAs(SendingAs const&) = delete;
  SendingAs& operator=(SendingAs const&) = delete;
  [[gnu::always_inline]] ~SendingAs() {
    if (who_.unbound != nullptr) [[unlikely]]
      end(thread(), *who_.unbound);
  }

  EndpointCore& core() const noexcept { return *who_.core; }
  ThreadState& thread() const noexcept { return sending_.thread(); }

 private:
  struct Who {
    EndpointCore* core = nullptr;
    EndpointCore* unbound = nullptr;  // if it is not the calling thread's by having been polled
  };

  [[gnu::noinline]] static Who findBy(ThreadState& thread,
                                      std::shared_ptr<EndpointCore> const& from,
                                      std::shared_ptr<BusCore> const& bus, std::string_view verb) {
    if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
    if (from == nullptr || from->bus != bus || !from->belongsHere()) return find(thread, bus);
    from->checkOpen(verb);
    if (from->bus->driver() != nullptr || from->isBoundHere()) return {from.get(), nullptr};
    return settled(threadHolder()->senderFor(from));
  }

  [[gnu::noinline]] static Who find(ThreadState& thread, std::shared_ptr<BusCore> const& bus) {
    if (thread.current != nullptr) {
      if (thread.current->bus == bus && !thread.current->isGone()) return {thread.current, nullptr};
    } else if (thread.sender != nullptr && thread.sender->bus == bus && maySpeak(*thread.sender)) {
      return settled(*thread.sender);
    }
    if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
    if (ThreadHolder* const holder = threadHolder()) {
      thread.sender = &holder->speakerOf(bus);
      return settled(*thread.sender);
    }
    // The very end of the thread: as nobody, for this once.
    auto made = bus->addStandIn(bus, nullptr, nullptr);
    EndpointCore* const once = made.get();
    made->onlyOnce = std::move(made);
    return {once, once};
  }

  static bool maySpeak(EndpointCore const& core) noexcept {
    return core.isBoundHere() && !core.isClosed() &&
           (core.named == nullptr || (core.named->belongsHere() && !core.named->isClosed()));
  }

  static Who settled(EndpointCore& core) noexcept {
    return {&core, core.named == nullptr ? nullptr : &core};
  }

  static void end(ThreadState& thread, EndpointCore& unbound) noexcept;

  Sending const sending_;
  Who who_;
};

/// While it lives, the thread runs an endpoint.
class Running {
 public:
  explicit Running(EndpointCore& core) noexcept
      : before_(std::exchange(threadState().current, &core)) {}
  ~Running() {
    threadState().current = before_ != nullptr && before_->wasLeft() ? nullptr : before_;
  }
  Running(Running const&) = delete;
  Running& operator=(Running const&) = delete;

 private:
  EndpointCore* before_;
};

/// Something is about to happen that others may learn of without a message: an endpoint begins or ends,
/// a request is given up, a stop is requested. Whatever they send afterwards, on whichever bus, has a
/// larger stamp than whatever the calling thread has sent before. (A driver knows by itself.)
inline void tell(BusCore const& bus) noexcept {
  ThreadState const& state = threadState();
  if (bus.driver() == nullptr) raise(*state.told, state.clock);
}

[[gnu::always_inline]] inline void raiseClock(std::uint64_t stamp) noexcept {
  ThreadState& state = threadState();
  if (stamp > state.clock) state.clock = stamp;
}

/// What was sent in its name is on record for the thread that will send in its name next.
[[gnu::noinline]] inline void SendingAs::end(ThreadState& thread, EndpointCore& unbound) noexcept {
  EndpointCore& spoken = unbound.named == nullptr ? unbound : *unbound.named;
  raise(spoken.spokenUntil, thread.clock);
  if (auto const hold = std::exchange(unbound.onlyOnce, nullptr)) hold->leave();
}

}  // namespace tincan::inline v0::detail
