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
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/simulate/knowledge.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>
#include <tincan/testing/detail/simulate/vector_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// What messages and answers carry. `runs` is the endpoint whose code runs; null: the test's.
class Causality : public Knowledge {
 public:
  /// The latest request of an answer slot.
  struct Request {
    tincan::detail::AnswerSlot const* slot;
    SimulatedEndpoint const* by = nullptr;  // null: unknown
    std::uint32_t number = 0;               // of all that it sends
    bool isAnswered = false;                // by another one than the endpoint that was asked
    ClockStore::Place knowledge{};          // what the answer carries, if it is one of these
    ClockStore::Place asked{};              // what goes with the request
    ClockStore::Place givenUp{};            // what the one knows who does not wait any more
  };

  void clear() noexcept {
    Knowledge::clear();
    requests_.clear();
    posted_.clear();
    tickets_.clear();
  }

  /// Gives the message what its sender knows, and counts it.
  void sent(SimulatedLane& lane, QueuedMessage& message, SimulatedEndpoint* runs) {
    SimulatedEndpoint& from = *lane.from;
    if (!tickets_.empty()) {
      Ticket const ticket = tickets_.front();
      tickets_.erase(tickets_.begin());
      message.isLate = ticket.hasWaited;
      message.sent.port = ticket.port;
      if (ticket.hasWaited) return takePosted(lane, message, ticket.posted);
    }
    void const* const port = message.sent.port;
    message.sent = count(from, runs, tincan::detail::threadState().clock);
    message.sent.port = port;
    message.knowledge = clocks.keep(from.knowledge);
    if (!message.isRequest()) return;
    requestOf(*message.asks) = {.slot = message.asks,
                                .by = &from,
                                .number = message.sent.number,
                                .asked = message.knowledge};
  }

  /// Notes that the running code posts at a port in the name of that endpoint, or closes one. Returns a number for what
  /// it sends.
  std::uint64_t posts(SimulatedEndpoint& from, SimulatedEndpoint* runs) {
    // What comes after it has a larger clock than now.
    Sent const sent = count(from, runs, tincan::detail::threadState().clock + 1);
    posted_.push_back({sent, clocks.keep(from.knowledge)});
    return posted_.size();
  }
  /// Notes that the next cell is a ticket of a port, for what was posted with that number and has waited; 0: unknown.
  void bringsWaiting(void const* port, std::uint64_t posted) {
    tickets_.push_back({port, true, posted});
  }
  /// Notes that the next cell is a ticket of a port, for what is posted now.
  void bringsPosted(void const* port) { tickets_.push_back({port, false, 0}); }

  /// Tells the receiver what the message carries.
  void delivered(SimulatedLane& lane, QueuedMessage const& message) {
    SimulatedEndpoint& to = *lane.to;
    merge(to.knowledge, clocks.at(message.knowledge));
    to.last = message.sent;
    // One more than Lamport would: what happened at an endpoint is told apart by its clock.
    to.part.clock = (std::max)(to.part.clock, message.stamp) + 1;
    ClockStore::Place const known = clocks.keep(to.knowledge);
    to.history.note(to.part.clock, known);
    if (lane.real->bounds != nullptr && message.isMessage()) lane.takenKnowing.push_back(known);
  }

  /// Whether something waits that was sent after a quit, by the same sender or because of something else that this one
  /// has sent since then. Threads handle it before the quit if they find it, or what came after it, in time.
  bool mayPassQuit(SimulatedEndpoint const& to, Sent const& quit) const {
    return std::any_of(to.lanes.begin(), to.lanes.end(), [&](SimulatedLane const* lane) {
      auto const queued = lane->all();
      return std::any_of(queued.begin(), queued.end(), [&](QueuedMessage const& message) {
        return message.kind != Kind::Quit &&
               covers(clocks.at(message.knowledge), quit.by, quit.number);
      });
    });
  }

  /// Tells the running code of a message that nobody will handle.
  void discards(SimulatedLane const& lane, std::uint64_t stamp, SimulatedEndpoint* runs) {
    auto const queued = lane.all();
    auto const found =
        std::find_if(queued.begin(), queued.end(),
                     [stamp](QueuedMessage const& message) { return message.stamp == stamp; });
    if (found != queued.end()) learn(clocks.at(found->knowledge), runs);
  }

  /// Whether the lane's first message could not have come before the receiver's last one.
  bool isOrdered(SimulatedLane const& lane) const {
    SimulatedEndpoint const& to = *lane.to;
    return !lane.hasDropped && to.last.number != 0 && lane.mustFollow(to.last, clocks);
  }

  /// Notes that the running code does not wait for an answer any more.
  void givesUp(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs) {
    requestOf(slot).givenUp = clocks.keep(knowledgeOf(runs));
  }
  void findsGivenUp(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs) {
    learn(clocks.at(requestOf(slot).givenUp), runs);
  }

  /// Notes that the running code answers in the place of the endpoint that was asked.
  void answers(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs) {
    Request& request = requestOf(slot);
    request.isAnswered = true;
    VectorClock known = knowledgeOf(runs);
    // An answer that the test gives follows what it has sent before, in whosever name.
    if (runs == nullptr) merge(known, testSent());
    request.knowledge = clocks.keep(known);
  }

  /// Notes that the running code publishes an answer: it knows of the request, also if that was never handled.
  /// `isForOther`: it is not the code of the endpoint that was asked, as where a request is dropped to make room.
  void publishes(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint* runs, bool isForOther) {
    Request const& request = requestOf(slot);
    if (isForOther && !request.isAnswered) answers(slot, runs);
    VectorClock const& own = knowledgeOf(runs);
    if (request.by == nullptr || covers(own, request.by->index, request.number)) return;
    learn(clocks.at(request.asked), runs);
  }

  /// Tells the running code what the answer carries.
  void tookAnswer(tincan::detail::AnswerSlot const& slot, SimulatedEndpoint const& asked,
                  SimulatedEndpoint* runs) {
    Request const& request = requestOf(slot);
    VectorClock& own = knowledgeOf(runs);
    if (request.isAnswered) {
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

 private:
  struct Posted {  // at a port
    Sent sent{};
    ClockStore::Place knowledge{};
  };

  struct Ticket {  // of a port
    void const* port;
    bool hasWaited;
    std::uint64_t posted;
  };

  /// Makes it what was sent when that was posted, by whoever did that.
  void takePosted(SimulatedLane const& lane, QueuedMessage& message, std::uint64_t posted) const {
    if (posted == 0) return;
    Posted const& noted = posted_[tincan::detail::narrowed<std::size_t>(posted - 1)];
    message.sent = {noted.sent.by, noted.sent.number, lane.to->sent + 1, message.sent.port};
    message.knowledge = noted.knowledge;
  }
  /// Counts something that the running code sends in the name of that endpoint, by that clock.
  Sent count(SimulatedEndpoint& from, SimulatedEndpoint* runs, std::uint64_t clock) {
    if (runs != &from) merge(from.knowledge, knowledgeOf(runs));
    growFor(from.knowledge, from);
    Sent const sent{from.index, from.knowledge[from.index] = ++from.sent};
    if (runs == nullptr) countOfTest(from, sent.number);
    from.history.sent(clock);
    return sent;
  }
  std::vector<Request> requests_{};
  std::vector<Posted> posted_{};   // at ports
  std::vector<Ticket> tickets_{};  // those whose cells are pushed, and have not been seen yet
};

}  // namespace tincan::inline abi0::testing::detail
