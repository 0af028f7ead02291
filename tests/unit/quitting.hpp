// tests/unit/quitting.hpp - main, which counts what it handles before it quits
#pragma once

#include "support.hpp"

namespace test {

/// A bus whose main counts what comes by "x" and by "later".
struct Quitting {
  explicit Quitting(tincan::BusOptions options = {}) : bus(options) {
    main.on("x", [this] { ++got; });
    main.on("later", [this] { ++late; });
  }

  tincan::Bus bus;
  tincan::Main& main = bus.main();
  tincan::Peer const toMain = main.peer();
  int got = 0, late = 0;
};

/// Calls the function on another thread, and waits for its end.
template <class F>
void onThread(F&& function) {
  std::thread(std::forward<F>(function)).join();
}

/// Calls it on a thread that is far ahead of others by whatever the bus counts.
template <class F>
void onBusyThread(Quitting& quitting, F&& function) {
  onThread([&] {
    tincan::Renderer dump = quitting.bus.attach("dump");
    dump.on("noise", [] {});
    for (int i = 0; i < 300; ++i) dump.peer().send("noise");
    function();
  });
}

}  // namespace test
