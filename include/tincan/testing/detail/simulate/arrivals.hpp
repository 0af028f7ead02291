// tincan/testing/detail/simulate/arrivals.hpp - takes in what is sent in a simulation
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/run_loop.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>

namespace tincan::inline abi0::testing::detail {

/// Gives each message its place among what can come next, and tells whom it wakes by a hook of onWake().
///
/// As on threads, an endpoint that has such a hook arms its inbox at the end of each poll: the next message wakes it.
/// A poll that begins takes that back.
class Arrivals {
 public:
  Arrivals(SimulatedRun& run, Turn const& turn, Observers& observers, RunLoop& loop) noexcept
      : run_(run), turn_(turn), observers_(observers), loop_(loop) {}

  /// Takes in what has become visible in the lane. True if it wakes the receiver.
  bool pushed(SimulatedLane& lane) {
    bool isForInbox = false;  // a quit is not
    lane.look([&](MessageCell& cell, std::uint64_t position) {
      isForInbox = add(lane, cell, position) || isForInbox;
    });
    if (!isForInbox) return false;
    bool const wakes = std::exchange(lane.to->isArmed, false);
    if (wakes || lane.to->core->wakeHook.isSet()) run_.touches.wakes(wakes);
    return wakes;
  }

  /// Has the next message wake the endpoint. False if there is a message already.
  bool arm(SimulatedEndpoint& endpoint) {
    std::size_t const lanes = countFull(endpoint);
    run_.arm(endpoint, lanes == 0);
    if (turn_.endpoint() != nullptr) turn_.endpoint()->hasActed = true;
    if (lanes != 0) find(endpoint, lanes == 1 ? 0 : loop_.choose(lanes));
    return endpoint.isArmed;
  }
  void disarm(SimulatedEndpoint& endpoint) noexcept {
    run_.touches.wakes(true);
    endpoint.isArmed = false;
  }

 private:
  bool hasMessages(SimulatedLane const& lane) const {
    return lane.hasMessages() && !(run_.isObserved && observers_.isHeld(lane));
  }
  /// The number of lanes with something to take.
  std::size_t countFull(SimulatedEndpoint const& endpoint) const {
    auto const& lanes = endpoint.lanes;
    return static_cast<std::size_t>(std::count_if(
        lanes.begin(), lanes.end(), [&](SimulatedLane const* lane) { return hasMessages(*lane); }));
  }
  /// Notes that the endpoint has found a message: the first one in the lane with that number, among those with some. It
  /// need not have looked at others.
  void find(SimulatedEndpoint const& endpoint, std::uint64_t number) const {
    for (SimulatedLane* const lane : endpoint.lanes) {
      if (!hasMessages(*lane) || number-- != 0) continue;
      lane->foundUpTo = lane->front().number;
      return;
    }
  }

  /// Takes in a cell that has become visible in the lane. True if that is one for the inbox.
  bool add(SimulatedLane& lane, MessageCell& cell, std::uint64_t position) {
    // relaxed: one thing happens at a time; the switches between stacks have ordered it.
    std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
    Kind kind = tincan::detail::kindOf(word);
    bool const isLatest = kind == Kind::Latest;
    if (isLatest) kind = Kind::Message;
    if (kind == Kind::Extra) lane.seenExtra = &cell;
    if (kind == Kind::Extra || kind == Kind::Nothing) return false;
    std::uint64_t const stamp = tincan::detail::stampOf(word);
    bool const isLate = stamp != tincan::detail::threadState().clock;
    QueuedMessage message{run_.world.nextNumber(), position, stamp, kind, isLate};
    if (kind <= Kind::Invoke) message.name = cell.name;
    if (kind == Kind::Request || kind == Kind::Invoke) message.asks = cell.slot();
    if (kind == Kind::Post) message.asks = cell.task->asks();
    message.isLatest = isLatest;
    message.endsQuietly = kind == Kind::Message ? cell.arguments->endQuietly
                                                : kind == Kind::Answer || kind == Kind::Quit;
    if (isLatest) run_.superseded = lane.forgetSuperseded(*cell.name, message.number);
    if (run_.isReordered) {
      run_.causality.sent(lane, message, turn_.endpoint());
      run_.touches.sent(lane, message);
    }
    if (kind == Kind::Quit) run_.noteStop(*lane.to, turn_.endpoint());
    lane.push(message);
    if (run_.isObserved) observers_.sent(lane, message, cell);
    return kind != Kind::Quit;
  }

  SimulatedRun& run_;
  Turn const& turn_;
  Observers& observers_;
  RunLoop& loop_;
};

}  // namespace tincan::inline abi0::testing::detail
