// expect: no member named 'reply'
#include <tincan/tincan.hpp>

void test(tincan::Endpoint& ipc) {
  ipc.handle("x", [](tincan::InvokeEvent& event) { event.reply("y", 5); });
}
