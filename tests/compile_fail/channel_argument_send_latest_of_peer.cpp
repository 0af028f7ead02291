// expect: tincan: an argument does not convert to the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Peer const& peer) { peer.sendLatest(channel, 5); }
