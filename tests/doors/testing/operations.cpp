#include <tincan/testing/operations.hpp>

int main() {
  tincan::testing::Simulation sim;
  int count = 0;
  sim.bus().main().handle("increment", [&] { return ++count; });
  tincan::testing::Operations<int> operations;
  operations.add(
      "increment", [](tincan::Renderer& ipc) { return ipc.invoke<int>("increment").get(); },
      [](int& model) { return ++model; });
  operations.play(sim, {2, 3});
  sim.runUntilIdle();
  return count == 6 ? 0 : 1;
}
