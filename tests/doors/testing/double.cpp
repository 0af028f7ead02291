#include <tincan/testing/double.hpp>

#include <stdexcept>

int main() {
  tincan::testing::Simulation sim;
  tincan::testing::Double const twin =
      sim.standIn("twin")
          .answers("answer", 1)
          .answersWith("twice", [](int value) { return 2 * value; })
          .fails("fails", std::runtime_error("no"))
          .neverAnswers("silent");
  int got = 0;
  sim.spawn("window", [&](tincan::Renderer& window) {
    tincan::Peer const peer = window.peer("twin").value();
    got = peer.sendSync<int>("answer") + peer.invoke<int>("twice", 3).get();
    peer.request("silent").cancel();
  });
  sim.runUntilIdle();
  bool const isRight = got == 7 && twin.received().on("twice").count() == 1 &&
                       twin.name() == "twin" && twin.peer().alive() && twin.renderer() != nullptr;
  twin.close();
  return isRight ? 0 : 1;
}
