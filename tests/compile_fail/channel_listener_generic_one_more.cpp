// expect: tincan: this needs a callable whose parameter types can be read
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<void(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.on(channel, [](auto const&, auto const&, auto const&) {});
}
