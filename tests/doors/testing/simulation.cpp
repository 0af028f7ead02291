#include <tincan/testing/simulation.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>

int main() {
  using namespace std::chrono_literals;
  tincan::testing::Simulation sim;
  int got = 0;
  sim.bus().main().on("x", [&](int value) { got += value; });
  sim.spawn("window", [](tincan::Renderer& window) { window.send("x", 1); });
  sim.spawn("other", {3, tincan::Overflow::Fail},
            [](tincan::Renderer& other) { other.send("x", 2); });
  sim.always("small", [&] { return got < 100; });
  sim.eventually("something came", [&] { return got > 0; });
  sim.sometimes("nothing yet", [&] { return got == 0; });
  sim.require(sim.choose(1) == 0, "the only choice");
  sim.standIn("twin").answers("y", 1);
  sim.inject("twin", "x", 4);
  sim.injectTo("main", "twin", "x", 8);
  tincan::testing::Fault const fails = sim.failNext("z");
  tincan::testing::Fault const throws =
      sim.failNext("z", std::make_exception_ptr(std::runtime_error("no")));
  tincan::testing::Fault const late = sim.delayNext("z", 1ms);
  tincan::testing::Fault const held = sim.holdNext("z");
  held.release();
  bool const hasStepped = sim.step();
  sim.runUntilIdle();
  sim.advance(1ms);
  bool const isRight = hasStepped && got == 15 && sim.pending() == 0 && sim.pending("main") == 0 &&
                       sim.log().size() == 4 && !fails.hasStruck() && !throws.hasStruck() &&
                       !late.hasStruck();
  return isRight ? 0 : 1;
}
