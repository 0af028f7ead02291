// expect: deleted
#include <tincan/tincan.hpp>

#include <functional>
#include <string>

constexpr tincan::Channel<int(int)> channel{"x"};

void test(tincan::Main& ipc) {
  ipc.handle<std::function<int(std::string)>>(channel, [](std::string const&) { return 1; });
}
