// expect: tincan: the body of a renderer is called with a Renderer&.
#include <tincan/tincan.hpp>

void test(tincan::Bus& bus) {
  auto window = bus.spawn("window", [](int) {});
}
