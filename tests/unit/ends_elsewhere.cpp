// tests/unit/ends_elsewhere.cpp - behaviour 19: endpoints that another thread has ended
#include <memory>
#include <optional>
#include <thread>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;
using tincan::SendResult;

TEST_CASE("19: a renderer that is destroyed on another thread than its own") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
    tincan::Peer const peer = window->peer();
    window->on("x", [peer, held = Counted(1)] {});
    Latch polled(1), destroyed(1);
    std::thread owner([&] {
      window->poll();
      polled.count_down();
      destroyed.wait();
    });
    polled.wait();
    window.reset();
    REQUIRE(peer.send("x") == SendResult::Closed);
    destroyed.count_down();
    owner.join();
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: what another thread has ended goes when its own thread makes the next endpoint") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  window->on("x", [held = Counted(1)] {});
  window->poll();
  std::thread([&] { window.reset(); }).join();
  auto const next = bus.attach("next");
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: what another thread has ended goes when its own thread polls, and with the bus") {
  int const before = Counted::alive;
  {
    tincan::Bus bus;
    auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
    window->on("x", [held = Counted(1)] {});
    window->poll();
    bus.main().poll();
    std::thread([&] { window.reset(); }).join();
    bool const mustPoll = GENERATE(false, true);
    if (mustPoll) {
      bus.main().peer().send("anything");
      bus.main().poll();
      REQUIRE(Counted::alive == before);
    }
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: what its own listener holds ends when it is closed") {
  int const before = Counted::alive;
  SECTION("a renderer") {
    tincan::Bus bus;
    auto const window = std::make_shared<tincan::Renderer>(bus.attach("window"));
    window->poll();
    window->on("x", [window, held = Counted(1)] {});
    window->handle("y", [window, held = Counted(1)] { return 1; });
  }
  SECTION("a renderer that closes itself in a handler") {
    tincan::Bus bus;
    auto window = std::make_shared<tincan::Renderer>(bus.attach("window"));
    window->on("x", [window, held = Counted(1)] { window->close(); });
    auto const peer = window->peer();
    peer.send("x");
    window->poll();
    REQUIRE(Counted::alive == before);
  }
  SECTION("a bus") {
    auto const bus = std::make_shared<tincan::Bus>();
    bus->main().poll();
    bus->main().on("x", [bus, held = Counted(1)] {});
    bus->close();
  }
  SECTION("a bus that another thread closes, at the end of its own thread") {
    std::thread([] {
      auto bus = std::make_shared<tincan::Bus>();
      bus->main().poll();
      bus->main().on("x", [bus, held = Counted(1)] {});
      std::thread([own = std::move(bus)] { own->close(); }).join();
    }).join();
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: many that send to each other are ended by another thread than their own") {
  int const before = Counted::alive;
  {
    constexpr std::size_t Many = 60;
    Latch polled(1), ended(1);
    std::vector<std::unique_ptr<tincan::Bus>> buses;
    std::thread owner([&] {
      for (std::size_t i = 0; i < Many; ++i) {
        auto& main = buses.emplace_back(std::make_unique<tincan::Bus>())->main();
        main.on("x", [held = Counted(1)] {});
        main.poll();
        auto const other = buses[i / 2]->main().peer();
        main.on("y", [other] { other.send("x"); });
        main.peer().send("y");
        if (i > 0) {
          buses[i - 1]->main().on("y", [peer = main.peer()] { peer.send("x", Counted(1)); });
          buses[i - 1]->main().peer().send("y");
          buses[i - 1]->main().poll();
        }
      }
      polled.count_down();
      ended.wait();
      tincan::Bus last;
      for (int i = 0; i < 20; ++i) last.attach().poll();
    });
    polled.wait();
    buses.clear();
    ended.count_down();
    owner.join();
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("19: captures of what another thread has ended may attach at their end") {
  struct Attaches {
    explicit Attaches(tincan::Bus& where) : bus(&where) { ++alive(); }
    Attaches(Attaches&& other) noexcept : bus(std::exchange(other.bus, nullptr)) {}
    ~Attaches() {
      if (bus == nullptr) return;
      --alive();
      bus->attach("bye").poll();
    }
    static int& alive() {
      static int count = 0;
      return count;
    }
    tincan::Bus* bus;
  };
  tincan::Bus bus;
  bus.main().on("x", [] {});
  bus.main().poll();
  std::vector<tincan::Renderer> renderers;
  for (int i = 0; i < 60; ++i) {
    renderers.push_back(bus.attach("r"));
    renderers.back().on("x", [attaches = Attaches(bus)] {});
    renderers.back().poll();
  }
  std::thread([&] { renderers.clear(); }).join();
  for (int i = 0; i < 3; ++i) {
    bus.main().peer().send("x");
    bus.main().poll();
  }
  REQUIRE(Attaches::alive() == 0);
}

TEST_CASE("25: an endpoint that another thread polls ends on a thread without memory") {
  if (!test::countsAllocations()) return;
  tincan::Bus bus;
  std::optional<tincan::Renderer> window(bus.attach("window"));
  window->poll();
  bool isDone = false;
  std::thread([&] { isDone = test::runsWithout(1, true, [&] { window.reset(); }); }).join();
  REQUIRE(isDone);
  REQUIRE_FALSE(bus.main().renderer("window").has_value());
}
