// tincan/detail/process/process.hpp - what all modules of a process share
//
// An executable and the shared objects that it loads may each have this library compiled in, with
// hidden visibility or not: each module then has inline variables of its own. What must be one for
// the process (who a thread is, who waits for whom) lies in the Process of one of them, the first
// in the order in which they were loaded; so it is the executable's, if that has one. The modules
// find each other without exported symbols: each carries an ELF note with the address of its own
// Process, and dl_iterate_phdr(3) shows the notes of all that are loaded.
//
// What outlives the call that makes it and has virtual functions (endpoints, lanes) is made by the
// code of that module, too: it stays loaded when the one that asked for it is gone.
//
//   Threads   Any.
//   Lifetime  Never ends: threads, and objects with static storage, may end later than anything.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/base/fork_gate.hpp>
#include <tincan/detail/base/light_mutex.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0 {
struct InboxOptions;
}

/// Defined where modules find each other by ELF notes.
#if defined(__ELF__) && defined(__linux__)
#define TINCAN_DETAIL_MODULE_NOTES 1
#endif
/// The number of the layout of what modules share. Modules with different numbers do not know each other.
#define TINCAN_DETAIL_MODULE_LAYOUT 19

namespace tincan::inline abi0::detail {

class BusCore;
class EndpointCore;
class ThreadHolder;
template <class Platform>
class WaitGraph;
struct MessageLane;
struct ThreadState;

using ThreadToken = ThreadTokenOf<ThreadPlatform>;
using Waits = WaitGraph<ThreadPlatform>;

/// What is one for the process.
struct Process {
  /// The functions by which the module makes things for all others.
  struct Makers {
    ThreadState& (*thisThread)() noexcept;
    ThreadHolder& (*holder)(ThreadState& thread);
    std::shared_ptr<EndpointCore> (*endpoint)(std::shared_ptr<BusCore> bus, std::string name,
                                              std::uint64_t id, InboxOptions const& options,
                                              std::shared_ptr<EndpointCore> named);
    std::shared_ptr<MessageLane> (*lane)(std::shared_ptr<EndpointCore> from,
                                         std::shared_ptr<EndpointCore> to);
    ForkGate::Sections& (*sections)() noexcept;  // this thread's
  };

  explicit constexpr Process(Makers const& byThisModule) noexcept : makers(byThisModule) {}
  Process(Process const&) = delete;
  Process& operator=(Process const&) = delete;

  Makers const makers;
  std::atomic<Waits*> waits{nullptr};  // null until the first bus, see waitGraph()
  std::atomic<std::uint64_t> told{0};  // a stamp, see tell()

  ForkGate forks{};

  LightMutex<ThreadPlatform> mutex{};  // guards what follows; also held while the process forks
  ThreadHolder* threads = nullptr;     // a list
  bool isPrepared = false;             // the end of threads and forks are noticed
  bool isPinned = false;               // the module stays loaded
  unsigned long threadEndKey = 0;      // an EndKey
};

/// The Process of this module, used only if it is the first one. Defined in module.hpp.
Process& ownProcess() noexcept;

/// The Process that all modules share. Null until this module has looked for it.
inline constinit std::atomic<Process*> foundProcess{nullptr};

/// Looks for the Process that all modules share.
Process& findProcess() noexcept;

/// The Process that all modules share.
inline Process& process() noexcept {
  // acquire: pairs with the release in findProcess().
  Process* const found = foundProcess.load(std::memory_order_acquire);
  return found != nullptr ? *found : findProcess();
}

/// Makes the graph of waits of the process, if there is none yet. Throws std::bad_alloc.
Waits& makeWaitGraph();

/// Who waits for whom in the process: a thread waits as a whole, for whichever bus. Throws
/// std::bad_alloc before there was a bus.
[[gnu::always_inline]] inline Waits& waitGraph() {
  // acquire, both: pairs with the release in findProcess(), and in makeWaitGraph().
  Process* const found = foundProcess.load(std::memory_order_acquire);
  Waits* const graph = found != nullptr ? found->waits.load(std::memory_order_acquire) : nullptr;
  return graph != nullptr ? *graph : makeWaitGraph();
}

}  // namespace tincan::inline abi0::detail
