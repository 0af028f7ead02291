// expect: tincan: a handler that returns a Task outlives the message: take std::string, not std::string_view.
#include <tincan/tincan.hpp>

#include <string_view>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](tincan::InvokeEvent&, std::string_view) -> tincan::Task<int> { co_return 5; });
}
