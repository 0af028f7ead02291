#include <tincan/testing/fault.hpp>

#include <chrono>
#include <exception>
#include <stdexcept>

int main() {
  using namespace std::chrono_literals;
  tincan::testing::Simulation sim;
  int got = 0;
  sim.bus().main().on("x", [&] { ++got; });
  tincan::testing::Fault const fails = sim.failNext("x");
  tincan::testing::Fault const throws =
      sim.failNext("x", std::make_exception_ptr(std::runtime_error("no")));
  tincan::testing::Fault const late = sim.delayNext("x", 1ms);
  tincan::testing::Fault const held = sim.holdNext("x");
  tincan::Peer const main = sim.bus().main().peer();
  for (int i = 0; i < 4; ++i) main.send("x");
  sim.runUntilIdle();
  sim.advance(1ms);
  held.release();
  sim.runUntilIdle();
  bool const haveStruck =
      fails.hasStruck() && throws.hasStruck() && late.hasStruck() && held.hasStruck();
  return haveStruck && got == 2 ? 0 : 1;
}
