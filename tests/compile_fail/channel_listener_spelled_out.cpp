// expect: deleted
#include <tincan/tincan.hpp>

#include <functional>
#include <string>

constexpr tincan::Channel<void(int)> channel{"x"};

void test(tincan::Main& ipc) {
  ipc.on<std::function<void(std::string)>>(channel, [](std::string const&) {});
}
