// expect: tincan: this typed channel answers with another type than the one asked for.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Main& main) { auto futures = main.invokeAll<std::string>(channel, "x"); }
