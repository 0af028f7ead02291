// expect: tincan: an argument does not convert to the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

#include <memory>

constexpr tincan::Channel<void(std::unique_ptr<int>)> channel{"x"};

void test(tincan::Peer const& peer) {
  auto pointer = std::make_unique<int>(1);
  peer.send(channel, pointer);
}
