// tests/loop/cases.hpp - what must hold in each foreign loop
//
// Included once, by the program of a loop, behind its class Loop in an anonymous namespace:
//   std::unique_ptr<...> tie;        the tie; begin() makes it, reset() ends it
//   void begin(tincan::Endpoint&);
//   void runUntil(isOver);           turns, and sleeps while there is nothing to do, until isOver()
//   void soon(std::function<void()>) calls the function in a later turn, as the loop calls its own
//   void update();                   what the tie needs when a timer was made outside of a listener
#pragma once

#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>

#include <tincan/tincan.hpp>

#include "../asleep.hpp"
#include "../unit/child.hpp"
#include "../unit/support.hpp"
#include "catch.hpp"

namespace {

using namespace std::chrono_literals;
using test::Guard;
using tincan::Errc;

/// How many messages go each way: TINCAN_LOOP_MESSAGES, or a number that takes little time.
int messages() {
  char const* const wanted = std::getenv("TINCAN_LOOP_MESSAGES");
  return wanted != nullptr ? std::atoi(wanted) : 20'000;
}

/// A loop, and a window of this thread that is tied to it.
struct TiedWindow {
  TiedWindow() {
    bus.emplace();
    window.emplace(bus->attach("window"));
    loop.begin(*window);
  }

  template <class Condition>
  void runUntil(Condition&& condition) {
    loop.runUntil(condition);
  }
  /// Waits until the loop has come to what is asked now.
  void runOnce() {
    bool isThere = false;
    loop.soon([&] { isThere = true; });
    runUntil([&] { return isThere; });
  }

  Guard const guard;
  Loop loop;  // ends last, as a toolkit does
  std::string log;
  std::optional<tincan::Bus> bus;
  std::optional<tincan::Renderer> window;
};

}  // namespace

// ---- messages -----------------------------------------------------------------------------------------

TEST_CASE("loop: many messages go both ways, in their order") {
  Guard const guard;
  int const count = messages();
  Loop loop;
  tincan::Bus bus;
  tincan::Main& gui = bus.main();
  int pings = 0, pongs = 0;
  bool areInOrder = true;
  std::atomic<int> theirPongs{0};
  gui.on("ping", [&](tincan::Event& event, int number) {
    areInOrder = areInOrder && number == pings++;
    event.reply("pong", number);
  });
  gui.on("pong", [&](int number) { areInOrder = areInOrder && number == pongs++; });
  loop.begin(gui);
  auto const other = bus.spawn("other", [&](tincan::Renderer& ipc) {
    ipc.on("ping", [](tincan::Event& event, int number) { event.reply("pong", number); });
    ipc.on("pong", [&] { ++theirPongs; });
    for (int i = 0; i < count; ++i) ipc.send("ping", i);
    ipc.run();
  });
  for (int i = 0; i < count; ++i) other.peer().send("ping", i);
  loop.runUntil([&] { return pings == count && pongs == count; });
  while (theirPongs < count) std::this_thread::yield();
  REQUIRE(areInOrder);
  loop.tie.reset();
}

TEST_CASE_METHOD(TiedWindow, "loop: a message wakes it") {
  constexpr int Times = 20;
  std::atomic<int> handled{0};
  window->on("x", [&] { ++handled; });
  std::jthread const sender([&, loopsThread = test::ownThread(), peer = window->peer()] {
    for (int i = 0; i < Times; ++i) {
      while (handled < i || !test::isAsleep(loopsThread)) std::this_thread::yield();
      peer.send("x");
    }
  });
  runUntil([&] { return handled == Times; });
}

TEST_CASE("loop: what has come before the tie is handled") {
  Guard const guard;
  Loop loop;
  tincan::Bus bus;
  int handled = 0;
  bus.main().on("x", [&] { ++handled; });
  bus.main().peer().send("x");
  loop.begin(bus.main());
  loop.runUntil([&] { return handled > 0; });
  loop.tie.reset();
}

TEST_CASE_METHOD(TiedWindow, "loop: what is posted by another thread is called") {
  std::jthread const other([&] { window->post([&] { log = "posted"; }); });
  runUntil([&] { return !log.empty(); });
}

TEST_CASE_METHOD(TiedWindow, "loop: after some messages its own callbacks have their turn") {
  constexpr int Many = 5000;
  int handled = 0, handledBefore = Many;
  window->on("x", [&] { ++handled; });
  for (int i = 0; i < Many; ++i) window->peer().send("x");
  loop.soon([&] { handledBefore = handled; });
  runUntil([&] { return handled == Many; });
  runOnce();
  REQUIRE(handledBefore < Many);
}

