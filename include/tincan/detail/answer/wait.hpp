// tincan/detail/answer/wait.hpp - one edge of the graph of waits
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/answer/thread_token.hpp>

namespace tincan::inline abi0::detail {

/// When a wait is told of a cycle that it is in, and so ends.
enum class Told : std::uint8_t {
  First,  // before the others: what is about to end can end what they wait for, and then they are not told
  InTurn,  // if it was the last one to begin
  Last     // after the others: it was told of a cycle, has ended what it could, and goes on
};

/// One thread waits for a party, on its own stack.
///
///   Threads   Written by the thread that waits before the edge is published, then constant but for
///             the list.
///   Lifetime  Until WaitGraph::end() has returned.
template <class Platform>
struct Wait {
  AnswerState<Platform>* state;
  Party<Platform> const* target;
  Party<Platform>* sender;          // in whose name
  ThreadTokenOf<Platform>* thread;  // that waits
  bool endsWithParties;             // false for a join: a thread may outlive its endpoint
  typename Platform::template plain<std::uint64_t> clock;  // Lamport's, of the thread that waits
  // Who gives the answer if it is not the target; null: nobody is known.
  AnsweringTask<Platform> const* answeredBy = nullptr;
  Told told = Told::InTurn;
  // The wait that this one is inside of: a hook that is told of that one waits itself.
  Wait const* outer = nullptr;
  // Set once it has looked for a cycle and found none that it closed: one that is there later was closed by another
  // wait.
  mutable typename Platform::template atomic<bool> hasLooked{false};

  // Links in SleepingWaits, under the lock of the WaitGraph.
  mutable Wait const* asleepBefore = nullptr;
  mutable Wait const* asleepAfter = nullptr;
  mutable bool isAsleep = false;

  /// True if of a cycle in which both are this one is told rather than the other: else the one that has
  /// closed it. Of those that have begun at once, which do not know that, the one with the largest clock: a wait that
  /// another one led to has a larger one.
  bool isAfter(Wait const& other) const noexcept {
    if (told != other.told) return told < other.told;
    // acquire: pairs with the release in WaitGraph::begin().
    bool const looked = hasLooked.load(std::memory_order_acquire);
    if (looked != other.hasLooked.load(std::memory_order_acquire)) return !looked;
    return clock != other.clock ? clock > other.clock : this > &other;
  }

  /// True if it waits for the end of a thread, which it is about to end with all that the thread has.
  bool isAtEnd() const noexcept { return told != Told::InTurn; }

  /// True if it is about to end by itself.
  bool isOver() const noexcept { return endsWithParties && (target->isOver() || sender->isOver()); }
};

}  // namespace tincan::inline abi0::detail
