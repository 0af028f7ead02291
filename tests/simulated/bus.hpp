// tests/simulated/bus.hpp - a bus for tests that were written for the real one
//
// As there, an endpoint that the test attaches handles messages only when the test polls it; with a
// Simulation it would whenever something happens. Bodies that were spawned run while the test polls
// or blocks.
#pragma once

#include <tincan/testing.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>

#include <string>
#include <utility>

namespace test {

/// What must outlive a simulated bus.
class RunsABus {
 protected:
  RunsABus() = default;
  ~RunsABus() { scheduler_.letGo(); }

  tincan::testing::detail::Scheduler scheduler_{tincan::testing::Options(), nullptr};
};

class Bus : RunsABus, public tincan::Bus {
 public:
  Bus() : Bus(tincan::BusOptions{}) {}
  explicit Bus(tincan::BusOptions options) : tincan::Bus(options, scheduler_.driver()) {
    waitForPolls(main().peer());
  }
  ~Bus() { scheduler_.end(); }

  tincan::Renderer attach(std::string name = {}, tincan::InboxOptions options = {}) {
    auto renderer = tincan::Bus::attach(std::move(name), options);
    waitForPolls(renderer.peer());
    return renderer;
  }

 private:
  static void waitForPolls(tincan::Peer const& peer) {
    auto* const core = tincan::detail::PeerAccess::core(peer);
    static_cast<tincan::testing::detail::SimulatedEndpoint&>(*core->driven).isPumped = false;
  }
};

}  // namespace test
