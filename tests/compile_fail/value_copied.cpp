// expect: deleted
#include <tincan/tincan.hpp>

void test(tincan::Value& value) { tincan::Value const copy = value; }
