// tincan/detail/thread/thread_holder.hpp - what ends with a thread
#pragma once

#include <pthread.h>
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <tincan/detail/endpoint/departure.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/thread/fork_handlers.hpp>
#include <tincan/detail/thread/held_endpoints.hpp>
#include <tincan/detail/thread/stand_ins.hpp>
#include <tincan/detail/thread/thread_end.hpp>

namespace tincan::inline abi0::detail {

/// The calling thread lets go of the endpoints that it has polled and another thread has ended: only it
/// may do that. Captures end with them, and may come back here.
[[gnu::always_inline]] inline void letDisownedGo();

/// The part of a thread that ends with it: its token, its endpoints, its stand-ins. Made when it is
/// needed.
///
///   Threads   Its own; the list that it is in: any, under the mutex of the Process.
///   Lifetime  From threadHolder() until the thread's end, after its thread_local objects.
class ThreadHolder {
 public:
  /// Throws std::bad_alloc.
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

  /// Gives the endpoint to this thread, see EndpointCore::belongsHere(). Throws
  /// std::bad_alloc, and then nothing has happened.
  void add(EndpointCore& core) {
    if (!endpoints_.has(core)) detail::letDisownedGo();
    endpoints_.add(core);
    state_.forgetSenders();
  }
  /// Gives back what add() has held. The caller holds the endpoint, too.
  void remove(EndpointCore const& core) noexcept {
    endpoints_.remove(core);
    state_.forgetSenders();
  }

  /// See HeldEndpoints::beginPolling(). Throws std::bad_alloc.
  [[nodiscard]] std::uint64_t beginPolling(EndpointCore& core) {
    add(core);
    return endpoints_.beginPolling(core);
  }
  void forgetPolling(std::uint64_t number) noexcept { endpoints_.forgetPolling(number); }

  /// The first open endpoint that this thread polls, else the first one that belongs to it otherwise,
  /// on whatever bus; or null.
  EndpointCore* firstEndpoint() noexcept {
    EndpointCore* const polled = endpoints_.firstPolled();
    return polled != nullptr ? polled : endpoints_.first();
  }
  /// The endpoint by which this thread sends if it runs none: the first open one that belongs to
  /// it, polled or not, on whatever bus; or null.
  EndpointCore* firstSender() noexcept { return endpoints_.first(); }

  /// The sender of this thread on the bus if it runs no endpoint: the first that belongs to it,
  /// else the thread as nobody. Throws std::bad_alloc, and WrongThread if the bus is driven, and
  /// not here.
  EndpointCore& senderOn(std::shared_ptr<BusCore> const& bus) {
    auto const* const first = endpoints_.firstOn(bus);
    return first == nullptr ? standIns_.get(bus, nullptr, token_) : senderFor(*first);
  }
  /// The one by which this thread sends in the name of an endpoint that belongs to it: itself, if
  /// this thread has polled it, else a stand-in. Throws std::bad_alloc.
  EndpointCore& senderFor(std::shared_ptr<EndpointCore> const& core) {
    return core->isBoundHere() || core->bus->driver() != nullptr
               ? *core
               : standIns_.get(core->bus, core, token_);
  }

  /// The stand-in of an endpoint that is about to be polled, which takes its place; or null.
  [[nodiscard]] std::shared_ptr<EndpointCore> takeStandIn(EndpointCore const& core) noexcept {
    // A send that is under way goes on by it.
    if (state_.sending != 0) return nullptr;
    auto taken = standIns_.take(core);
    if (taken != nullptr) state_.forgetSenders();
    return taken;
  }

  /// See detail::letDisownedGo().
  void letDisownedGo() { endpoints_.letDisownedGo(); }

  /// Has that one told of the end of the thread.
  void atEnd(std::shared_ptr<ThreadEnd> one) noexcept { ends_.add(std::move(one)); }

