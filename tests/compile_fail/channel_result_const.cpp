// expect: tincan: an answer is moved to the one who asked: it is neither const nor volatile.
#include <tincan/tincan.hpp>

constexpr tincan::Channel<int const()> channel{"x"};
