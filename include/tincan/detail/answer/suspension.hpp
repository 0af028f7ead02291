// tincan/detail/answer/suspension.hpp - what a suspended coroutine waits for
//
// A thread that waits for an answer which a coroutine is to give waits for what that coroutine waits
// for. So each Task says what it is suspended on, where somebody who looks for a cycle of waits finds
// it (WaitGraph).
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/answer/search_node.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class AnswerState;
template <class Platform>
struct Party;
template <class Platform>
struct Suspension;

template <class Platform>
struct SuspensionBranch;

/// The Task that will give the answer to a request; null: none, or nobody knows which. For several Tasks, of
/// which each may, a Suspension stands that has them as branches.
template <class Platform>
using AnsweringTask = typename Platform::template atomic<Suspension<Platform>*>;

/// Everything that a coroutine needs in order to go on. Of the answer, the other Task and the branches there is
/// one, or none: then what it needs comes by itself.
///
///   Lifetime  Once it is published, it stays as it is until WaitGraph::goesOn() has returned.
template <class Platform>
struct Suspended {
  // The answer to a request.
  AnswerState<Platform> const* state = nullptr;
  Party<Platform> const* target = nullptr;
  AnsweringTask<Platform> const* answeredBy = nullptr;
  // Or the end of another Task.
  Suspension<Platform>* inner = nullptr;
  // Or what all of these, or one of them, need.
  SuspensionBranch<Platform>* branches = nullptr;
  bool isOneEnough = false;
  // The loop in which it goes on then; null: any.
  Party<Platform> const* resumesAt = nullptr;
};

/// Where one coroutine says what it is suspended on.
///
///   Threads   publish(): the one that the coroutine is on. Others read under the lock of the WaitGraph.
template <class Platform>
struct Suspension : SearchNode<Platform> {
  Suspension() noexcept : SearchNode<Platform>(false) {}

  /// The coroutine is suspended on that. Whoever publishes looks afterwards whether somebody sleeps;
  /// whoever is about to sleep says so and looks afterwards what is published. One of them sees the
  /// other.
  void publish(Suspended<Platform> const& what) noexcept {
    // relaxed: only this thread writes it; the store below orders it.
    serial.store(serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // seq_cst: pairs with SleepingWaits::add(), see above.
    at.store(&what, std::memory_order_seq_cst);
  }
  bool isPublished() const noexcept {
    // relaxed: only this thread writes it.
    return at.load(std::memory_order_relaxed) != nullptr;
  }

  typename Platform::template atomic<Suspended<Platform> const*> at{nullptr};
  typename Platform::template atomic<std::uint64_t> serial{0};  // to tell reuse
};

/// One of several things that a coroutine is suspended on.
///
///   Lifetime  As long as it is in the list of what is published.
template <class Platform>
struct SuspensionBranch : Suspension<Platform> {
  SuspensionBranch* next = nullptr;
};

}  // namespace tincan::inline abi0::detail
