// expect: tincan: this call has fewer arguments than the channel's signature, and only trailing std::optional ones may be left out.
#include <tincan/tincan.hpp>

#include <optional>

constexpr tincan::Channel<void(std::optional<int>, int)> channel{"x"};

void test(tincan::Peer const& peer) { peer.send(channel, 5); }
