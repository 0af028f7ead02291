// expect: tincan: this typed channel answers with another type than the one asked for.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Renderer& ipc) {
  auto s = ipc.within(std::chrono::seconds(1)).sendSync<std::string>(channel, "x");
}
