// tincan/testing/detail/simulate/simulated_endpoint.hpp - an endpoint of a simulation: a thread that is none
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline v0::testing::detail {

using tincan::detail::EndpointCore;
using tincan::detail::MessageLane;

/// What a thread is to the buses, apart from what it keeps for itself.
struct ThreadPart {
  /// Gives it to the calling thread, and takes what that has.
  void swap() noexcept {
    tincan::detail::ThreadState& state = tincan::detail::threadState();
    std::swap(current, state.current);
    state.sender = nullptr;  // only a cache; whom it means may end before this part comes back
    std::swap(token, state.token);
    std::swap(clock, state.clock);
    std::swap(sending, state.sending);
    std::swap(leaving, state.leaving);
    std::swap(portRemains, state.portRemains);
    std::swap(coroutines, tincan::detail::coroutineState);
  }

  EndpointCore* current = nullptr;
  tincan::detail::ThreadToken* token = nullptr;
  std::uint64_t clock = 0;
  unsigned sending = 0;
  EndpointCore* leaving = nullptr;
  tincan::detail::PortRemains* portRemains = nullptr;
  tincan::detail::CoroutineState coroutines;
};

struct SimulatedLane;

struct SimulatedEndpoint final : tincan::detail::DrivenEndpoint {
  /// As new, but with the memory of its vectors.
  void renew() {
    SimulatedEndpoint fresh;
    lines.clear();
    knowledge.clear();
    history.clear();
    fresh.lines.swap(lines);
    fresh.knowledge.swap(knowledge);
    std::swap(fresh.history, history);
    *this = std::move(fresh);
  }

  bool isPolled() const noexcept { return takesOwnUpTo != UINT64_MAX; }

  std::shared_ptr<EndpointCore> core;
  std::shared_ptr<tincan::detail::ThreadToken> token;
  std::uint32_t index = 0;
  SimulatedEndpoint* family = nullptr;  // whose thread it would be on; null: the test's
  bool isPumped = false;                // its messages may be handled now
  unsigned running = 0;                 // its handlers and bodies that are under way
  std::size_t items = 0;                // what has been handled, as poll() counts
  std::uint64_t handledInside = 0;      // messages, while one is being handled
  Source source = Nothing;              // of its body, if it has one
  Source crash = Nothing;               // of its end at any point
  Source deadline = Nothing;            // of its deadlines, if they may pass at any point
  tincan::detail::Nanoseconds announced = tincan::detail::NoDeadline;  // the next one that is known
  std::uint64_t vainSince = 0;              // its last poll found nothing: what had happened then
  unsigned vainPolls = 0;                   // how many before that one, since then
  std::uint64_t takesOwnUpTo = UINT64_MAX;  // of what it sends to itself: that number
  ThreadPart part;                          // while it does not run
  std::vector<SimulatedLane*> lines;        // to it
  std::size_t waiting = 0;                  // in them, of whatever kind

  VectorClock knowledge;
  ClockHistory history;
  std::uint32_t sent = 0;
  // What was handled last, to tell whether the next could have come before.
  std::uint32_t lastSender = 0, lastSent = 0;
};

/// What waits in a lane: a message, or one of the other things.
struct QueuedMessage {
  std::uint64_t number;    // of all that was sent
  std::uint64_t position;  // in the lane
  std::uint64_t stamp;
  tincan::detail::Kind kind;
  bool isLate;         // it was sent before, and takes the place of its stamp
  std::uint32_t sent;  // of all that its sender sent
  ClockStore::Place knowledge;
  tincan::detail::NameRecord const* name = nullptr;  // of a message
};

/// A lane.
struct SimulatedLane final : tincan::detail::DrivenLane {
  /// As new, but with the memory of its vector.
  void renew() {
    SimulatedLane fresh;
    waiting.clear();
    fresh.waiting.swap(waiting);
    *this = std::move(fresh);
  }

  bool empty() const noexcept { return first == waiting.size(); }
  QueuedMessage& front() noexcept { return waiting[first]; }
  QueuedMessage const& front() const noexcept { return waiting[first]; }
  void push(QueuedMessage const& one) {
    ++to->waiting;
    waiting.push_back(one);
  }
  void pop() noexcept {
    --to->waiting;
    if (++first < waiting.size()) return;
    waiting.clear();
    first = 0;
  }

  std::shared_ptr<MessageLane> lane;
  SimulatedEndpoint* from = nullptr;
  SimulatedEndpoint* to = nullptr;
  Source source = Nothing;
  tincan::detail::MessageQueue::Cursor seen;     // up to there it is in `waiting`
  tincan::detail::MessageCell* extra = nullptr;  // seen, and the request that it belongs to not yet
  std::vector<QueuedMessage> waiting;
  std::size_t first = 0;
  bool hasDropped = false;  // a message that others made room for: it could have been handled
};

}  // namespace tincan::inline v0::testing::detail
