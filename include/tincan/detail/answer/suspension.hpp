// tincan/detail/answer/suspension.hpp - what a suspended coroutine waits for
//
// A thread that waits for an answer which a coroutine is to give waits for what that coroutine waits
// for. So each Task says what it is suspended on, where somebody who looks for a cycle of waits finds
// it (WaitGraph).
//
//   Threads   publish() from the thread that the coroutine is on; others read under the lock of the
//             WaitGraph.
//   Lifetime  What was published stays until WaitGraph::goesOn() has returned.
#pragma once

#include <atomic>
#include <cstdint>

namespace tincan::inline v0::detail {

template <class Platform>
class AnswerState;
template <class Platform>
struct Party;
template <class Platform>
struct Suspension;

/// Whose Task will give the answer to a request; null: nobody's, or nobody knows whose.
template <class Platform>
using AnsweringTask = typename Platform::template atomic<Suspension<Platform> const*>;

/// What a coroutine needs in order to go on: all of it.
template <class Platform>
struct Suspended {
  // The answer to a request.
  AnswerState<Platform> const* state = nullptr;
  Party<Platform> const* target = nullptr;
  AnsweringTask<Platform> const* answeredBy = nullptr;
  // Or the end of another Task.
  Suspension<Platform> const* inner = nullptr;
  // The loop in which it goes on then.
  Party<Platform> const* resumesAt = nullptr;
};

/// Of one coroutine.
template <class Platform>
struct Suspension {
  /// seq_cst: whoever publishes looks afterwards whether somebody sleeps; whoever is about to sleep
  /// says so and looks afterwards what is published. One of them sees the other.
  void publish(Suspended<Platform> const& what) noexcept {
    // relaxed, single writer; the store below orders it.
    serial.store(serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    at.store(&what, std::memory_order_seq_cst);
  }
  bool isPublished() const noexcept { return at.load(std::memory_order_relaxed) != nullptr; }

  typename Platform::template atomic<Suspended<Platform> const*> at{nullptr};
  typename Platform::template atomic<std::uint64_t> serial{0};  // to tell reuse
};

}  // namespace tincan::inline v0::detail
