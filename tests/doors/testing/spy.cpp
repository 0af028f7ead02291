#include <tincan/testing/spy.hpp>

int main() {
  tincan::testing::Simulation sim;
  tincan::testing::Spy spy(sim);
  sim.bus().main().on("x", [] {});
  sim.inject("window", "x");
  bool isRight = spy.sent().on("x").count() == 1 && spy.pending().count() == 1;
  sim.runUntilIdle();
  isRight = isRight && spy.handled().count() == 1 && spy.deadLetters().empty();
  spy.forget();
  return isRight && spy.sent().empty() ? 0 : 1;
}
