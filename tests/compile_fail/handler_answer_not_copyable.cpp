// expect: tincan: an answer is copied or moved to the one who asked, and this type cannot be
#include <tincan/tincan.hpp>

#include <memory>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [p = std::make_unique<int>(1)]() -> std::unique_ptr<int> const& { return p; });
}
