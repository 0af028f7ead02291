#include <tincan/event.hpp>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>

constexpr tincan::Channel<void(std::string)> typed("typed");

// Not called: there is an event only inside of a listener. It is compiled and linked.
bool useEvent(tincan::Event& event) {
  event.returnValue = 1;
  event.returnValue.set(std::string("text"));
  event.reply("x", 1);
  event.reply(typed, "text");
  event.reply(typed, {'a', 'b'});
  event.sender.send("x");
  event.sender.sendSync<int>("x");
  for (tincan::MessagePort& port : event.ports) {
    port.on("message", [](int) {});
    port.start();
    port.postMessage(1);
    port.close();
  }
  tincan::Reply reply = event.defer();
  return event.cancelled() || event.channel() == "x" || reply.cancelled();
}

int main() {
  tincan::Reply reply;
  tincan::Reply other = std::move(reply);
  reply = std::move(other);
  bool const isRight = !reply.set(1) && reply.cancelled() &&
                       !reply.fail(std::make_exception_ptr(std::runtime_error("no")));
  return isRight ? 0 : 1;
}
