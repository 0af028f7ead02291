#include <tincan/testing/explore_around.hpp>

int main() {
  tincan::testing::Recording const recording({{"b", "main", 1, "x"}, {"a", "main", 1, "x"}});
  int runs = 0;
  auto const result =
      tincan::testing::exploreAround(recording, [&](tincan::testing::Simulation& sim) {
        ++runs;
        sim.bus().main().on("x", [] {});
        for (char const* const name : {"a", "b"}) {
          sim.spawn(name, [](tincan::Renderer& ipc) { ipc.send("x"); });
        }
      });
  return result && runs >= 3 ? 0 : 1;
}
