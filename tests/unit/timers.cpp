// tests/unit/timers.cpp - after and every
//
// What is due now is called at the next poll, what is due in an hour is not. tests/testing/timers.cpp has the
// moments in between, in virtual time.
#include <chrono>
#include <memory>
#include <stdexcept>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using tincan::Timer;
using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct CalledByTimer {
  static inline int calls = 0;
  static void once() { ++calls; }
};

}  // namespace

// ---- after --------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow, "after: the function runs in a poll, once") {
  main.after(0s, [this] { log.push_back("called"); });
  CHECK(log.empty());
  CHECK(main.poll() == 0);
  CHECK(log == Log{"called"});
  CHECK(main.poll() == 0);
  CHECK(log.size() == 1);
}

TEST_CASE_METHOD(MainAndWindow, "after: not before its time") {
  auto const begun = Clock::now();
  Clock::time_point called;
  main.after(2ms, [&] {
    called = Clock::now();
    main.quit();
  });
  main.after(1h, [this] { log.push_back("an hour later"); });
  main.run();
  CHECK(called >= begun + 2ms);
  CHECK(log.empty());
}

TEST_CASE_METHOD(MainAndWindow, "after: a time that has passed already is the next poll") {
  main.after(-1h, [this] { log.push_back("negative"); });
  main.after(std::chrono::nanoseconds::min(), [this] { log.push_back("least"); });
  main.after(0s, [this] { log.push_back("zero"); });
  CHECK(log.empty());
  main.poll();
  CHECK(log == Log{"negative", "least", "zero"});
}

TEST_CASE_METHOD(MainAndWindow, "after: a time that never comes") {
  auto timer = main.after(std::chrono::nanoseconds::max(), [this] { log.push_back("called"); });
  CHECK_FALSE(main.nextDeadline().has_value());
  main.poll();
  CHECK(log.empty());
  CHECK(timer.cancel());
}

TEST_CASE_METHOD(
    MainAndWindow,
    "after: one that is made by a timer waits for the next poll, however early it is") {
  std::function<void()> const again = [&] {
    log.push_back("called");
    if (log.size() < 3) main.after(-1s, again);
  };
  main.after(0s, again);
  main.poll();
  CHECK(log.size() == 1);
  main.poll();
  CHECK(log.size() == 2);
  main.poll();
  main.poll();
  CHECK(log.size() == 3);
}

TEST_CASE_METHOD(MainAndWindow, "timers that are due run before messages") {
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  main.after(0s, [this] { log.push_back("timer"); });
  ipc.send("x");
  CHECK(main.poll() == 2);
  CHECK(log == Log{"timer", "message", "message"});
}

TEST_CASE_METHOD(MainAndWindow, "timers do not count towards poll(n), nor in what poll returns") {
  main.on("x", [this] { log.push_back("message"); });
  for (int i = 0; i < 3; ++i) {
    ipc.send("x");
    main.after(0s, [this] { log.push_back("timer"); });
  }
  CHECK(main.poll(1) == 1);
  CHECK(log == Log{"timer", "timer", "timer", "message"});
  main.after(0s, [this] { log.push_back("timer"); });
  CHECK(main.poll(0) == 0);
  CHECK(log.back() == "timer");
  main.after(0s, [this] { log.push_back("late timer"); });
  CHECK(main.pollFor(1h) == 2);
  CHECK(log.size() == 8);
}

TEST_CASE_METHOD(MainAndWindow, "timers run in a poll inside of a handler, too, each once") {
  main.on("x", [this] {
    main.after(0s, [this] { log.push_back("timer"); });
    main.poll();
    log.push_back("message");
  });
  ipc.send("x");
  main.poll();
  CHECK(log == Log{"timer", "message"});
}

