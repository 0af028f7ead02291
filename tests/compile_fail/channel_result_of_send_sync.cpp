// expect: tincan: this typed channel answers with another type than the one asked for.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

std::string test(tincan::Peer const& peer) { return peer.sendSync<std::string>(channel, "text"); }
