// expect: tincan: a std::initializer_list does not own its elements: pass a std::vector.
#include <tincan/tincan.hpp>

void test(tincan::Peer const& peer) {
  auto const numbers = {1, 2, 3};
  peer.send("x", numbers);
}
