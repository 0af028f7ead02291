// expect: tincan: this handler returns nothing, and the channel answers with something.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handleOnce(channel, [](std::string) -> tincan::Task<> { co_return; });
}
