#include <tincan/testing.hpp>

#include <exception>

int main() {
  using namespace tincan::testing;
  auto const body = [](Simulation& sim) {
    Spy const spy(sim);
    Double const main = sim.standIn("main").answers("length", 4);
    sim.spawn("window", [&sim](tincan::Renderer& window) {
      sim.require(window.sendSync<int>("length", "text") == 4, "it answers");
    });
    sim.runUntilIdle();
    sim.require(spy.handled().count() == 1 && main.received().count() == 1, "it was asked once");
  };
  Result const result = explore(body);
  return result && result.complete ? 0 : 1;
}
