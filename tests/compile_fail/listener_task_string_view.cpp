// expect: tincan: a listener that returns a Task outlives the message: take std::string, not std::string_view.
#include <tincan/tincan.hpp>

#include <string_view>

void test(tincan::Endpoint& ipc) {
  ipc.on("x", [](tincan::Event&, std::string_view) -> tincan::Task<> { co_return; });
}
