// expect: tincan: the function that is given here cannot be called with what it is told.
#include <tincan/tincan.hpp>

void test(tincan::Bus& bus) {
  bus.onError([](int) {});
}
