#include <tincan/port.hpp>

#include <string>
#include <utility>

namespace {

// The thread has no endpoint.
bool isRefused(tincan::MessagePort& port) {
  try {
    port.start();
    return false;
  } catch (tincan::Error const& error) {
    return error.code() == tincan::Errc::WrongThread;
  }
}

}  // namespace

// Not called: compiled and linked.
void startAt(tincan::MessagePort& port, tincan::Endpoint& endpoint) { port.start(endpoint); }

int main() {
  tincan::MessageChannel channel, sent;
  channel.port2.on("message", [](tincan::Event&, std::string const&) {});
  channel.port2.on("message", [](int) {});
  channel.port2.on("close", [] {});
  channel.port1.postMessage();
  channel.port1.postMessage("text", std::move(sent.port1));
  bool const isRight = isRefused(channel.port2);
  channel.port1.close();
  return isRight ? 0 : 1;
}
