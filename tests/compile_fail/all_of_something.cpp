// expect: tincan: all() and any() take what a coroutine can await
#include <tincan/tincan.hpp>

tincan::Task<> test() { co_await tincan::all(5); }
