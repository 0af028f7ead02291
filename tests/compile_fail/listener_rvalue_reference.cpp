// expect: tincan: a listener takes its arguments by value (a copy), T const&, or T&
#include <tincan/tincan.hpp>

#include <string>

void test(tincan::Endpoint& ipc) {
  ipc.on("x", [](std::string&&) {});
}
