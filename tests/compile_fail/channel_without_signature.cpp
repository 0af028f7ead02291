// expect: tincan: a typed channel has a signature: Channel<int(std::string)>.
#include <tincan/tincan.hpp>

constexpr tincan::Channel<int> channel{"x"};
