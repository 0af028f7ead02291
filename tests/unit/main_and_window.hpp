// tests/unit/main_and_window.hpp - main and a window, both on the test's thread
#pragma once

#include "support.hpp"

namespace test {

/// Main and a window that the test's thread polls, with what their listeners write to.
struct MainAndWindow {
  test::Bus bus;
  Reports reports{bus};
  tincan::Main& main = bus.main();
  tincan::Renderer ipc = bus.attach("window");
  std::vector<tincan::Reply> gates;  // the answers to "gate", in the order of asking
  int calls = 0;
  Log log;

  MainAndWindow() = default;
  ~MainAndWindow() { bus.close(); }  // while the reports are still there
  MainAndWindow(MainAndWindow const&) = delete;
  MainAndWindow& operator=(MainAndWindow const&) = delete;

  /// Polls both until nothing is left to handle.
  void pump() {
    while (main.poll() + ipc.poll() > 0) {
    }
  }
};

}  // namespace test
