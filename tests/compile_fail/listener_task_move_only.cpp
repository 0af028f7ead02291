// expect: tincan: a listener that returns a Task keeps its arguments: take by T& what cannot be copied, it is moved out of the message.
#include <tincan/tincan.hpp>

#include <memory>

void test(tincan::Endpoint& ipc) {
  ipc.on("x", [](std::unique_ptr<int> const&) -> tincan::Task<> { co_return; });
}
