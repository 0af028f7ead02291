// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Task<int>& task) { auto copy = task; }
