// tests/imported/main.cpp - a program that imports the module, and includes nothing of tincan
#include <chrono>
#include <coroutine>
#include <cstdio>
#include <string>

import tincan;

namespace {

constexpr tincan::Channel<int(std::string)> length{"length"};

tincan::Task<int> twice(tincan::Peer peer, std::string text) {
  int const once = co_await peer.request(length, std::move(text));
  co_return 2 * once;
}

}  // namespace

int main() {
  using namespace std::chrono_literals;
  tincan::Bus bus;
  auto worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on(length, [](tincan::Event& event, std::string const& text) {
      event.returnValue = static_cast<int>(text.size());
    });
    ipc.send("ready", 1);
    ipc.run();
  });
  int ready = 0;
  bus.main().on("ready", [&](int one) {
    ready += one;
    bus.main().quit();
  });
  bus.main().run();
  int const asked = worker.peer().within(10s).sendSync(length, "four");
  int later = 0;
  twice(worker.peer(), "seven!!");
  bus.main().handle("sum", [&](int a, int b) { return a + b; });
  auto sum = bus.main().peer().invoke<int>("sum", 3, 4);
  bus.main().poll();
  later = sum.get();
  try {
    bus.main().peer().sendSync<int>("nobody");
  } catch (tincan::Error const& error) {
    if (error.code() != tincan::Errc::Deadlock) return 1;
  }
  std::printf("%d %d %d\n", ready, asked, later);
  return ready == 1 && asked == 4 && later == 7 ? 0 : 1;
}
