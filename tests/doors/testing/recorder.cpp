#include <tincan/testing/recorder.hpp>

int main() {
  tincan::Bus bus;
  tincan::testing::Recorder recorder(bus);
  bus.main().on("x", [](int) {});
  bus.main().peer().send("x", 1);
  bus.main().poll();
  recorder.stop();
  return recorder.recording().entries().size() == 1 ? 0 : 1;
}
