// expect: tincan: an answer is moved to the one who asked: it is no reference.
#include <tincan/tincan.hpp>

constexpr tincan::Channel<int&()> channel{"x"};
