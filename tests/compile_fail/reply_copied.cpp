// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Event& event) {
  auto reply = event.defer();
  auto copy = reply;
}
