// expect: tincan: a Value cannot be copied: answer with std::move(value).
#include <tincan/tincan.hpp>

void test(tincan::Event& event) {
  tincan::Value value = 1;
  event.returnValue = value;
}
