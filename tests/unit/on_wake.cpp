// tests/unit/on_wake.cpp - onWake: closing, and polls that leave something, ring
#include <array>
#include <chrono>
#include <optional>
#include <thread>

#include "../joining_thread.hpp"
#include "child.hpp"
#include "hooked_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

TEST_CASE_METHOD(HookedWindow, "onWake: timers do not ring, nextDeadline tells of them") {
  window->after(0s, [this] { ++handled; });
  auto const often = window->every(1ns, [this] { ++handled; });
  CHECK(rings == 0);
  CHECK(window->nextDeadline().has_value());
  window->poll();
  CHECK(handled == 2);
  CHECK(rings == 0);
  CHECK(window->nextDeadline().has_value());
  CHECK(often.cancel());
}

// ---- closing ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(HookedWindow, "onWake: closing the bus on another thread rings") {
  std::thread([&] { bus->close(); }).join();
  REQUIRE(rings >= 1);
}

TEST_CASE_METHOD(HookedWindow, "onWake: closing the bus on the same thread rings") {
  bus->close();
  REQUIRE(rings >= 1);
}

TEST_CASE_METHOD(HookedWindow, "onWake: closing the renderer rings") {
  window->close();
  REQUIRE(rings >= 1);
}

TEST_CASE_METHOD(HookedWindow, "onWake: the end of the bus rings for a renderer that outlives it") {
  bus.reset();
  REQUIRE(rings >= 1);
}

TEST_CASE_METHOD(HookedWindow, "onWake: closing rings also where a message has rung already") {
  peer.send("x");
  REQUIRE(rings == 1);
  std::thread([&] { bus->close(); }).join();
  REQUIRE(rings >= 2);
}

TEST_CASE("onWake: closing the bus rings for main, too") {
  tincan::Bus bus;
  std::atomic<int> rings{0};
  bus.main().onWake([&] { ++rings; });
  std::thread([&] { bus.close(); }).join();
  REQUIRE(rings >= 1);
}

TEST_CASE("onWake: a hook that is set while another thread closes is told, or Closed is thrown") {
  for (unsigned i = 0; i < 200; ++i) {
    std::atomic<int> rings{0};
    std::atomic<bool> mayClose{false};
    bool isRefused = false;
    {
      tincan::Bus bus;
      bus.main().poll();
      std::thread closing([&] {
        while (!mayClose) {
        }
        bus.close();
      });
      mayClose = true;
      // At another moment each time.
      for (std::atomic<unsigned> spins{0}; spins < i; ++spins) {
      }
      isRefused = codeOf([&] { return bus.main().onWake([&] { ++rings; }), 0; }) == Errc::Closed;
      closing.join();
    }
    REQUIRE((isRefused || rings >= 1));
  }
}

TEST_CASE("onWake: a coroutine in a foreign loop goes on with Closed when the bus is closed") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  window.poll();
  std::atomic<int> rings{0};
  window.onWake([&] {
    ++rings;
    rings.notify_one();
  });
  std::optional<Errc> code;
  std::optional<tincan::Task<void>> task;
  auto const work = [&]() -> tincan::Task<void> {
    try {
      co_await window.invoke<int>("never answered");
    } catch (tincan::Error const& error) {
      code = error.code();
    }
  };
  window.post([&] { task.emplace(work()); });
  window.poll();
  rings = 0;
  std::thread closer([&] { bus.close(); });
  rings.wait(0);
  window.poll();
  closer.join();
  REQUIRE(code == Errc::Closed);
}

// ---- polls that leave something ---------------------------------------------------------------------

TEST_CASE_METHOD(HookedWindow,
                 "onWake: a loop that polls four for each ring comes through a hundred") {
  for (int i = 0; i < 100; ++i) peer.send("x");
  auto const loop = [&] {
    while (rings.exchange(0) > 0) window->poll(4);
  };
  loop();
  REQUIRE(handled == 100);
  peer.send("x");
  loop();
  REQUIRE(handled == 101);
}

