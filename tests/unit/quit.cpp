// tests/unit/quit.cpp - run, quit, poll, and being woken by a foreign loop
#include <chrono>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

TEST_CASE("quit before run: run handles what was queued before, then returns") {
  test::Bus bus;
  tincan::Peer const main = bus.main().peer();
  std::vector<int> got;
  bus.main().on("x", [&](int number) { got.push_back(number); });
  main.send("x", 1);
  main.send("x", 2);
  bus.main().quit();
  main.send("x", 3);
  bus.main().run();
  REQUIRE(got == std::vector{1, 2});
  // It may be run again.
  bus.main().quit();
  bus.main().run();
  REQUIRE(got == std::vector{1, 2, 3});
}

TEST_CASE("quit twice before run ends two runs") {
  test::Bus bus;
  int calls = 0;
  bus.main().on("x", [&] { ++calls; });
  bus.main().quit();
  bus.main().peer().send("x");
  bus.main().quit();
  bus.main().run();
  bus.main().run();
  REQUIRE(calls == 1);
  REQUIRE(bus.main().poll() == 0);
}

TEST_CASE("quit from a handler: what was queued before it is handled still") {
  test::Bus bus;
  tincan::Peer const main = bus.main().peer();
  std::vector<int> got;
  bus.main().on("x", [&](int number) {
    got.push_back(number);
    if (number == 1) bus.main().quit();
  });
  for (int i = 0; i < 200; ++i) main.send("x", i);
  bus.main().run();
  REQUIRE(got.size() == 200);
}

TEST_CASE("quit from another thread: what that thread sent before is handled", "[threads]") {
  for (int round = 0; round < 200; ++round) {
    test::Bus bus;
    int got = 0;
    bus.main().on("x", [&] { ++got; });
    std::thread other([&] {
      tincan::Peer const main = bus.main().peer();
      for (int i = 0; i < 20; ++i) main.send("x");
      bus.main().quit();
    });
    bus.main().run();
    REQUIRE(got == 20);
    other.join();
  }
}

TEST_CASE(
    "quit: what another thread sent before, and told the quitting one on the bus, is handled") {
  for (int round = 0; round < 200; ++round) {
    test::Bus bus;
    int got = 0;
    bus.main().on("x", [&] { ++got; });
    auto quitter = bus.spawn("quitter", [&](tincan::Renderer& ipc) {
      ipc.once("go", [&] { bus.main().quit(); });
      ipc.run();
    });
    auto sender = bus.spawn("sender", [peer = quitter.peer()](tincan::Renderer& ipc) {
      for (int i = 0; i < 100; ++i) ipc.send("x");
      peer.send("go");
    });
    bus.main().run();
    REQUIRE(got == 100);
  }
}

TEST_CASE("quit in a nested run ends the inner one only") {
  test::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log log;
  bus.main().on("outer", [&] {
    main.send("inner");
    bus.main().run();
    log.push_back("inner run is over");
    main.send("last");
  });
  bus.main().on("inner", [&] {
    log.push_back("inner");
    bus.main().quit();
  });
  bus.main().on("last", [&] {
    log.push_back("last");
    bus.main().quit();
  });
  main.send("outer");
  bus.main().run();
  REQUIRE(log == Log{"inner", "inner run is over", "last"});
}

TEST_CASE("quit in a nested poll ends the run around it") {
  test::Bus bus;
  tincan::Peer const main = bus.main().peer();
  bool wentOn = false;
  bus.main().on("outer", [&] {
    bus.main().quit();
    bus.main().poll();
    wentOn = true;
  });
  main.send("outer");
  bus.main().run();
  REQUIRE(wentOn);
}

TEST_CASE("a quit that poll comes across is kept for run") {
  Guard const guard;
  test::Bus bus;
  bus.main().quit();
  REQUIRE(bus.main().poll() == 0);  // it is no message
  bus.main().run();
  SUCCEED("run returned");
}

