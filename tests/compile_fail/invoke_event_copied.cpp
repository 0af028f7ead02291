// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::InvokeEvent& event) { auto copy = event; }
