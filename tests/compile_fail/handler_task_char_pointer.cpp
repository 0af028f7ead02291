// expect: tincan: strings arrive as std::string
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](char const*) -> tincan::Task<int> { co_return 5; });
}
