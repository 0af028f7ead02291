// tests/unit/scoped_listeners.cpp - ScopedListeners that end on other threads
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "support.hpp"

using namespace test;

TEST_CASE("a ScopedListener that ends on another thread removes, too") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int const before = Counted::alive;
  window.poll();
  int calls = 0;
  std::optional<tincan::ScopedListener> scoped;
  auto const endElsewhere = [&] { std::thread([&] { scoped.reset(); }).join(); };
  SECTION("before the next message") {
    scoped.emplace(window.on("x", [&, held = Counted(1)] { calls += held.number; }));
    endElsewhere();
    window.peer().send("x");
  }
  SECTION("before a message that waits") {
    scoped.emplace(window.on("x", [&, held = Counted(1)] { calls += held.number; }));
    window.peer().send("x");
    endElsewhere();
  }
  SECTION("between two messages of one poll") {
    scoped.emplace(window.on("x", [&, held = Counted(1)] { calls += held.number; }));
    window.on("y", endElsewhere);
    window.peer().send("y");
    window.peer().send("x");
  }
  SECTION("before anybody asks how many there are") {
    scoped.emplace(window.on("x", [&, held = Counted(1)] { calls += held.number; }));
    endElsewhere();
    REQUIRE(window.listenerCount("x") == 0);
    REQUIRE(Counted::alive == before);
  }
  SECTION("a handler, and then there may be another one") {
    scoped.emplace(window.handle("x", [&, held = Counted(1)] { calls += held.number; }));
    endElsewhere();
    window.handle("x", [] {});
  }
  SECTION("what has been removed already") {
    tincan::Listener const listener =
        window.on("x", [&, held = Counted(1)] { calls += held.number; });
    scoped.emplace(listener);
    endElsewhere();
    REQUIRE_FALSE(listener.remove());
  }
  window.poll();
  REQUIRE(calls == 0);
  REQUIRE(window.listenerCount("x") == 0);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("a ScopedListener that ends on another thread, with or after its endpoint") {
  int const before = Counted::alive;
  for (int how = 0; how < 3; ++how) {
    tincan::Bus bus;
    std::optional<tincan::Renderer> window(bus.attach("window"));
    window->poll();
    tincan::ScopedListener scoped = window->on("x", [held = Counted(1)] {});
    auto const endElsewhere = [&] {
      std::thread([last = std::move(scoped)]() mutable { last = {}; }).join();
    };
    if (how == 0) endElsewhere();
    if (how == 1) window->close();
    window.reset();
    if (how != 0) endElsewhere();
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("ScopedListeners that end on other threads while messages come") {
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
  bus.main().poll();
  struct Panel {
    int seen = 0;  // not atomic: main's thread only
    tincan::ScopedListener token;
  };
  for (int round = 0; round < 300; ++round) {
    auto panel = std::make_shared<Panel>();
    std::weak_ptr<Panel> const weak = panel;
    panel->token = bus.main().on("x", [weak] {
      if (auto const held = weak.lock()) ++held->seen;
    });
    bus.main().peer().send("x");
    std::thread ending([last = std::move(panel)]() mutable { last.reset(); });
    bus.main().poll();
    ending.join();
    bus.main().peer().send("x");
    bus.main().poll();
    REQUIRE(bus.main().listenerCount("x") == 0);
  }
}

TEST_CASE(
    "a ScopedListener ends on another thread while the endpoint is polled for the first time") {
  for (int i = 0; i < 100; ++i) {
    tincan::Bus bus;
    auto window = bus.attach("window");
    int got = 0, others = 0;
    for (int k = 0; k < 20; ++k) window.send("x");
    std::optional<tincan::ScopedListener> listener(bus.main().on("x", [&] { ++got; }));
    bus.main().on("x", [&] { ++others; });
    Latch both(2);
    std::thread elsewhere([&] {
      both.arrive_and_wait();
      listener.reset();
    });
    both.arrive_and_wait();
    bus.main().poll();
    elsewhere.join();
    window.send("x");
    int const before = got;
    bus.main().poll();
    REQUIRE(got == before);
    REQUIRE(others == 21);
  }
}
