#include <tincan/renderer.hpp>

#include <chrono>
#include <string>
#include <utility>

constexpr tincan::Channel<int(std::string)> typed("typed");

// Not called: a renderer is a bus's. It is compiled and linked.
void useRenderer(tincan::Renderer renderer) {
  using namespace std::chrono_literals;
  tincan::Renderer other = std::move(renderer);
  renderer = std::move(other);
  renderer.on("x", [] {});
  renderer.send("x", 1);
  renderer.postMessage(typed, "text", tincan::MessageChannel().port1);
  renderer.sendSync(typed, "text");
  renderer.request<int>("x").cancel();
  renderer.invoke("x").wait();
  renderer.within(1ms).sendSync("x");
  renderer.sendToHost("x", 1);
  renderer.sendToHost(typed, "text");
  renderer.sendToHost(typed, {'a', 'b'});
  renderer.main().send("x");
  if (renderer.peer("other").has_value() && renderer.peer().alive()) return;
  renderer.close();
}

int main() {}
