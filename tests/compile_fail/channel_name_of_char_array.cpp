// expect: constant expression
#include <tincan/tincan.hpp>

void test(tincan::Peer const& peer) {
  char name[] = "x";
  peer.send(name);
}
