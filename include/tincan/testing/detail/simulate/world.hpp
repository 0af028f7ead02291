// tincan/testing/detail/simulate/world.hpp - who is on the bus of a simulation
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/pool.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline abi0::testing::detail {

/// The endpoints, lanes and bodies of one bus, and the numbers that they get: runs that begin alike
/// give everything the same ones.
class World {
 public:
  /// Makes it as new, but for its memory.
  void clear() {
    endpoints.clear();
    lanes.clear();
    bodies.clear();
    closing.clear();
    bySource_.clear();
    endpointPool_.clear();
    lanePool_.clear();
    bodyPool_.clear();
    progress = 1;
    unbegun = 0;
    numbers_ = 0;
    sources_ = 0;
    testSource_ = Nothing;
  }

  /// The next place in the order of what was sent, was begun, or is over.
  std::uint64_t nextNumber() noexcept { return ++numbers_; }
  std::uint64_t lastNumber() const noexcept { return numbers_; }
  Source newSource() noexcept { return sources_++; }
  /// The source of the steps of an endpoint's body, and of handlers that wait; for null, of the test itself.
  Source sourceOf(SimulatedEndpoint* endpoint) noexcept {
    Source& source = endpoint != nullptr ? endpoint->source : testSource_;
    if (source == Nothing) source = newSource();
    return source;
  }

  SimulatedEndpoint& addEndpoint() {
    SimulatedEndpoint& endpoint = endpointPool_.take();
    endpoint.index = static_cast<std::uint32_t>(endpoints.size());
    endpoints.push_back(&endpoint);
    return endpoint;
  }
  SimulatedLane& addLane() {
    lanes.push_back(&lanePool_.take());
    SimulatedLane& lane = *lanes.back();
    lane.source = newSource();
    bySource_.resize(sources_, nullptr);
    bySource_.back() = &lane;
    return lane;
  }
  /// The lane whose messages come from that source; null: it is another kind of source.
  SimulatedLane* laneOf(Source source) const noexcept {
    return source < bySource_.size() ? bySource_[source] : nullptr;
  }
  Body& addBody(SimulatedEndpoint& endpoint,
                tincan::detail::Owned<tincan::detail::PostedFunction> task) {
    Body& body = bodyPool_.take();
    bodies.push_back(&body);
    body.endpoint = &endpoint;
    body.task = std::move(task);
    body.number = nextNumber();
    ++unbegun;
    body.source = endpoint.source = newSource();
    return body;
  }
  tincan::detail::Owned<tincan::detail::PostedFunction> take(Body& body) noexcept {
    --unbegun;
    return std::move(body.task);
  }

  /// Counts the messages that wait for that endpoint; without a name, for all.
  std::size_t pending(std::string_view endpoint) const {
    std::size_t count = 0;
    for (SimulatedLane const* const lane : lanes) {
      bool const isMeant = endpoint.empty() || lane->to->core->name == endpoint;
      if (isMeant && !lane->to->core->isClosed())
        count += tincan::detail::narrowed<std::size_t>(lane->real->waiting());
    }
    return count;
  }

  // All of them, in the order in which they were made.
  std::vector<SimulatedEndpoint*> endpoints{};
  std::vector<SimulatedLane*> lanes{};
  std::vector<Body*> bodies{};
  std::size_t unbegun = 0;                    // bodies
  std::vector<SimulatedEndpoint*> closing{};  // closed, and what ends with them has not ended
  std::uint64_t progress = 1;                 // grows with whatever is no poll in vain

 private:
  std::vector<SimulatedLane*> bySource_{};  // null: the source is no lane
  Pool<SimulatedEndpoint> endpointPool_{};
  Pool<SimulatedLane> lanePool_{};
  Pool<Body> bodyPool_{};
  std::uint64_t numbers_ = 0;
  Source sources_ = 0;
  Source testSource_ = Nothing;
};

}  // namespace tincan::inline abi0::testing::detail
