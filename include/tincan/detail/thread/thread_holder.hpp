// tincan/detail/thread/thread_holder.hpp - what ends with a thread
#pragma once

#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/endpoint/departure.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/thread/held_endpoints.hpp>
#include <tincan/detail/thread/stand_ins.hpp>
#include <tincan/detail/thread/this_thread.hpp>
#include <tincan/detail/thread/thread_end.hpp>

namespace tincan::inline abi0::detail {

/// The calling thread lets go of the endpoints that it has polled and another thread has ended: only it
/// may do that. Captures end with them, and may come back here.
[[gnu::always_inline]] inline void letDisownedGo();

/// The part of a thread that ends with it: its token, its endpoints, its stand-ins. Made when it is
/// needed.
///
///   Threads   Its own; the list that it is in: any, under the mutex of the Process.
///   Lifetime  From threadHolder() until the thread's end, after its thread_local objects; on Windows before them.
class ThreadHolder {
 public:
  /// Throws std::bad_alloc.
  explicit ThreadHolder(ThreadState& state);
  ThreadHolder(ThreadHolder const&) = delete;
  ThreadHolder& operator=(ThreadHolder const&) = delete;
  ~ThreadHolder();

  std::shared_ptr<ThreadToken> const& token() const noexcept { return token_; }

  /// Gives the endpoint to this thread, see EndpointCore::belongsHere(). Throws
  /// std::bad_alloc, and then nothing has happened.
  void add(EndpointCore& core);
  /// Gives back what add() has held. The caller holds the endpoint, too.
  void remove(EndpointCore const& core) noexcept;

  /// See HeldEndpoints::beginPolling(). Throws std::bad_alloc.
  [[nodiscard]] std::uint64_t beginPolling(EndpointCore& core);
  void forgetPolling(std::uint64_t number) noexcept { endpoints_.forgetPolling(number); }

  /// The first open endpoint that this thread polls, else the first one that belongs to it otherwise,
  /// on whatever bus; or null.
  EndpointCore* firstEndpoint() noexcept;
  /// The endpoint by which this thread sends if it runs none: the first open one that belongs to
  /// it, polled or not, on whatever bus; or null.
  EndpointCore* firstSender() noexcept { return endpoints_.first(); }

  /// The sender of this thread on the bus if it runs no endpoint: the first that belongs to it,
  /// else the thread as nobody. Throws std::bad_alloc, and WrongThread if the bus is driven, and
  /// not here.
  EndpointCore& senderOn(std::shared_ptr<BusCore> const& bus);
  /// The one by which this thread sends in the name of an endpoint that belongs to it: itself, if
  /// this thread has polled it, else a stand-in. Throws std::bad_alloc.
  EndpointCore& senderFor(std::shared_ptr<EndpointCore> const& core);

  /// The stand-in by which this thread sends in the name of an endpoint that it has not polled; or null.
  EndpointCore* standInOf(EndpointCore const& core) noexcept { return standIns_.find(core); }

  /// The stand-in of an endpoint that is about to be polled, which takes its place; or null.
  [[nodiscard]] std::shared_ptr<EndpointCore> takeStandIn(EndpointCore const& core) noexcept;

  /// See detail::letDisownedGo().
  void letDisownedGo() { endpoints_.letDisownedGo(); }

  /// Has that one told of the end of the thread.
  void atEnd(std::shared_ptr<ThreadEnd> one) noexcept { ends_.add(std::move(one)); }

  /// Says, in a forked child and under the mutex, that only the parent has the other threads.
  static void othersAreInParent(Process& process, ThreadHolder const* own) noexcept;
  /// Has its endpoints look, in a forked child, whose answers are lost.
  void noteFork() noexcept { endpoints_.noteFork(); }

 private:
  /// Has end() called at the end of the thread. Throws std::bad_alloc.
  void noticeEnd();

  /// Prepares the process, once and under the mutex, for the ends of threads and for forks.
  static void prepare(Process& process);

  /// What the EndKey calls.
  static void threadEnds(void* at) noexcept;

  void end() noexcept;

  ThreadState& state_;
  std::shared_ptr<ThreadToken> const token_;
  Process& process_;
  HeldEndpoints endpoints_{};
  StandIns standIns_{};
  ThreadEnds ends_{};
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

}  // namespace tincan::inline abi0::detail
