// expect: tincan: an argument does not convert to the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

constexpr tincan::Channel<void(int const*)> channel{"x"};

void test(tincan::Peer const& peer) {
  int const numbers[3] = {1, 2, 3};
  peer.send(channel, numbers);
}
