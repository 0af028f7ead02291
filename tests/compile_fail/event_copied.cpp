// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Event& event) { auto copy = event; }
