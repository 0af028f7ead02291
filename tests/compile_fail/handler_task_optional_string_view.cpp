// expect: tincan: a handler that returns a Task outlives the message
#include <tincan/tincan.hpp>

#include <optional>
#include <string_view>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](std::optional<std::string_view>) -> tincan::Task<int> { co_return 5; });
}
