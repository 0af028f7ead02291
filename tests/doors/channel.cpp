#include <tincan/channel.hpp>

#include <string>

namespace {
constexpr tincan::Channel<int(std::string)> length("length");
}

int main() { return length.name() == "length" ? 0 : 1; }
