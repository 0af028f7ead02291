// expect: tincan: this typed channel answers with another type than the one asked for.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Renderer const& ipc) { auto future = ipc.request<std::string>(channel, "text"); }
