#include <tincan/peer.hpp>

#include <chrono>

namespace {
constexpr tincan::Channel<int(int)> typed("typed");
}

int main() {
  tincan::Peer const nobody;
  bool isRight = !nobody.alive() && nobody.id() == 0 && nobody.name().empty() && nobody == tincan::Peer();
  isRight = isRight && nobody.send("x", 1) == tincan::SendResult::Closed;
  return isRight ? 0 : 1;
}
