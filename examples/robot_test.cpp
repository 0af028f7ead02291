// examples/robot_test.cpp - tests robot.hpp in virtual time, and when any part of it ends at any moment
#include <tincan/testing.hpp>

#include <iostream>
#include <memory>
#include <optional>
#include <string>

#include "robot.hpp"

namespace {

using example::Brain;
using tincan::Errc;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Result;
using tincan::testing::Simulation;
using namespace std::chrono_literals;

bool allHold = true;
void expect(bool holds, std::string const& what) {
  std::cout << (holds ? "holds: " : "FAILS: ") << what << '\n';
  allHold = allHold && holds;
}

/// How a robot's start has ended; nothing: it has not.
struct Start {
  bool isReady = false;
  std::optional<Errc> error{};
};

tincan::Task<> start(std::shared_ptr<Brain> brain, std::shared_ptr<Start> start) {
  try {
    start->isReady = co_await Brain::startUp(brain);
  } catch (tincan::Error const& error) {
    start->error = error.code();
  }
}

/// A brain for the parts that the simulation has.
std::shared_ptr<Brain> makeBrain(Simulation& sim) {
  tincan::Main& ipcMain = sim.bus().main();
  return std::make_shared<Brain>(ipcMain, ipcMain.renderer("lidar").value(),
                                 ipcMain.renderer("motors").value());
}

void testWatchdog() {
  Simulation sim;
  sim.spawn("motors", example::serveMotors);
  sim.spawn("lidar", [](Renderer& ipc) { example::serveLidar(ipc, 20); });
  auto const brain = makeBrain(sim);
  auto const begun = std::make_shared<Start>();
  sim.bus().main().post([=] { return start(brain, begun); });
  sim.runUntilIdle();
  expect(begun->isReady, "all parts are fine");

  sim.advance(140ms);
  expect(brain->speed() == 10, "it drives while there is nothing in its way");
  sim.advance(60ms);
  expect(brain->speed() == 1, "it creeps when there is something");
  sim.advance(99ms);
  expect(brain->isBlind() && brain->speed() == 1, "the last distance was heard 99 ms ago");
  sim.advance(1ms);
  expect(brain->speed() == 0, "after 100 ms it has stopped");
}

void testSilentPart() {
  Simulation sim;
  sim.standIn("lidar").neverAnswers("self-test");
  sim.spawn("motors", example::serveMotors);
  auto const brain = makeBrain(sim);
  auto const begun = std::make_shared<Start>();
  sim.bus().main().post([=] { return start(brain, begun); });
  sim.runUntilIdle();
  sim.advance(999ms);
  expect(!begun->error.has_value(), "a part has a second for its test");
  sim.advance(1ms);
  expect(begun->error == Errc::Timeout, "then the start fails");
}

/// Whatever ends, and whenever: the robot stands still in the end.
Result testEnds() {
  return explore(
      [](Simulation& sim) {
        sim.spawn("motors", example::serveMotors);
        sim.spawn("lidar", [](Renderer& ipc) { example::serveLidar(ipc, 1); });
        auto const brain = makeBrain(sim);
        sim.bus().main().post([=] { return start(brain, std::make_shared<Start>()); });
        sim.eventually("it stands still", [=] { return brain->speed() == 0; });
        sim.sometimes("it is blind", [=] { return brain->isBlind(); });
      },
      {.crashes = 1});
}

}  // namespace

int main() {
  testWatchdog();
  testSilentPart();
  Result const result = testEnds();
  expect(result.ok, "whatever ends, and whenever, it stands still in the end; orders tried: " +
                        std::to_string(result.schedules));
  return allHold ? 0 : 1;
}
