// expect: tincan: an argument is copied or moved into the message, and this type cannot be
#include <tincan/tincan.hpp>

#include <memory>

void test(tincan::Peer const& peer) {
  auto pointer = std::make_unique<int>(1);
  peer.send("x", pointer);
}
