#include <tincan/testing/double.hpp>

#include <stdexcept>

// Not called: a stand-in is a simulation's, see simulation.cpp. It is compiled and linked.
bool useDouble(tincan::testing::Double const& twin) {
  twin.answers("answer", 1)
      .answersWith("twice", [](int value) { return 2 * value; })
      .fails("fails", std::runtime_error("no"))
      .neverAnswers("silent");
  twin.close();
  return twin.received().on("twice").empty() && twin.name() == "twin" && twin.peer().alive() &&
         twin.renderer() != nullptr;
}

int main() {}
