// expect: tincan: the body of a renderer is no coroutine: the renderer ends when the body returns
#include <tincan/tincan.hpp>

void test(tincan::Bus& bus) {
  auto window =
      bus.spawn("window", [](tincan::Renderer&, std::stop_token) -> tincan::Task<> { co_return; });
}
