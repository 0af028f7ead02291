// tests/unit/coroutine_fixture.hpp - coroutines that wait for main's answers, on one thread
#pragma once

#include "support.hpp"

namespace test {

/// What a coroutine got: a number, or the code of the Error.
struct Outcome {
  int number = 0;
  std::optional<tincan::Errc> code;
  bool isOver = false;
};

/// Waits for the answer, and keeps something alive meanwhile.
inline tincan::Task<> await(tincan::Future<int> future, Outcome& outcome,
                            [[maybe_unused]] Counted held = Counted(1)) {
  try {
    outcome.number = co_await future;
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  }
  outcome.isOver = true;
}

inline tincan::Task<int> twice(tincan::Future<int> future) {
  int const number = co_await future;
  co_return 2 * number;
}

/// Main, which defers its answers, and a window on the same thread.
struct Pair {
  Pair() : reports(bus), window(bus.attach("window")) {
    window.poll();
    bus.main().on("later", [this](tincan::Event& event) { replies.push_back(event.defer()); });
    bus.main().on("now", [](tincan::Event& event, int n) { event.returnValue = n; });
    bus.main().poll();
  }
  ~Pair() { bus.close(); }  // before what the hooks and listeners write to goes
  Pair(Pair const&) = delete;
  Pair& operator=(Pair const&) = delete;
  /// A request whose answer is one of the replies, once main has polled.
  tincan::Future<int> later() { return window.request<int>("later"); }
  tincan::Future<int> now(int n) { return window.request<int>("now", n); }
  void pump() {
    while (bus.main().poll() + window.poll() != 0) {
    }
  }

  tincan::Bus bus;
  Reports reports;
  std::vector<tincan::Reply> replies;
  tincan::Renderer window;
};

}  // namespace test
