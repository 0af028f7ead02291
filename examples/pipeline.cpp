// examples/pipeline.cpp - three stages, and at most 64 numbers wait between two of them
#include <tincan/tincan.hpp>

#include <iostream>

int main() {
  tincan::InboxOptions const bounded{.capacity = 64, .overflow = tincan::Overflow::Block};
  tincan::Bus bus({.main = bounded});
  tincan::Main& sink = bus.main();
  long sum = 0;
  sink.on("number", [&](long n) { sum += n; });
  sink.on("end", [&] { sink.quit(); });

  auto const squares = bus.spawn("squares", bounded, [](tincan::Renderer& ipc) {
    ipc.on("number", [&](long n) { ipc.send("number", n * n); });  // waits while main has no room
    ipc.on("end", [&] {
      ipc.send("end");
      ipc.quit();
    });
    ipc.run();
  });
  auto const source = bus.spawn("source", [next = squares.peer()](tincan::Renderer&) {
    for (long n = 1; n <= 1000; ++n) {
      if (next.send("number", n) != tincan::SendResult::Queued) return;  // the next stage is gone
    }
    next.send("end");  // comes last: what one sends to one arrives in order
  });
  sink.run();
  std::cout << sum << '\n';
}
