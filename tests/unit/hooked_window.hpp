// tests/unit/hooked_window.hpp - a window that counts how often it is woken
#pragma once

#include <optional>

#include "support.hpp"

namespace test {

/// A renderer of the test's thread that is polled, and whose wake hook counts.
struct HookedWindow {
  std::optional<tincan::Bus> bus{std::in_place};
  std::optional<tincan::Renderer> window{bus->attach("window")};
  tincan::Peer const peer = window->peer();
  std::atomic<int> rings{0};
  int handled = 0;

  HookedWindow() {
    bus->onDeadLetter([](tincan::DeadLetter const&) {});
    window->on("x", [this] { ++handled; });
    window->poll();
    window->onWake([this] { ++rings; });
  }
};

}  // namespace test
