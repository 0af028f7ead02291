// expect: tincan: an argument does not convert to the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

#include <chrono>
#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

int test(tincan::Peer const& peer) {
  return peer.within(std::chrono::seconds(1)).sendSync(channel, 5);
}
