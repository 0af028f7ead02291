// expect: tincan: this handler returns nothing, and the channel answers with something.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handle(channel, [](std::string const&) {});
}
