// expect: tincan: allow() takes names in braces, allow(
#include <tincan/tincan.hpp>

#include <string>
#include <vector>

void test(tincan::Endpoint& ipc) {
  std::vector<std::string> const names{"a", "b"};
  ipc.allow("x", names);
}
