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
  sim.always("small", [&] { return got < 200; });
  sim.eventually("something came", [&] { return got > 0; });
  sim.sometimes("nothing yet", [&] { return got == 0; });
  sim.require(sim.choose(1) == 0, "the only choice");
  tincan::testing::Double const twin = sim.standIn("twin").answers("answer", 32);
  twin.answersWith("twice", [](int value) { return 2 * value; });
  twin.fails("fails", std::runtime_error("no")).neverAnswers("silent");
  sim.spawn("asker", [&](tincan::Renderer& asker) {
    tincan::Peer const peer = asker.peer("twin").value();
    got += peer.sendSync<int>("answer") + peer.invoke<int>("twice", 32).get();
  });
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
  bool const isRight = hasStepped && got == 111 && sim.pending() == 0 && sim.pending("main") == 0 &&
                       sim.log().size() == 6 && !fails.hasStruck() && !throws.hasStruck() &&
                       !late.hasStruck() && twin.received().count() == 2;
  return isRight ? 0 : 1;
}
