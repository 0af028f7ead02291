// expect: tincan: a parameter of this listener or handler does not take the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Main& main, tincan::Peer const& peer) {
  main.from(peer).handleOnce(channel, [](int) { return 1; });
}
