// expect: tincan: a Value cannot be copied: answer with std::move(value).
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc, tincan::Value& value) {
  ipc.handle("x", [&]() -> tincan::Value& { return value; });
}
