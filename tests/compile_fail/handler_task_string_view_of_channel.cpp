// expect: tincan: a handler that returns a Task outlives the message: take std::string, not std::string_view.
#include <tincan/tincan.hpp>

#include <string>
#include <string_view>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handle(channel, [](std::string_view) -> tincan::Task<int> { co_return 5; });
}
