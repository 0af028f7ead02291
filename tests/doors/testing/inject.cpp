#include <tincan/testing/inject.hpp>

int main() {
  tincan::testing::Simulation sim;
  int got = 0;
  sim.bus().main().on("x", [&](int value) { got += value; });
  sim.inject("window", "x", 1);
  sim.injectTo("main", "window", "x", 2);
  sim.runUntilIdle();
  return got == 3 ? 0 : 1;
}