TEST_CASE_METHOD(TiedWindow, "loop: a listener that throws does not end it") {
  test::Reports const reports(*bus);
  window->on("x", [](int number) {
    if (number == 1) throw std::runtime_error("no");
  });
  window->on("x", [&](int number) { log += std::to_string(number); });
  for (int const number : {1, 2}) window->peer().send("x", number);
  runUntil([&] { return log.size() == 2; });
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE_METHOD(TiedWindow, "loop: a coroutine goes on with the answer") {
  auto const other = bus->spawn("other", [](tincan::Renderer& ipc) {
    ipc.handle("twice", [](int number) { return 2 * number; });
    ipc.run();
  });
  int answer = 0;
  window->post([&]() -> tincan::Task<> { answer = co_await other.peer().invoke<int>("twice", 4); });
  runUntil([&] { return answer != 0; });
  REQUIRE(answer == 8);
}

// ---- timers -----------------------------------------------------------------------------------------

TEST_CASE_METHOD(TiedWindow,
                 "loop: timers that were made before it runs are called in their order") {
  window->after(6ms, [&] { log += 'c'; });
  window->after(1ms, [&] { log += 'a'; });
  window->after(3ms, [&] { log += 'b'; });
  loop.update();
  runUntil([&] { return log.size() == 3; });
  REQUIRE(log == "abc");
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer that its own callback has made is called") {
  loop.soon([&] {
    window->after(1ms, [&] { log += 'b'; });
    loop.update();
    log += 'a';
  });
  runUntil([&] { return log == "ab"; });
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer that its own callback has made may be the next one") {
  window->after(1h, [&] { log += 'z'; });
  loop.update();
  runOnce();
  loop.soon([&] {
    window->after(1ms, [&] { log += 'a'; });
    loop.update();
  });
  runUntil([&] { return !log.empty(); });
  REQUIRE(log == "a");
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer that a timer has made is called") {
  window->after(1ms, [&] { window->after(1ms, [&] { log = "second"; }); });
  loop.update();
  runUntil([&] { return !log.empty(); });
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer that a listener has made is called") {
  window->on("x", [&] { window->after(1ms, [&] { log = "late"; }); });
  std::jthread const sender([peer = window->peer()] { peer.send("x"); });
  runUntil([&] { return !log.empty(); });
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer that repeats is called until it is cancelled") {
  tincan::Timer const timer = window->every(1ms, [&] { log += 'x'; });
  loop.update();
  runUntil([&] { return log.size() == 3; });
  timer.cancel();
  loop.update();
  window->after(5ms, [&] { log += '.'; });
  loop.update();
  runUntil([&] { return log.back() == '.'; });
  REQUIRE(log == "xxx.");
}

TEST_CASE_METHOD(TiedWindow, "loop: a coroutine that sleeps goes on") {
  window->post([&]() -> tincan::Task<> {
    co_await window->sleep(1ms);
    log = "awake";
  });
  runUntil([&] { return !log.empty(); });
}

TEST_CASE_METHOD(TiedWindow, "loop: an answer that does not come is a Timeout") {
  tincan::Renderer const silent = bus->attach("silent");
  std::optional<Errc> code;
  silent.peer().within(2ms).request<int>("x").then(*window, [&](tincan::Future<int> answer) {
    code = test::codeOf([&] { return answer.get(); });
  });
  loop.update();
  runUntil([&] { return code.has_value(); });
  REQUIRE(code == Errc::Timeout);
}

// ---- ends -------------------------------------------------------------------------------------------

TEST_CASE_METHOD(TiedWindow, "loop: closing the bus on another thread wakes it") {
  tincan::Renderer const silent = bus->attach("silent");
  std::optional<Errc> code;
  std::optional<tincan::Task<>> task;
  window->post([&] {
    task.emplace([](auto& asked, auto& end) -> tincan::Task<> {
      try {
        co_await asked.peer().template request<int>("never answered");
      } catch (tincan::Error const& error) {
        end = error.code();
      }
    }(silent, code));
  });
  std::jthread const closer([&, loopsThread = test::ownThread()] {
    while (!test::isAsleep(loopsThread)) std::this_thread::yield();
    bus->close();
  });
  runUntil([&] { return code.has_value(); });
  REQUIRE(code == Errc::Closed);
}

TEST_CASE_METHOD(TiedWindow,
                 "loop: the tie may end before its endpoint, which is polled as before") {
  window->after(0ms, [&] { log += 't'; });
  window->on("x", [&] { log += 'x'; });
  loop.tie.reset();
  window->peer().send("x");
  runOnce();
  REQUIRE(log.empty());
  window->poll();
  REQUIRE(log == "tx");
}

TEST_CASE_METHOD(TiedWindow, "loop: a tie may follow another one") {
  window->on("x", [&] { log += 'x'; });
  for (std::size_t i = 1; i <= 3; ++i) {
    loop.tie.reset();
    loop.begin(*window);
    window->peer().send("x");
    runUntil([&] { return log.size() == i; });
  }
}

TEST_CASE_METHOD(TiedWindow, "loop: the endpoint may end before its tie") {
  window->after(1ms, [&] { log += 't'; });
  window->peer().send("x");
  loop.update();
  window.reset();
  for (int i = 0; i < 3; ++i) runOnce();
  loop.update();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(TiedWindow, "loop: the bus may end before the endpoint and its tie") {
  window->after(1ms, [&] { log += 't'; });
  loop.update();
  bus.reset();
  for (int i = 0; i < 3; ++i) runOnce();
  window.reset();
  runOnce();
  REQUIRE(log.empty());
}

TEST_CASE_METHOD(TiedWindow, "loop: the tie may end once its endpoint is closed") {
  bus->close();
  loop.tie.reset();
  runOnce();
}

TEST_CASE_METHOD(TiedWindow, "loop: a listener may end the tie") {
  window->on("x", [&] {
    loop.tie.reset();
    log = "ended";
  });
  window->peer().send("x");
  runUntil([&] { return !log.empty(); });
  runOnce();
}

TEST_CASE_METHOD(TiedWindow, "loop: a timer may end the tie") {
  window->after(1ms, [&] {
    loop.tie.reset();
    log = "ended";
  });
  loop.update();
  runUntil([&] { return !log.empty(); });
  runOnce();
}

TEST_CASE_METHOD(TiedWindow, "loop: a listener may close the bus") {
  window->on("x", [&] {
    bus->close();
    log = "closed";
  });
  window->peer().send("x");
  runUntil([&] { return !log.empty(); });
  runOnce();
}

TEST_CASE_METHOD(TiedWindow, "loop: a listener may end the endpoint") {
  window->on("x", [&] {
    window.reset();
    log = "ended";
  });
  window->peer().send("x");
  runUntil([&] { return !log.empty(); });
  runOnce();
}

TEST_CASE("loop: an endpoint of another thread, or a closed one, cannot be tied") {
  Guard const guard;
  Loop loop;
  tincan::Bus bus;
  tincan::Renderer theirs = bus.attach("theirs");
  std::thread([&] { theirs.poll(); }).join();
  REQUIRE(test::codeOf([&] { return loop.begin(theirs), 0; }) == Errc::WrongThread);
  bus.close();
  REQUIRE(test::codeOf([&] { return loop.begin(bus.main()), 0; }) == Errc::Closed);
}

TEST_CASE("loop: ties, endpoints and a bus end while others send") {
  Guard const guard;
  Loop loop;
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    std::optional<tincan::Renderer> window(bus.attach("window"));
    int handled = 0;
    window->on("x", [&] { ++handled; });
    loop.begin(*window);
    std::array<std::jthread, 2> senders;
    for (auto& sender : senders) {
      sender = std::jthread([peer = window->peer()](std::stop_token const& stop) {
        while (!stop.stop_requested() && peer.send("x") == tincan::SendResult::Queued) {
          std::this_thread::yield();
        }
      });
    }
    loop.runUntil([&] { return handled >= 20; });
    if (round % 3 == 0) loop.tie.reset();
    else if (round % 3 == 1) window.reset();
    else std::thread([&] { bus.close(); }).join();
    for (auto& sender : senders) sender.request_stop();
    for (auto& sender : senders) sender.join();
    loop.tie.reset();
  }
}

// ---- by hand: the program's name and [measure] --------------------------------------------------------

TEST_CASE_METHOD(TiedWindow, "loop: measure", "[.][measure]") {
  using Clock = std::chrono::steady_clock;
  constexpr int Count = 100'000;
  auto const seconds = [](Clock::duration time) {
    return std::chrono::duration<double>(time).count();
  };
  auto const other = bus->spawn("other", [](tincan::Renderer& ipc) {
    ipc.on("ping", [](tincan::Event& event, int number) { event.reply("pong", number); });
    ipc.run();
  });
  tincan::Peer const to = *window->peer("other");
  int pongs = 0;
  window->on("pong", [&] { ++pongs; });
  auto const begin = Clock::now();
  for (int i = 0; i < Count; ++i) to.send("ping", i);
  runUntil([&] { return pongs == Count; });
  std::cout << Count << " messages there and back: " << seconds(Clock::now() - begin) << " s\n";

  constexpr int Turns = 2000;
  auto const beginOfTurns = Clock::now();
  for (pongs = 0; pongs < Turns;) {
    int const before = pongs;
    to.send("ping", 0);
    runUntil([&] { return pongs > before; });
  }
  std::cout << "one there and back: " << seconds(Clock::now() - beginOfTurns) / Turns * 1e6
            << " us\n";

  Clock::duration worst{0};
  for (int i = 0; i < 200; ++i) {
    bool isCalled = false;
    auto const due = Clock::now() + 5ms;
    window->after(5ms, [&] {
      worst = (std::max)(worst, Clock::now() - due);
      isCalled = true;
    });
    loop.update();
    runUntil([&] { return isCalled; });
  }
  std::cout << "a timer of 5 ms, the latest of 200: " << seconds(worst) * 1e3 << " ms late\n";

  auto const processor = [] {
    ::rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto const of = [](::timeval const& time) {
      return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
    };
    return of(usage.ru_utime) + of(usage.ru_stime);
  };
  bool isOver = false;
  double const before = processor();
  window->after(2s, [&] { isOver = true; });
  loop.update();
  runUntil([&] { return isOver; });
  std::cout << "2 s without anything to do: " << processor() - before << " ms of a processor\n";
}
