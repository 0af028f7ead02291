// expect: tincan: this needs a callable whose parameter types can be read
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](auto const&) {});
}
