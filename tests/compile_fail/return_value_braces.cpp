// expect: tincan: braces alone have no type
#include <tincan/tincan.hpp>

void test(tincan::Event& event) { event.returnValue = {1, 2}; }
