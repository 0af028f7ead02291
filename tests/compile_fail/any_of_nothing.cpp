// expect: tincan: any() of nothing would never be ready.
#include <tincan/tincan.hpp>

tincan::Task<> test() { co_await tincan::any(); }
