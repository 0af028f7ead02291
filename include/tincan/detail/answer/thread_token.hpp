// tincan/detail/answer/thread_token.hpp - what other threads know of a thread
#pragma once

#include <cstdint>

#include <tincan/detail/answer/search_node.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
struct Wait;

/// One thread, as all others see it.
///
///   Threads   The thread itself writes and any reads, where nothing else is said.
///   Lifetime  Held by its thread and by the parties that belong to it.
template <class Platform>
struct alignas(FalseSharingRange) ThreadTokenOf : SearchNode<Platform> {
  // Alive    -> Ended     the thread itself: it runs no code of the user's any more
  // any      -> InParent  the only thread of a forked child, for each thread that only the parent has
  enum Life : std::uint32_t { Alive, Ended, InParent };

  typename Platform::template atomic<Wait<Platform> const*> waiting{nullptr};  // null: it does not
  typename Platform::template atomic<std::uint64_t> serial{0};    // of the wait, to tell reuse
  typename Platform::template atomic<std::uint32_t> life{Alive};  // a Life
  typename Platform::template atomic<std::uint32_t> mustLeave{
      0};  // any thread: its waits shall end
  // Any thread: an endpoint that this one polls was ended elsewhere, and is yet to be let go.
  typename Platform::template atomic<std::uint32_t> hasDisowned{0};

  // The wait that the search under way has found here; under the lock of the WaitGraph.
  Wait<Platform> const* found = nullptr;

  ThreadTokenOf() noexcept : SearchNode<Platform>(true) {}
};

}  // namespace tincan::inline abi0::detail
