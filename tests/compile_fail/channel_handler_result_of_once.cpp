// expect: tincan: this handler's result does not convert to the channel's answer.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handleOnce(channel, [](std::string) { return std::string(); });
}
