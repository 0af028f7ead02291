// expect: tincan: this handler returns something, and the channel answers with nothing.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<void(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handle(channel, [](std::string const&) { return 5; });
}