TEST_CASE("close ends run, from a handler and from another thread", "[threads]") {
  test::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
  SECTION("from a handler") {
    bus.main().on("x", [&] { bus.close(); });
    bus.main().peer().send("x");
    bus.main().run();
  }
  SECTION("from another thread") {
    std::thread other([&] { bus.close(); });
    bus.main().run();
    other.join();
  }
  window.join();
  REQUIRE(bus.main().poll() == 0);
}

TEST_CASE("a renderer closes itself in its handler, and its run returns") {
  test::Bus bus;
  bool called = false;
  auto window = bus.attach("window");
  window.on("x", [&] { window.close(); });
  window.on("y", [&] { called = true; });
  window.peer().send("x");
  window.peer().send("y");
  window.run();
  REQUIRE_FALSE(called);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
}

TEST_CASE("run ends when a stop is requested", "[threads]") {
  test::Bus bus;
  SECTION("before") {
    tincan::detail::StopSource stop;
    stop.request_stop();
    bus.main().run(stop.get_token());
  }
  SECTION("from a handler") {
    tincan::detail::StopSource stop;
    bus.main().on("x", [&] { stop.request_stop(); });
    bus.main().peer().send("x");
    bus.main().run(stop.get_token());
  }
  SECTION("from another thread, many times") {
    for (int round = 0; round < 300; ++round) {
      tincan::detail::StopSource stop;
      Latch running(1);
      bus.main().post([&] { running.count_down(); });
      std::thread other([&] {
        running.wait();
        stop.request_stop();
      });
      bus.main().run(stop.get_token());
      other.join();
    }
  }
  SECTION("by quit() all the same") {
    tincan::detail::StopSource const stop;
    bus.main().quit();
    bus.main().run(stop.get_token());
  }
  REQUIRE(bus.main().peer().alive());
}

TEST_CASE("a sleeping run is woken by every kind of thing, never missed", "[speaker]") {
  constexpr int Rounds = 2000;
  test::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.on("send", [](tincan::Event& event) { event.reply("back"); });
    ipc.run();
  });
  int back = 0, posted = 0;
  bus.main().on("back", [&] {
    ++back;
    bus.main().quit();
  });
  bus.main().poll();
  for (int i = 0; i < Rounds; ++i) {
    window.peer().send("send");
    bus.main().run();
    window.peer().sendSync<int>("ask");
    bus.main().post([&] { ++posted; });
    bus.main().poll();
  }
  REQUIRE(back == Rounds);
  REQUIRE(posted == Rounds);
}

TEST_CASE("poll handles at most as many as it is told") {
  test::Bus bus;
  std::vector<int> got;
  bus.main().on("x", [&](int number) { got.push_back(number); });
  for (int i = 0; i < 10; ++i) bus.main().peer().send("x", i);
  REQUIRE(bus.main().poll(0) == 0);
  REQUIRE(bus.main().poll(3) == 3);
  REQUIRE(got == std::vector{0, 1, 2});
  REQUIRE(bus.main().poll(3) == 3);
  REQUIRE(bus.main().poll(100) == 4);
  REQUIRE(bus.main().poll(100) == 0);
  REQUIRE(got.size() == 10);
}

TEST_CASE("poll counts posted functions and messages that nobody takes") {
  test::Bus bus;
  bus.main().peer().send("nobody");
  bus.main().post([] {});
  bus.main().quit();
  auto future = bus.main().peer().request("nobody", std::string(10, 'x'), std::uint64_t{1});
  REQUIRE(bus.main().poll() == 3);
}

TEST_CASE("pollFor handles what there is, and returns when there is no more") {
  test::Bus bus;
  int got = 0;
  bus.main().on("x", [&] {
    if (++got < 100) bus.main().peer().send("x");
  });
  bus.main().peer().send("x");
  REQUIRE(bus.main().pollFor(1h) == 100);
  REQUIRE(got == 100);
  REQUIRE(bus.main().pollFor(std::chrono::hours::max()) == 0);
}

TEST_CASE("pollFor no time at all handles nothing") {
  test::Bus bus;
  bus.main().peer().send("x");
  REQUIRE(bus.main().pollFor(std::chrono::seconds(0)) == 0);
  REQUIRE(bus.main().pollFor(std::chrono::seconds(-1)) == 0);
  REQUIRE(bus.stats().pending == 1);
}

