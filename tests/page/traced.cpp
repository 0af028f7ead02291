// tests/page/traced.cpp - writes the page of a trace
#include <tincan/tincan.hpp>
#include <tincan/trace.hpp>

#include <fstream>
#include <latch>

int main(int, char** arguments) {
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  std::latch hasSent(1);
  auto const hasWaiter = [&] {
    for (tincan::TraceEvent const& event : trace.log().events) {
      if (event.what == tincan::TraceEvent::What::WaitBegins) return true;
    }
    return false;
  };
  bus.main().on("</script><b>", [](int) {});
  bus.main().handle("sum", [&](int a, int b) {
    while (!hasWaiter()) std::this_thread::yield();
    return a + b;
  });
  auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.send("</script><b>", 1);
    ipc.send("x");
    hasSent.count_down();
    static_cast<void>(ipc.invoke<int>("sum", 1, 2).get());
    ipc.close();
    bus.main().quit();
  });
  hasSent.wait();
  bus.main().run();
  std::ofstream(arguments[1]) << trace.log().html();
}
