// expect: no member named 'returnValue'
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](tincan::InvokeEvent& event) { event.returnValue = 5; });
}
