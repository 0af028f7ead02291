// tincan/testing/detail/simulate/knowledge.hpp - who knows of which messages, and learns of them without one
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// The vector clocks of the endpoints and of the test. `runs` is the endpoint whose code runs; null: the test's.
class Knowledge {
 public:
  void clear() noexcept {
    clocks.clear();
    test_.clear();
    testSent_.clear();
    changes_.clear();
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

  /// Notes that the running code starts the thread of that endpoint, which then knows what the code does. What the test
  /// sets up has no order.
  void starts(SimulatedEndpoint& endpoint, SimulatedEndpoint* runs) {
    if (runs != nullptr) beginsFor(endpoint, runs);
  }
  /// Notes that the running code adds an endpoint to those on the bus, or takes one away.
  void changesEndpoints(SimulatedEndpoint* runs) { merge(changes_, knowledgeOf(runs)); }
  void looksAtEndpoints(SimulatedEndpoint* runs) { learn(changes_, runs); }
  /// Notes that the running code closes the endpoint.
  void closes(SimulatedEndpoint& endpoint, SimulatedEndpoint* runs) {
    endpoint.closedKnowing = clocks.keep(knowledgeOf(runs));
    changesEndpoints(runs);
  }
  void findsClosed(SimulatedEndpoint const& endpoint, SimulatedEndpoint* runs) {
    learn(clocks.at(endpoint.closedKnowing), runs);
  }
  /// Notes that the running code finds room in the limited lane, as there was once its receiver had taken so many.
  void findsRoom(SimulatedLane const& lane, SimulatedEndpoint* runs) {
    MessageLane const& real = *lane.real;
    if (real.bounds == nullptr || real.bounds->overflow == Overflow::DropOldest) return;
    std::uint64_t const kept = real.pushedMessages.get() - real.droppedMessages.get();
    if (kept < real.bounds->capacity) return;
    std::uint64_t const last = kept - real.bounds->capacity;
    if (last < lane.takenKnowing.size()) learn(clocks.at(lane.takenKnowing[last]), runs);
  }
  /// Notes that the running code knows that the endpoint's thread has ended.
  void hasJoined(SimulatedEndpoint const& endpoint, SimulatedEndpoint* runs) {
    if (runs != &endpoint) learn(endpoint.knowledge, runs);
  }
  ClockStore clocks{};  // what messages carry

 protected:
  /// Adds to what the running code knows. What happened before is told apart by its clock.
  void learn(std::span<std::uint32_t const> news, SimulatedEndpoint* runs) {
    VectorClock& own = knowledgeOf(runs);
    if (coversAll(own, news)) return;
    merge(own, news);
    if (runs == nullptr) return;
    runs->history.note(++tincan::detail::threadState().clock, clocks.keep(own));
  }
  VectorClock& knowledgeOf(SimulatedEndpoint* runs) noexcept {
    return runs == nullptr ? test_ : runs->knowledge;
  }
  static void growFor(VectorClock& clock, SimulatedEndpoint const& endpoint) {
    clock.resize((std::max<std::size_t>)(clock.size(), endpoint.index + 1));
  }
  /// Counts a message that the test sends in the name of that endpoint.
  void countOfTest(SimulatedEndpoint const& from, std::uint32_t number) {
    growFor(testSent_, from);
    testSent_[from.index] = number;
  }
  VectorClock const& testSent() const noexcept { return testSent_; }

 private:
  VectorClock test_{};      // what the test itself knows
  VectorClock testSent_{};  // of each endpoint, how many messages the test has sent in its name
  VectorClock changes_{};   // what was known to those who have changed the set of endpoints
};

}  // namespace tincan::inline abi0::testing::detail
