// expect: tincan: an argument does not convert to the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Renderer& ipc) {
  auto f = ipc.within(std::chrono::seconds(1)).invoke(channel, 5);
}
