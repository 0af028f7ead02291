// expect: deleted
#include <tincan/tincan.hpp>

constexpr tincan::Channel<int(int)> channel{"x"};

void test(tincan::Peer const& peer) { peer.invoke<int, double>(channel, 1.5).get(); }
