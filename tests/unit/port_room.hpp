// tests/unit/port_room.hpp - main and a window for the tests of ports
#pragma once

#include <memory>
#include <utility>

#include "support.hpp"

namespace test {

/// A port that its own listeners can hold.
inline std::shared_ptr<tincan::MessagePort> sharedPort(tincan::MessagePort port) {
  return std::make_shared<tincan::MessagePort>(std::move(port));
}

/// Main and a window, on this thread.
struct Room {
  std::shared_ptr<int> held = std::make_shared<int>(0);  // captured by the listeners
  test::Bus bus;
  tincan::Renderer window = bus.attach("window");

  Room() { pollAll(); }
  void pollAll() {
    while (bus.main().poll() + window.poll() > 0) {
    }
  }
};

}  // namespace test
