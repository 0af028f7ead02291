// expect: tincan: a listener that takes an argument by value gets a copy, and this type cannot be copied
#include <tincan/tincan.hpp>

#include <memory>
#include <optional>

void test(tincan::Endpoint& ipc) {
  ipc.on("x", [](std::optional<std::unique_ptr<int>>) {});
}
