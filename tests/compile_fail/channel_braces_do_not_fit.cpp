// expect: no matching
#include <tincan/tincan.hpp>

struct Point {
  int x, y;
};
constexpr tincan::Channel<void(Point)> channel{"x"};

void test(tincan::Peer const& peer) { peer.send(channel, {1, 2, 3}); }
