// expect: tincan: the body of a renderer is called with a Renderer&, or with a Renderer& and a std::stop_token.
#include <tincan/tincan.hpp>

void test(tincan::Bus& bus) {
  auto window = bus.spawn("window", [](int) {});
}
