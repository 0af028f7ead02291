// tincan/testing/detail/simulate/causality.hpp - who knows of which messages
//
// In a simulation that changes the order of messages, each of them carries what its sender knew, and
// a message waits until those that could have led to it are handled.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// The vector clocks of the endpoints and of the test, and what answers carry. `runs` is the endpoint
/// whose code runs; null: the test's.
class Causality {
 public:
  /// The latest request of an answer slot.
  struct Request {
    tincan::detail::AnswerSlot const* slot;
    SimulatedEndpoint const* by = nullptr;  // null: unknown
    std::uint32_t number = 0;               // of all that it sends
    bool isAnswered = false;                // by another one than the endpoint that was asked
    ClockStore::Place knowledge{};          // of that one
    ClockStore::Place asked{};              // what goes with the request
  };

  void clear() noexcept {
    clocks.clear();
    requests_.clear();
    test_.clear();
    testSent_.clear();
  }

  /// Gives the message what its sender knows, and counts it.
  void sent(SimulatedLane& lane, QueuedMessage& message, SimulatedEndpoint* runs) {
    SimulatedEndpoint& from = *lane.from;
    if (runs != &from) merge(from.knowledge, knowledgeOf(runs));
    growFor(from.knowledge, from);
    message.sent = from.knowledge[from.index] = ++from.sent;
    if (runs == nullptr) {
      growFor(testSent_, from);
      testSent_[from.index] = message.sent;
    }
    message.knowledge = clocks.keep(from.knowledge);
    from.history.sent(tincan::detail::threadState().clock);
    if (!message.isRequest()) return;
    requestOf(*message.asks) = {message.asks, &from, message.sent, false, {}, message.knowledge};
  }

  /// Tells the receiver what the message carries.
  void delivered(SimulatedLane const& lane, QueuedMessage const& message) {
    SimulatedEndpoint& to = *lane.to;
    merge(to.knowledge, clocks.at(message.knowledge));
    to.lastSender = lane.from->index;
    to.lastSent = message.sent;
    // One more than Lamport would: what happened at an endpoint is told apart by its clock.
    to.part.clock = (std::max)(to.part.clock, message.stamp) + 1;
    to.history.note(to.part.clock, clocks.keep(to.knowledge));
  }

  /// Whether the lane's first message could not have come before the receiver's last one.
  bool isOrdered(SimulatedLane const& lane) const {
    SimulatedEndpoint const& to = *lane.to;
    return to.lastSent != 0 && !lane.hasDropped &&
           covers(clocks.at(lane.front().knowledge), to.lastSender, to.lastSent);
  }

  /// Notes that the running code begins to handle another one's messages, as one thread would:
  /// after all that it has done.
  void beginsFor(SimulatedEndpoint& other, SimulatedEndpoint* runs) {
    merge(other.knowledge, knowledgeOf(runs));
    other.history.note(++other.part.clock, clocks.keep(other.knowledge));
  }
  void endsFor(SimulatedEndpoint const& other, SimulatedEndpoint* runs) {
    merge(knowledgeOf(runs), other.knowledge);
  }

  /// Notes that the running code answers in the place of the endpoint that was asked.
  void answers(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs) {
    Request& request = requestOf(slot);
    request.isAnswered = true;
    VectorClock known = knowledgeOf(runs);
    // An answer that the test gives follows what it has sent before, in whosever name.
    if (runs == nullptr) merge(known, testSent_);
    request.knowledge = clocks.keep(known);
  }

  /// Notes that the running code publishes an answer: it knows of the request, also if that was never handled.
  void publishes(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs) {
    Request const& request = requestOf(slot);
    VectorClock& own = knowledgeOf(runs);
    if (request.by == nullptr || covers(own, request.by->index, request.number)) return;
    merge(own, clocks.at(request.asked));
    if (runs != nullptr) {
      runs->history.note(++tincan::detail::threadState().clock, clocks.keep(own));
    }
  }

  /// Tells the running code what the answer carries.
  void tookAnswer(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint const& asked,
                  SimulatedEndpoint* runs) {
    Request& request = requestOf(slot);
    VectorClock& own = knowledgeOf(runs);
    if (std::exchange(request.isAnswered, false)) {
      merge(own, clocks.at(request.knowledge));
    } else {
      merge(own, clocks.at(asked.history.placeAt(slot.clock)));
      growFor(own, asked);
      own[asked.index] = (std::max)(own[asked.index], asked.history.sentAt(slot.clock));
    }
    // Also if it knew of a larger clock: what it knew before must be told apart.
    std::uint64_t& clock = tincan::detail::threadState().clock;
    clock = (std::max)(clock, slot.clock) + 1;
    if (runs != nullptr) runs->history.note(clock, clocks.keep(own));
  }

  Request& requestOf(tincan::detail::AnswerSlot const& slot) {
    auto const found = std::find_if(requests_.begin(), requests_.end(),
                                    [&](Request const& one) { return one.slot == &slot; });
    return found == requests_.end() ? requests_.emplace_back(Request{&slot}) : *found;
  }
  std::vector<Request> const& requests() const noexcept { return requests_; }

  ClockStore clocks;  // what messages carry

 private:
  VectorClock& knowledgeOf(SimulatedEndpoint* runs) noexcept {
    return runs == nullptr ? test_ : runs->knowledge;
  }
  static void growFor(VectorClock& clock, SimulatedEndpoint const& endpoint) {
    clock.resize((std::max<std::size_t>)(clock.size(), endpoint.index + 1));
  }

  std::vector<Request> requests_;
  VectorClock test_;      // what the test itself knows
  VectorClock testSent_;  // of each endpoint, how many messages the test has sent in its name
};

}  // namespace tincan::inline abi0::testing::detail
