// expect: tincan: an answer is copied or moved to the one who asked, and this type cannot be
#include <tincan/tincan.hpp>

#include <memory>

void test(tincan::Event& event) {
  auto pointer = std::make_unique<int>(1);
  event.returnValue = pointer;
}
