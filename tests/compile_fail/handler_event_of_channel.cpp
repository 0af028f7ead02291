// expect: tincan: a listener (on, once) takes an Event&, a handler (handle) an InvokeEvent&.
#include <tincan/tincan.hpp>

#include <string>

constexpr tincan::Channel<int(std::string)> channel{"x"};

void test(tincan::Endpoint& ipc) {
  ipc.handle(channel, [](tincan::Event&, std::string const&) { return 5; });
}
