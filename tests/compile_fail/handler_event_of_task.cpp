// expect: tincan: a listener (on, once) takes an Event&, a handler (handle) an InvokeEvent&.
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](tincan::Event&) -> tincan::Task<int> { co_return 5; });
}
