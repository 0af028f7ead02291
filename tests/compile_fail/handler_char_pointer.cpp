// expect: tincan: strings arrive as std::string: take std::string const& or std::string_view.
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](char const*) {});
}
