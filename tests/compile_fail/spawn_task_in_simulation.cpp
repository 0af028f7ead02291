// expect: tincan: the body of a renderer is no coroutine: the renderer ends when the body returns
#include <tincan/testing.hpp>

void test(tincan::testing::Simulation& simulation) {
  simulation.spawn("window", [](tincan::Renderer&) -> tincan::Task<> { co_return; });
}
