#include <tincan/bus.hpp>

#include <stop_token>
#include <utility>

int main() {
  tincan::Bus bus(tincan::BusOptions{{3, tincan::Overflow::Fail}});
  bus.onError([](tincan::ErrorReport const&) {});
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  bus.onHighWater([](tincan::HighWater const&) {});
  tincan::Main& main = bus.main();
  main.on("ping", [](tincan::Event& event, int value) { event.returnValue = value + 1; });
  main.handle("done", [&](int value) {
    main.quit();
    return value;
  });
  tincan::Renderer attached = bus.attach("attached", {3, tincan::Overflow::Block});
  tincan::RendererThread thread =
      bus.spawn("window", [](tincan::Renderer& window, std::stop_token) {
        window.invoke<int>("done", window.sendSync<int>("ping", 1)).get();
      });
  main.run();
  thread.join();
  bus.close();
  return bus.stats().handled == 2 && !attached.peer().alive() ? 0 : 1;
}
