// expect: tincan: this call has fewer arguments than the channel's signature, and only trailing std::optional ones may be left out.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<void(std::string)> channel{"x"};

void test(tincan::Peer const& peer) { peer.send(channel); }
