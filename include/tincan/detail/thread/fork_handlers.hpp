// tincan/detail/thread/fork_handlers.hpp - what happens before and after fork()
#pragma once

#if !defined(_WIN32)
#include <pthread.h>
#endif

#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

/// Keeps the locks of this library free in a forked child, which has only one thread: whoever forks
/// waits until no other thread is in a critical section, and has all of them while it forks. In the
/// child the threads that only the parent has wait no more and are said to be there.
///
/// `Holder` is what each thread has. It has static othersAreInParent(Process&, Holder const* own),
/// under the mutex of the Process, and noteFork().
template <class Holder>
struct ForkHandlers {
  /// Registers the handlers, once for a process. False without memory.
  [[nodiscard]] static bool install() noexcept {
#if defined(_WIN32)
    return true;  // there is no fork()
#else
    return pthread_atfork(&before, &inParent, &inChild) == 0;
#endif
  }

 private:
  static void before() {
    // First: who holds one of the other two enters no section.
    process().forks.close(sections());
    process().mutex.lock();
    waitGraph().lock();
  }
  static void inParent() {
    waitGraph().unlock();
    process().mutex.unlock();
    process().forks.open(sections());
  }
  static void inChild() {
    Holder* const own = threadState().holder;
    Holder::othersAreInParent(process(), own);
    waitGraph().forgetParent();
    waitGraph().unlock();
    process().mutex.unlock();
    process().forks.openInChild(sections());
    if (own != nullptr) own->noteFork();
    RunningHook::keepOnly(threadState().hooks, process().forks.generation());
  }
};

}  // namespace tincan::inline abi0::detail
