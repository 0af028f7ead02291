// expect: tincan: a tuple or pair of references refers to the sender's own objects: pass one of values.
#include <tincan/tincan.hpp>

#include <tuple>

void test(tincan::Peer const& peer) {
  int a = 1, b = 2;
  peer.send("x", std::tie(a, b));
}
