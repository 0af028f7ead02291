// tests/unit/run_for.cpp - runFor and runUntil
#include <chrono>
#include <functional>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

TEST_CASE_METHOD(MainAndWindow, "runFor: until the time is up, and counts as poll does") {
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  main.post([this] { log.push_back("posted"); });
  main.after(0s, [this] { log.push_back("timer"); });
  auto const begun = Clock::now();
  CHECK(main.runFor(100ms) == 2);  // more than a busy machine takes for three functions
  CHECK(Clock::now() >= begun + 100ms);
  CHECK(log == Log{"timer", "message", "posted"});
}

TEST_CASE_METHOD(MainAndWindow, "runUntil: until that moment") {
  main.on("x", [this] { log.push_back("message"); });
  main.after(0ms, [this] { ipc.peer().send("nobody"), ipc.send("x"); });
  auto const moment = Clock::now() + 100ms;
  CHECK(main.runUntil(moment) == 1);
  CHECK(Clock::now() >= moment);
  CHECK(log == Log{"message"});
}

TEST_CASE_METHOD(MainAndWindow, "runFor and runUntil: a time that has passed is one poll") {
  main.on("x", [this] {
    log.push_back("message");
    ipc.send("y");
  });
  main.on("y", [this] { log.push_back("answer"); });
  ipc.send("x");
  CHECK(main.runFor(0s) == 1);
  CHECK(log == Log{"message"});
  CHECK(main.runFor(-1h) == 1);
  CHECK(log == Log{"message", "answer"});
  ipc.send("x");
  CHECK(main.runUntil(Clock::now() - 1h) == 1);
  CHECK(main.runUntil(Clock::time_point::min()) == 1);
  CHECK(main.runUntil(Clock::time_point()) == 0);
}

TEST_CASE_METHOD(MainAndWindow,
                 "runFor: a quit ends it, once, and what was queued before is handled") {
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  main.quit();
  ipc.send("x");
  CHECK(main.runFor(1h) == 1);
  main.after(0s, [this] { main.quit(); });
  CHECK(main.runFor(1h) == 1);  // else that one would have ended it
  CHECK(log.size() == 2);
  CHECK(main.runFor(1ms) == 0);
}

TEST_CASE_METHOD(MainAndWindow, "runFor: a time that never comes") {
  main.after(1ms, [this] { main.quit(); });
  CHECK(main.runFor(std::chrono::nanoseconds::max()) == 0);
  main.quit();
  CHECK(main.runUntil(Clock::time_point::max()) == 0);
}

TEST_CASE_METHOD(MainAndWindow, "runFor: timers that are due at its end have run") {
  int ticks = 0;
  main.after(2ms, [this] { log.push_back("timer"); });
  main.every(1ns, [&] { ++ticks; });
  main.runFor(2ms);
  CHECK(log == Log{"timer"});
  CHECK(ticks > 0);
}

TEST_CASE_METHOD(MainAndWindow, "runFor: messages that never end do not keep it") {
  main.on("x", [this] { ipc.send("x"); });
  ipc.send("x");
  CHECK(main.runFor(2ms) > 0);
}

TEST_CASE_METHOD(MainAndWindow, "runFor: of an endpoint that is closed, or closes") {
  ipc.after(0s, [this] { ipc.close(); });
  CHECK(ipc.runFor(1h) == 0);
  CHECK(ipc.runFor(1h) == 0);
  CHECK(ipc.runUntil(Clock::now() + 1h) == 0);
}

TEST_CASE_METHOD(MainAndWindow, "runFor: binds the endpoint to its thread, as run does") {
  main.runFor(0s);
  std::optional<Errc> code;
  std::thread([&] { code = codeOf([&] { return main.runFor(1ms); }); }).join();
  CHECK(code == Errc::WrongThread);
}

TEST_CASE("runFor: sleeps, and a message from another thread wakes it", "[threads]") {
  test::Bus bus;
  int got = 0;
  bus.main().on("x", [&] {
    if (++got == 2) bus.main().quit();
  });
  auto const window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.send("x");
    ipc.runFor(1ms);
    ipc.send("x");
  });
  CHECK(bus.main().runFor(1h) == 2);
}

TEST_CASE_METHOD(MainAndWindow,
                 "runUntil: uses up one quit, and what was queued before is handled") {
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  main.quit();
  ipc.send("x");
  main.quit();
  CHECK(main.runUntil(Clock::now() + 1h) == 1);
  CHECK(main.runUntil(Clock::now() + 1h) == 1);
  CHECK(main.runFor(0s) == 0);
}

TEST_CASE_METHOD(MainAndWindow,
                 "runFor: its quit is over when it has returned, and the next stop token is new") {
  auto const stop = main.stopToken();
  main.quit();
  main.runFor(1h);
  CHECK(stop.stop_requested());
  CHECK_FALSE(main.stopToken().stop_requested());
}

TEST_CASE("runFor: a quit, and the end of the bus, on another thread end its sleep", "[threads]") {
  test::Bus bus;
  std::thread quits([&] { bus.main().quit(); });
  CHECK(bus.main().runFor(1h) == 0);
  quits.join();
  std::thread closes([&] { bus.close(); });
  CHECK(bus.main().runUntil(Clock::now() + 1h) == 0);
  closes.join();
}