  /// Says, in a forked child and under the mutex, that only the parent has the other threads.
  static void othersAreInParent(Process& process, ThreadHolder const* own) noexcept {
    for (ThreadHolder* other = process.threads; other != nullptr; other = other->after_) {
      if (other == own) continue;
      other->token_->waiting.store(nullptr, std::memory_order_seq_cst);
      other->token_->life.store(ThreadToken::InParent, std::memory_order_seq_cst);
    }
  }
  /// Has its endpoints look, in a forked child, whose answers are lost.
  void noteFork() noexcept { endpoints_.noteFork(); }

 private:
  /// Has end() called at the end of the thread. Throws std::bad_alloc.
  void noticeEnd() {
    std::lock_guard const lock(process_.mutex);
    prepare(process_);
    // Throws nothing for the first keys of a process, which lie in the thread's own memory.
    if (pthread_setspecific(static_cast<pthread_key_t>(process_.threadEndKey), this) != 0) {
      throw std::bad_alloc();
    }
    after_ = std::exchange(process_.threads, this);
    if (after_ != nullptr) after_->before_ = this;
  }

  /// Prepares the process, once and under the mutex, for the ends of threads and for forks.
  static void prepare(Process& process) {
    if (process.isPrepared) return;
    pthread_key_t key{};
    auto const end = [](void* holder) { threadEnds(holder); };
    if (pthread_key_create(&key, end) != 0) throw std::bad_alloc();
    process.threadEndKey = static_cast<unsigned long>(key);
    waitGraph();  // which the handlers lock
    if (!ForkHandlers<ThreadHolder>::install()) {
      pthread_key_delete(key);
      throw std::bad_alloc();
    }
    process.isPrepared = true;
  }

  /// The key's destructor; after all thread_local objects of the thread.
  static void threadEnds(void* at) noexcept {
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

  void end() noexcept {
    Departure<ThreadPlatform>::threadEnds(*token_);
    auto const endpoints = endpoints_.takeAll();
    auto const standIns = standIns_.takeAll();
    state_.current = nullptr;
    state_.forgetSenders();
    state_.token = nullptr;
    for (auto const& [whose, core] : standIns) core->leave();
    for (auto const& core : endpoints) {
      if (core != nullptr) core->threadEnded(*token_);
    }
    state_.answers.end();
    ends_.tellAll();
  }

  ThreadState& state_;
  std::shared_ptr<ThreadToken> const token_;
  Process& process_;
  HeldEndpoints endpoints_;
  StandIns standIns_;
  ThreadEnds ends_;
  unsigned roundsAtEnd_ = 0;
  ThreadHolder* before_ = nullptr;  // links in the list of the Process, under its mutex
  ThreadHolder* after_ = nullptr;
};

/// The calling thread's holder, made on first use. Null at the very end of the thread, see
/// ThreadState::isOver. Throws std::bad_alloc.
inline ThreadHolder* threadHolder() {
  ThreadState& state = threadState();
  if (state.holder != nullptr) [[likely]]
    return state.holder;
  if (state.isOver) return nullptr;
  return &process().makers.holder(state);
}

[[gnu::always_inline]] inline void letDisownedGo() {
  ThreadState const& state = threadState();
  if (state.token != nullptr && Departure<ThreadPlatform>::letsGo(*state.token)) [[unlikely]]
    state.holder->letDisownedGo();
}

/// The calling thread's token, made on first use. Null at the very end of the thread. Throws
/// std::bad_alloc.
inline ThreadToken* thisToken() {
  if (threadState().token == nullptr) [[unlikely]]
    threadHolder();
  return threadState().token;
}

/// Makes the calling thread's token, so that whoever waits for what this thread does sees for whom it
/// waits itself; without memory nobody does.
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

/// The endpoint that the thread is running, else ThreadHolder::firstSender(); or null.
inline EndpointCore* senderOfThread() noexcept {
  ThreadState const& state = threadState();
  if (state.current != nullptr && !state.current->isGone()) return state.current;
  return state.holder == nullptr ? nullptr : state.holder->firstSender();
}

}  // namespace tincan::inline abi0::detail
