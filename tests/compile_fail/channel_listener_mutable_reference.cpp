// expect: tincan: a parameter of this listener or handler does not take the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

constexpr tincan::Channel<void(int)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.on(channel, [](long&) {});
}
