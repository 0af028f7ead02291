// expect: tincan: a listener takes its event by reference: Event&.
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](tincan::InvokeEvent) {});
}
