// expect: deleted
#include <tincan/tincan.hpp>

constexpr tincan::Channel<void(int)> channel{"x"};

void test(tincan::Peer const& peer) { peer.send<double>(channel, 1.5); }
