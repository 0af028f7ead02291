// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Peer const& peer) {
  auto future = peer.request<int>("x");
  auto copy = future;
}