TEST_CASE_METHOD(HookedWindow,
                 "onWake: a loop that polls for a nanosecond for each ring comes through") {
  for (int i = 0; i < 100; ++i) peer.send("x");
  auto const loop = [&] {
    while (rings.exchange(0) > 0) window->pollFor(1ns);
  };
  loop();
  REQUIRE(handled == 100);
  peer.send("x");
  loop();
  REQUIRE(handled == 101);
}

TEST_CASE_METHOD(HookedWindow, "onWake: a poll that leaves posted functions rings") {
  int posted = 0;
  for (int i = 0; i < 10; ++i) window->post([&] { ++posted; });
  while (rings.exchange(0) > 0) window->poll(3);
  REQUIRE(posted == 10);
}

TEST_CASE_METHOD(HookedWindow, "onWake: a poll that leaves what its listeners have sent rings") {
  window->on("twice", [&](int depth) {
    ++handled;
    if (depth == 0) return;
    peer.send("twice", depth - 1);
    peer.send("twice", depth - 1);
  });
  peer.send("twice", 4);
  while (rings.exchange(0) > 0) window->poll(1);
  REQUIRE(handled == 31);
}

// ---- foreign loops ------------------------------------------------------------------------------------

namespace {

/// A window whose wake hook rings a bell, and two threads that send it so many messages each.
struct Besieged {
  explicit Besieged(int each) {
    window.on("x", [this] { ++got; });
    window.onWake([this] {
      bell.fetch_add(1);
      bell.notify_one();
    });
    for (auto& sender : senders) {
      sender = test::JoiningThread([peer = window.peer(), each] {
        for (int i = 0; i < each; ++i) {
          peer.send("x");
          if (i % 50 == 0) std::this_thread::yield();
        }
      });
    }
  }

  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  std::atomic<std::uint32_t> bell{0};
  int got = 0;
  std::array<test::JoiningThread, 2> senders;
};

}  // namespace

TEST_CASE("a foreign loop that polls when it is woken misses nothing", "[threads]") {
  constexpr int Messages = 20'000;
  Besieged besieged(Messages);
  while (besieged.got < 2 * Messages) {
    std::uint32_t const rung = besieged.bell.load();
    if (besieged.window.poll() == 0 && besieged.bell.load() == rung) {
      // Wakes only if the hook is called.
      besieged.bell.wait(rung);
    }
  }
  REQUIRE(besieged.got == 2 * Messages);
}

TEST_CASE(
    "onWake: a foreign loop that polls four for each ring misses nothing of several senders") {
  Guard const guard;
  constexpr int Each = 5000;
  Besieged besieged(Each);
  std::uint32_t heard = 0;
  while (besieged.got < 2 * Each) {
    besieged.bell.wait(heard);
    heard = besieged.bell.load();
    besieged.window.poll(4);
  }
  REQUIRE(besieged.got == 2 * Each);
}

TEST_CASE("onWake: the end of a thread's handle rings, for a body with a loop of its own") {
  Guard const guard;
  tincan::Bus bus;
  bool const isTooEarly = GENERATE(false, true);  // for the loop: nobody is there to be rung
  std::atomic<std::uint32_t> bell{0};
  std::atomic<int> polls{0};
  {
    auto const window = bus.spawn("window", [&](tincan::Renderer& ipc, tincan::StopToken stop) {
      while (isTooEarly && !stop.stop_requested()) std::this_thread::yield();
      ipc.onWake([&] {
        ++bell;
        bell.notify_one();
      });
      for (std::uint32_t heard = 0; !stop.stop_requested() || polls == 0; ++polls) {
        bell.wait(heard);
        heard = bell.load();
        ipc.poll();
      }
      ipc.onWake({});
    });
    if (!isTooEarly) {
      window.peer().send("x");
      while (polls == 0) std::this_thread::yield();
    }
  }
  REQUIRE(polls >= 1);
}