TEST_CASE("pollFor any time at all handles at least one message") {
  test::Bus bus;
  for (int i = 0; i < 3; ++i) bus.main().peer().send("x");
  using Picoseconds = std::chrono::duration<long long, std::pico>;
  REQUIRE(bus.main().pollFor(1ns) >= 1);
  bus.main().peer().send("x");
  REQUIRE(bus.main().pollFor(Picoseconds(1)) >= 1);
  bus.main().peer().send("x");
  REQUIRE(bus.main().pollFor(std::chrono::duration<double>(1e-30)) >= 1);
}

TEST_CASE("pollFor looks at the time after each message", "[threads]") {
  test::Bus bus;
  int got = 0;
  bus.main().on("x", [&] {
    ++got;
    bus.main().peer().send("x");  // there is always more
  });
  bus.main().peer().send("x");
  REQUIRE(bus.main().pollFor(1ms) >= 1);
  REQUIRE(got >= 1);
}

TEST_CASE("onWake is called exactly when the inbox turns from empty to not empty") {
  test::Bus bus;
  auto window = bus.attach("window");
  int wakes = 0;
  window.on("x", [] {});
  window.onWake([&] { ++wakes; });
  REQUIRE(wakes == 0);
  for (int i = 1; i <= 100; ++i) {
    window.peer().send("x");
    REQUIRE(wakes == i);
    window.peer().send("x");
    bus.main().peer().send("x");
    window.send("x");
    window.post([] {});
    REQUIRE(wakes == i);
    REQUIRE(window.poll() == 3);
    REQUIRE(wakes == i);
    REQUIRE(window.poll() == 0);
    REQUIRE(wakes == i);
    bus.main().poll();
  }
}

namespace {

/// A renderer whose wake-ups are counted.
struct Woken {
  Woken() {
    window.onWake([this] { ++wakes; });
  }

  test::Bus bus;
  tincan::Renderer window = bus.attach("window");
  int wakes = 0;
};

}  // namespace

TEST_CASE_METHOD(Woken, "onWake is called for every kind of thing", "[threads]") {
  window.peer().send("x");
  REQUIRE(wakes == 1);
  window.poll();
  window.post([] {});
  REQUIRE(wakes == 2);
  window.poll();
  auto future = window.peer().request("x");
  REQUIRE(wakes == 3);
  window.poll();
  std::thread([&] { window.peer().send("x"); }).join();
  REQUIRE(wakes == 4);
  window.poll();
  REQUIRE(wakes == 4);
}

TEST_CASE("onWake is called at once if there is something already") {
  test::Bus bus;
  auto window = bus.attach("window");
  window.peer().send("x");
  int wakes = 0;
  window.onWake([&] { ++wakes; });
  REQUIRE(wakes == 1);
  window.poll();
  window.peer().send("x");
  REQUIRE(wakes == 2);
}

TEST_CASE_METHOD(Woken, "onWake is called after a poll(most) that has emptied the inbox") {
  window.peer().send("x");
  REQUIRE(wakes == 1);
  REQUIRE(window.poll(1) == 1);  // it is empty now
  window.peer().send("x");
  REQUIRE(wakes == 2);
}

TEST_CASE_METHOD(
    Woken, "onWake after a poll(most) that has left something is not needed, or comes at once") {
  window.peer().send("x");
  window.peer().send("x");
  REQUIRE(window.poll(1) == 1);
  int const between = wakes;
  REQUIRE(window.poll() == 1);
  REQUIRE(wakes == between);
  window.peer().send("x");
  REQUIRE(wakes == between + 1);
}

TEST_CASE_METHOD(Woken, "onWake is called after a run that has returned") {
  window.quit();
  window.run();
  wakes = 0;
  window.peer().send("x");
  REQUIRE(wakes == 1);
}

TEST_CASE_METHOD(Woken, "onWake is called after a pollFor that has emptied the inbox") {
  window.peer().send("x");
  REQUIRE(window.pollFor(1h) == 1);
  window.peer().send("x");
  REQUIRE(wakes == 2);
}