TEST_CASE_METHOD(MainAndWindow, "timers of one moment run in the order of their making") {
  // Virtual time makes moments equal, see tests/testing/timers.cpp; here they are only due together.
  for (char name = 'a'; name < 'k'; ++name) {
    main.after(0s, [this, name] { log.push_back(std::string(1, name)); });
  }
  main.poll();
  CHECK(log == Log{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"});
}

TEST_CASE_METHOD(MainAndWindow,
                 "after: what the function throws goes to onError, without a channel") {
  main.after(0s, [] { throw std::runtime_error("lost"); });
  main.after(0s, [] { throw 42; });
  main.after(0s, [this] { log.push_back("the next one"); });
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  CHECK(main.poll() == 1);
  CHECK(log == Log{"the next one", "message"});
  CHECK(reports.errors() == Log{" main>main: lost", " main>main: ?"});
}

TEST_CASE_METHOD(MainAndWindow, "after: functions of any kind") {
  CalledByTimer::calls = 0;
  main.after(0s, &CalledByTimer::once);
  main.after(0s, [held = std::make_unique<int>(5), this] { log.push_back(std::to_string(*held)); });
  main.after(0s, [this]() -> int {
    log.push_back("result");
    return 1;
  });
  std::function<void()> const function = [this] { log.push_back("std::function"); };
  main.after(0s, function);
  main.poll();
  CHECK(CalledByTimer::calls == 1);
  CHECK(log == Log{"5", "result", "std::function"});
}

TEST_CASE_METHOD(MainAndWindow, "after and every: a null function is refused at once") {
  void (*nothing)() = nullptr;
  CHECK_THROWS_AS(main.after(1s, nothing), std::invalid_argument);
  CHECK_THROWS_AS(main.every(1s, nothing), std::invalid_argument);
  CHECK_THROWS_AS(main.after(1s, std::function<void()>()), std::invalid_argument);
  CHECK_THROWS_AS(main.every(1s, std::function<void()>()), std::invalid_argument);
  CHECK_FALSE(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(MainAndWindow, "after: on another thread, and on an endpoint that is closed") {
  main.poll();
  std::optional<Errc> after, every, cancel;
  auto timer = main.after(1h, [] {});
  std::thread([&] {
    after = codeOf([&] { main.after(1s, [] {}); });
    every = codeOf([&] { main.every(1s, [] {}); });
    cancel = codeOf([&] { return timer.cancel(); });
  }).join();
  CHECK(after == Errc::WrongThread);
  CHECK(every == Errc::WrongThread);
  CHECK(cancel == Errc::WrongThread);
  CHECK(timer.cancel());
  ipc.close();
  CHECK(codeOf([&] { ipc.after(1s, [] {}); }) == Errc::Closed);
  CHECK(codeOf([&] { ipc.every(1s, [] {}); }) == Errc::Closed);
}

TEST_CASE_METHOD(MainAndWindow, "S: what a timer sends by a handle comes from its endpoint") {
  std::vector<std::string> senders;
  main.on("who", [&](tincan::Event& event) { senders.push_back(event.sender.name()); });
  auto other = bus.attach("other");
  other.poll();
  ipc.after(0s, [&] { main.peer().send("who"); });
  ipc.poll();
  main.poll();
  CHECK(senders == std::vector<std::string>{"window"});
}

// ---- every --------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow, "every: again and again, until it is cancelled") {
  Timer timer;
  auto const begun = Clock::now();
  timer = main.every(1ms, [&] {
    if (++calls < 3) return;
    CHECK(timer.cancel());
    main.quit();
  });
  main.poll();
  main.run();
  CHECK(calls == 3);
  CHECK(Clock::now() >= begun + 3ms);
  CHECK_FALSE(main.nextDeadline().has_value());
  CHECK_FALSE(timer.cancel());
}

TEST_CASE_METHOD(MainAndWindow, "every: the first run is after one period") {
  auto const begun = Clock::now();
  main.every(1h, [this] { log.push_back("called"); });
  main.poll();
  CHECK(log.empty());
  REQUIRE(main.nextDeadline().has_value());
  CHECK(*main.nextDeadline() >= begun + 1h);
}

TEST_CASE_METHOD(MainAndWindow, "every: a period of nothing or less is refused") {
  CHECK_THROWS_AS(main.every(0s, [] {}), std::invalid_argument);
  CHECK_THROWS_AS(main.every(-1s, [] {}), std::invalid_argument);
  CHECK(contains(whatOf([&] { main.every(0s, [] {}); }), "every"));
  CHECK_FALSE(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(MainAndWindow, "every: goes on after an exception") {
  main.every(1ns, [&] {
    if (++calls == 3) main.quit();
    throw std::runtime_error("lost");
  });
  main.run();
  CHECK(calls == 3);
  CHECK(reports.errors() == Log(3, " main>main: lost"));
}

TEST_CASE_METHOD(MainAndWindow,
                 "every: one that is always late neither blocks messages nor others") {
  main.on("x", [this] { log.push_back("message"); });
  main.every(1ns, [&] { ++calls; });
  main.every(1ns, [this] { log.push_back("other"); });
  ipc.send("x");
  CHECK(main.poll() == 1);
  CHECK(calls == 1);
  CHECK(log == Log{"other", "message"});
}

TEST_CASE_METHOD(MainAndWindow, "every: does not run inside of itself") {
  int depth = 0, deepest = 0;
  Timer const timer = main.every(1ns, [&] {
    deepest = std::max(deepest, ++depth);
    ++calls;
    for (int i = 0; i < 5; ++i) main.poll();
    --depth;
  });
  for (int i = 0; i < 3; ++i) main.poll();
  CHECK(deepest == 1);
  CHECK(calls == 3);
  CHECK(timer.cancel());
}

TEST_CASE_METHOD(MainAndWindow, "every: one that polls is not forgotten by that poll") {
  main.every(1ns, [&] {
    main.poll();  // which finds no other timer
    ++calls;
  });
  main.poll();
  main.poll();
  CHECK(calls == 2);
}

// ---- cancel -------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow, "cancel: the function is not called, and ends at once") {
  int const before = Counted::alive;
  auto timer = main.after(0s, [this, held = Counted(1)] { log.push_back("called"); });
  auto const copy = timer;
  CHECK(Counted::alive == before + 1);
  CHECK(copy.cancel());
  CHECK(Counted::alive == before);
  CHECK_FALSE(timer.cancel());
  main.poll();
  CHECK(log.empty());
}

TEST_CASE("cancel: a token without a timer, or of one that has run, or whose endpoint has ended") {
  CHECK_FALSE(Timer().cancel());
  Timer ran, ended;
  {
    test::Bus bus;
    ran = bus.main().after(0s, [] {});
    bus.main().poll();
    CHECK_FALSE(ran.cancel());
    ended = bus.main().after(1h, [] {});
  }
  CHECK_FALSE(ran.cancel());
  CHECK_FALSE(ended.cancel());
}

TEST_CASE_METHOD(MainAndWindow,
                 "cancel: by the function itself, by another one, and of another one") {
  int const before = Counted::alive;
  Timer self, first, second;
  self = main.after(0s, [&, held = Counted(7)] {
    CHECK_FALSE(self.cancel());  // it has begun
    log.push_back(std::to_string(held.number));
  });
  first = main.after(0s, [&] {
    log.push_back("first");
    CHECK(second.cancel());
  });
  second = main.after(0s, [&, held = Counted(1)] { log.push_back("second"); });
  main.poll();
  CHECK(log == Log{"7", "first"});
  CHECK(Counted::alive == before);
}

TEST_CASE_METHOD(MainAndWindow, "cancel: what a function holds is there until it returns") {
  int const before = Counted::alive;
  Timer timer;
  timer = main.every(1ns, [&, held = Counted(7)] {
    CHECK(timer.cancel());
    CHECK_FALSE(timer.cancel());
    CHECK(Counted::alive == before + 1);
    log.push_back(std::to_string(held.number));
  });
  main.poll();
  CHECK(log == Log{"7"});
  CHECK(Counted::alive == before);
}

TEST_CASE_METHOD(MainAndWindow,
                 "cancel: what ends with the function may cancel, too, and make timers") {
  Timer timer;
  timer = main.after(1h, [end = AtEnd([&] {
                            CHECK_FALSE(timer.cancel());
                            main.after(0s, [this] { log.push_back("made at the end"); });
                          })] {});
  CHECK(timer.cancel());
  main.poll();
  CHECK(log == Log{"made at the end"});
}

// ---- nextDeadline -------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "nextDeadline: the first timer, or the first deadline of an answer") {
  CHECK_FALSE(main.nextDeadline().has_value());
  auto const begun = Clock::now();
  auto late = main.after(3h, [] {});
  REQUIRE(main.nextDeadline().has_value());
  auto const first = *main.nextDeadline();
  CHECK(first >= begun + 3h);
  auto early = main.after(1h, [] {});
  CHECK(*main.nextDeadline() < first);
  CHECK(*main.nextDeadline() >= begun + 1h);
  early.cancel();
  CHECK(*main.nextDeadline() == first);
  main.renderer("window")->within(2h).request<int>("nobody").then(main, [](auto) {});
  CHECK(*main.nextDeadline() < first);
  late.cancel();
  CHECK(main.nextDeadline().has_value());
  main.after(0s, [] {});
  CHECK(*main.nextDeadline() <= Clock::now());
}

// ---- ends ---------------------------------------------------------------------------------------

TEST_CASE("19: timers end with their endpoint: functions are destroyed, not called") {
  int const before = Counted::alive;
  int calls = 0;
  auto bus = std::make_unique<test::Bus>();
  auto renderer = std::make_unique<tincan::Renderer>(bus->attach("window"));
  auto const fill = [&](tincan::Endpoint& endpoint) {
    endpoint.after(0s, [&, held = Counted(1)] { ++calls; });
    endpoint.after(1h, [&, held = Counted(1)] { ++calls; });
    endpoint.every(1ns, [&, held = Counted(1)] { ++calls; });
  };
  SECTION("close") {
    renderer->poll();
    fill(*renderer);
    renderer->close();
    CHECK(Counted::alive == before);
    CHECK(renderer->poll() == 0);
  }
  SECTION("the handle's end") {
    fill(*renderer);
    renderer.reset();
    CHECK(Counted::alive == before);
  }
  SECTION("the bus's end") {
    fill(*renderer);
    fill(bus->main());
    bus->close();
    bus.reset();
    renderer.reset();
    CHECK(Counted::alive == before);
  }
  CHECK(calls == 0);
}

TEST_CASE_METHOD(MainAndWindow, "19: a timer closes its endpoint: the others are not called") {
  int const before = Counted::alive;
  ipc.after(0s, [this] {
    log.push_back("first");
    ipc.close();
  });
  ipc.after(0s, [this, held = Counted(1)] { log.push_back("second"); });
  ipc.every(1ns, [this, held = Counted(1)] { log.push_back("third"); });
  ipc.poll();
  CHECK(log == Log{"first"});
  CHECK(Counted::alive == before);
  CHECK_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE_METHOD(MainAndWindow, "19: a repeated timer ends its own endpoint") {
  int const before = Counted::alive;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("brief"));
  window->every(1ns, [&, held = Counted(1)] {
    window.reset();
    log.push_back(std::to_string(held.number));
  });
  window->poll();
  CHECK(log == Log{"1"});
  CHECK(Counted::alive == before);
}

TEST_CASE_METHOD(MainAndWindow, "timers quit a run, and what was queued before is handled") {
  main.on("x", [this] { log.push_back("message"); });
  ipc.send("x");
  main.after(0s, [this] {
    log.push_back("timer");
    main.quit();
  });
  main.run();
  CHECK(log == Log{"timer", "message"});
}

TEST_CASE("timers of an endpoint that is handed over before its first poll") {
  test::Bus bus;
  int calls = 0;
  auto renderer = bus.attach("window");
  renderer.after(0s, [&] { ++calls; });
  std::thread([&calls, mine = std::move(renderer)]() mutable {
    mine.after(0s, [&] { ++calls; });
    mine.poll();
  }).join();
  CHECK(calls == 2);
}

// ---- Tasks --------------------------------------------------------------------------------------

TEST_CASE_METHOD(MainAndWindow,
                 "after: the Task of a coroutine goes on, with what the function holds") {
  int const before = Counted::alive;
  main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  ipc.after(0s, [this, held = Counted(5)]() -> Task<> {
    int const answer = co_await ipc.request<int>("gate");
    log.push_back(std::to_string(answer + held.number));
  });
  ipc.poll();
  main.poll();
  CHECK(Counted::alive == before + 1);
  CHECK(log.empty());
  gates[0].set(2);
  ipc.poll();
  CHECK(log == Log{"7"});
  CHECK(Counted::alive == before);
}

TEST_CASE_METHOD(MainAndWindow, "every: Tasks of several runs go on beside one another") {
  int const before = Counted::alive;
  main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  auto const timer = ipc.every(1ns, [this, held = Counted(5)]() -> Task<> {
    int const answer = co_await ipc.request<int>("gate");
    log.push_back(std::to_string(answer + held.number));
  });
  for (int i = 0; i < 3; ++i) {
    ipc.poll();
    main.poll();
  }
  REQUIRE(gates.size() == 3);
  CHECK(timer.cancel());
  CHECK(Counted::alive == before + 1);
  gates[1].set(1);
  gates[0].set(2);
  gates[2].set(3);
  ipc.poll();
  CHECK(log == Log{"6", "7", "8"});
  CHECK(Counted::alive == before);
}

TEST_CASE_METHOD(MainAndWindow, "timers: what a Task throws goes to onError, without a channel") {
  auto const throwing = []() -> Task<> {
    throw std::runtime_error("lost");
    co_return;
  };
  main.after(0s, throwing);
  auto const timer = main.every(1ns, throwing);
  main.poll();
  timer.cancel();
  CHECK(reports.errors() == Log(2, " main>main: lost"));
}

TEST_CASE_METHOD(MainAndWindow, "19: Tasks of timers end with their endpoint") {
  int const before = Counted::alive;
  main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  auto const wait = [this, held = Counted(5)]() -> Task<> {
    try {
      co_await ipc.request<int>("gate");
    } catch (tincan::Error const& error) {
      log.push_back(std::string(tincan::toString(error.code())));
    }
  };
  ipc.after(0s, wait);
  ipc.every(1ns, wait);
  ipc.poll();
  CHECK(Counted::alive > before + 1);
  ipc.close();
  CHECK(log == Log{"Closed", "Closed"});
  CHECK(Counted::alive == before + 1);  // the one of this test
}
