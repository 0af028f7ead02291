// expect: tincan: this call has more arguments than the channel's signature.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<void(std::string)> channel{"x"};

void test(tincan::Peer const& peer) { peer.send(channel, "text", 5); }
