#include <tincan/testing/explore.hpp>

int main() {
  auto const body = [](tincan::testing::Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    sim.spawn("one", [](tincan::Renderer& one) { one.send("x", 1); });
    sim.spawn("two", [](tincan::Renderer& two) { two.send("x", 2); });
    sim.runUntilIdle();
  };
  tincan::testing::Result const result = tincan::testing::explore(body);
  return result && result.complete && result.schedules >= 1 ? 0 : 1;
}
