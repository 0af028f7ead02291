// tests/unit/sleeping.cpp - co_await ipc.sleep(...)
//
// tests/testing/timers.cpp has the moments, in virtual time.
#include <chrono>
#include <coroutine>
#include <memory>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// Main, and coroutines that sleep there and write down how that ended.
struct Sleepers : MainAndWindow {
  Task<> sleepAt(tincan::Endpoint& where, std::string name, std::chrono::nanoseconds time,
                 [[maybe_unused]] Counted held = Counted(1)) {
    try {
      co_await where.sleep(time);
      log.push_back(name);
    } catch (tincan::Error const& error) {
      log.push_back(name + " " + std::string(tincan::toString(error.code())));
    }
  }
};

/// A coroutine that is no Task, and that its owner destroys.
struct Sleeper {
  struct promise_type {
    Sleeper get_return_object() {
      return Sleeper{std::coroutine_handle<promise_type>::from_promise(*this)};
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept {}
  };
  std::coroutine_handle<promise_type> coroutine;
};

}  // namespace

TEST_CASE_METHOD(Sleepers, "sleep: the coroutine goes on in a poll, not before its time") {
  main.poll();
  auto const begun = Clock::now();
  auto const coroutine = [&]() -> Task<> {
    co_await main.sleep(2ms);
    log.push_back(Clock::now() >= begun + 2ms ? "slept" : "early");
    main.quit();
  };
  main.post(coroutine);
  main.run();
  CHECK(log == Log{"slept"});
  CHECK_FALSE(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(Sleepers, "sleep: no time at all is until the next poll") {
  main.poll();
  static_cast<void>(sleepAt(main, "zero", 0s));
  static_cast<void>(sleepAt(main, "negative", -1h));
  CHECK(log.empty());
  REQUIRE(main.nextDeadline().has_value());
  CHECK(main.poll() == 0);
  CHECK(log == Log{"zero", "negative"});
}

TEST_CASE_METHOD(Sleepers, "sleep: coroutines and timers go on in the order of their making") {
  main.poll();
  main.after(0s, [this] { log.push_back("first"); });
  static_cast<void>(sleepAt(main, "second", 0s));
  main.after(0s, [this] { log.push_back("third"); });
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  CHECK(main.poll() == 1);
  CHECK(log == Log{"first", "second", "third", "message"});
}

TEST_CASE_METHOD(Sleepers, "sleep: one that sleeps again and again leaves the others their turn") {
  auto const restless = [this]() -> Task<> {
    for (int i = 0; i < 3; ++i) {
      log.push_back("turn");
      co_await main.sleep(0s);
    }
  };
  main.post(restless);
  main.post([this] { log.push_back("posted"); });
  CHECK(main.poll() == 2);
  CHECK(log == Log{"turn", "posted"});
  main.poll();
  CHECK(log.size() == 3);
  main.poll();
  main.poll();
  CHECK(log == Log{"turn", "posted", "turn", "turn"});
}

TEST_CASE_METHOD(Sleepers, "19: sleep ends with Closed when its endpoint does") {
  int const before = Counted::alive;
  ipc.poll();
  static_cast<void>(sleepAt(ipc, "soon", 0s));
  static_cast<void>(sleepAt(ipc, "late", 1h));
  static_cast<void>(sleepAt(ipc, "never", std::chrono::nanoseconds::max()));
  CHECK(Counted::alive == before + 3);
  ipc.close();
  CHECK(log == Log{"soon Closed", "late Closed", "never Closed"});
  CHECK(Counted::alive == before);
  static_cast<void>(sleepAt(ipc, "closed", 1h));
  CHECK(log.back() == "closed Closed");
}

TEST_CASE_METHOD(Sleepers, "sleep: on another thread") {
  main.poll();
  std::thread([this] { static_cast<void>(sleepAt(main, "elsewhere", 0s)); }).join();
  CHECK(log == Log{"elsewhere WrongThread"});
  CHECK_FALSE(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(Sleepers, "sleep: what destroys the coroutine ends the wait") {
  main.poll();
  auto const sleep = [](tincan::Endpoint& where) -> Sleeper { co_await where.sleep(0s); };
  Sleeper const sleeper = sleep(main);
  CHECK(main.nextDeadline().has_value());
  sleeper.coroutine.destroy();
  CHECK_FALSE(main.nextDeadline().has_value());
  main.poll();
}

TEST_CASE_METHOD(Sleepers, "sleep: its time begins when a coroutine waits for it") {
  main.poll();
  auto later = std::make_unique<decltype(main.sleep(0s))>(main.sleep(1h));
  CHECK_FALSE(main.nextDeadline().has_value());
  auto const coroutine = [&later]() -> Task<> { co_await *later; };
  static_cast<void>(coroutine());
  CHECK(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(Sleepers, "14: a Task that sleeps is waited for as its endpoint's thread is") {
  // Main asks the window, whose Task sleeps at the window: the window's thread would have to poll, and that is
  // this one.
  ipc.poll();
  main.poll();
  ipc.handle("ask", [this]() -> Task<int> {
    co_await ipc.sleep(1h);
    co_return 1;
  });
  auto answer = main.renderer("window")->invoke<int>("ask");
  ipc.poll();
  CHECK(codeOf([&] { return answer.get(); }) == Errc::Deadlock);
}
