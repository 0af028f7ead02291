// tincan/testing/detail/simulate/world.hpp - who is on the bus of a simulation
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/pool.hpp>
#include <tincan/testing/detail/simulate/simulated_lane.hpp>

namespace tincan::inline v0::testing::detail {

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
    progress = 1;
    unbegun_ = 0;
    numbers_ = 0;
    sources_ = 0;
    testSource_ = Nothing;
  }

  /// A place in the order of what was sent, was begun, or is over.
  std::uint64_t nextNumber() noexcept { return ++numbers_; }
  std::uint64_t lastNumber() const noexcept { return numbers_; }
  Source newSource() noexcept { return sources_++; }
  /// Of what an endpoint's body does; or the test itself, for null.
  Source sourceOf(SimulatedEndpoint const* endpoint) noexcept {
    if (endpoint != nullptr) return endpoint->source;
    if (testSource_ == Nothing) testSource_ = newSource();
    return testSource_;
  }

  Body& addBody(SimulatedEndpoint& endpoint, std::unique_ptr<tincan::detail::PostedFunction> task) {
    Body& body = bodies.add();
    body.endpoint = &endpoint;
    body.task = std::move(task);
    body.number = nextNumber();
    ++unbegun_;
    body.source = endpoint.source = newSource();
    return body;
  }
  /// Whether a body waits for its beginning.
  bool hasUnbegun() const noexcept { return unbegun_ != 0; }
  std::unique_ptr<tincan::detail::PostedFunction> take(Body& body) noexcept {
    --unbegun_;
    return std::move(body.task);
  }

  /// How many messages wait for that endpoint, or for all if no name is given.
  std::size_t pending(std::string_view endpoint) const {
    std::size_t count = 0;
    for (SimulatedLane const* const lane : lanes.all()) {
      bool const isMeant = endpoint.empty() || lane->to->core->name == endpoint;
      if (isMeant && !lane->to->core->isClosed()) count += lane->real->waiting();
    }
    return count;
  }

  Pool<SimulatedEndpoint> endpoints;
  Pool<SimulatedLane> lanes;
  Pool<Body> bodies;
  std::vector<SimulatedEndpoint*> closing;  // closed, and what ends with them has not ended
  std::uint64_t progress = 1;               // grows with whatever is no poll in vain

 private:
  std::size_t unbegun_ = 0;  // bodies
  std::uint64_t numbers_ = 0;
  Source sources_ = 0;
  Source testSource_ = Nothing;
};

}  // namespace tincan::inline v0::testing::detail
