// expect: tincan: a Task gives its result away
#include <tincan/tincan.hpp>

tincan::Task<int&> test(int& number) { co_return number; }
