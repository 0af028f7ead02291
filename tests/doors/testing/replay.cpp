#include <tincan/testing/replay.hpp>

int main() {
  using tincan::testing::Recording;
  auto const body = [](tincan::testing::Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    sim.spawn("window", [](tincan::Renderer& window) { window.send("x", 1); });
    sim.runUntilIdle();
  };
  Recording const recording({{"window", "main", 1, "x"}});
  tincan::testing::Result const result = tincan::testing::replay(recording, body);
  return result ? 0 : 1;
}
