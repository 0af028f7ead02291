// expect: tincan: an answer is returned by value
#include <tincan/tincan.hpp>

auto test(tincan::Peer const& peer) { return peer.invoke<int[3]>("x"); }
