#include <tincan/invoke_event.hpp>

// Not called: there is an event only inside of a handler. It is compiled and linked.
bool useEvent(tincan::InvokeEvent const& event) {
  event.sender.send("x", 1);
  bool const isStopped = event.stopToken().stop_requested();
  return isStopped || event.cancelled() || event.channel() == "x";
}

int main() {}
