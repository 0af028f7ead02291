// expect: tincan: an answer is moved to the one who asked: R is no reference.
#include <tincan/tincan.hpp>

int test(tincan::Peer const& peer) { return peer.sendSync<int&>("x"); }
