// expect: tincan: a handler returns the answer, or a Task of it: co_return co_await future.
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc, tincan::Peer const& peer) {
  ipc.handle("x", [peer] { return peer.invoke<int>("y"); });
}
