// tests/testing/timers.cpp - timers and sleeping coroutines in virtual time
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Task;
using tincan::testing::explore;
using tincan::testing::Simulation;
using Log = std::vector<std::string>;

namespace {

/// Main of a simulation, and what its timers write to, with the time of the simulation.
struct TimedMain {
  Simulation sim;
  tincan::Main& main = sim.bus().main();
  Log log;
  int now = 0;  // ms

  void pass(int milliseconds) {
    for (int i = 0; i < milliseconds; ++i) {
      ++now;
      sim.advance(1ms);
    }
  }
  std::function<void()> noting(std::string name) {
    return [this, name] { log.push_back(name + "@" + std::to_string(now)); };
  }
};

}  // namespace

TEST_CASE_METHOD(TimedMain, "timers of a simulation: time stands still until it is told to pass") {
  main.after(2ms, noting("a"));
  sim.runUntilIdle();
  CHECK(log.empty());
  pass(1);
  CHECK(log.empty());
  pass(5);
  CHECK(log == Log{"a@2"});
  CHECK_FALSE(main.nextDeadline().has_value());
}

TEST_CASE_METHOD(TimedMain, "timers of a simulation: what is due already is a step") {
  main.on("x", [this] { log.push_back("message"); });
  main.peer().send("x");
  main.after(0ms, noting("a"));
  main.after(-5ms, noting("b"));
  CHECK(sim.step());
  CHECK(log == Log{"a@0", "b@0", "message"});
  main.after(0ms, noting("c"));
  CHECK_FALSE(sim.step());
  CHECK(log.back() == "c@0");
  main.after(0ms, noting("d"));
  CHECK(main.poll() == 0);
  CHECK(log.back() == "d@0");
}

TEST_CASE_METHOD(TimedMain, "a poll of no messages runs the timers of a simulation that are due") {
  main.on("x", [this] { log.push_back("message"); });
  main.peer().send("x");
  main.after(0ms, noting("a"));
  main.after(1ms, noting("b"));
  CHECK(main.poll(0) == 0);
  CHECK(log == Log{"a@0"});
  main.after(0ms, noting("c"));
  main.after(0ms, noting("d"));
  CHECK(main.pollFor(0ms) == 0);
  CHECK(log == Log{"a@0", "c@0", "d@0"});
  CHECK(main.poll(1) == 1);
  CHECK(log.back() == "message");
}

TEST_CASE_METHOD(TimedMain,
                 "timers of one moment run in the order of their making, however often") {
  main.every(2ms, noting("every 2"));
  main.every(1ms, noting("every 1"));
  main.after(2ms, noting("after 2"));
  pass(2);
  CHECK(log == Log{"every 1@1", "every 2@2", "every 1@2", "after 2@2"});
  log.clear();
  pass(2);
  CHECK(log == Log{"every 1@3", "every 2@4", "every 1@4"});
}

TEST_CASE_METHOD(TimedMain, "every has no drift, and does not make up for runs that are late") {
  main.on("slow", [this](tincan::Event& event) {
    main.after(25ms, [reply = std::make_shared<tincan::Reply>(event.defer())] { reply->set(1); });
  });
  sim.spawn("window", [this](tincan::Renderer& ipc) {
    ipc.every(10ms, [this, &ipc] {
      noting("begins")();
      if (now == 20) ipc.sendSync<int>("slow");
      noting("ends")();
    });
    ipc.run();
  });
  sim.runUntilIdle();
  pass(65);
  CHECK(log == Log{"begins@10", "ends@10", "begins@20", "ends@45", "begins@50", "ends@50",
                   "begins@60", "ends@60"});
}

TEST_CASE_METHOD(TimedMain, "advance: a long time has an end, whatever number of steps it takes") {
  int beats = 0;
  auto const beat = main.every(10ms, [&] { ++beats; });
  sim.advance(200s);
  CHECK(beats == 20'000);
}

TEST_CASE_METHOD(TimedMain, "advance: what goes on for ever at one moment is told") {
  main.on("again", [this] { main.peer().send("again"); });
  main.after(10ms, [this] { main.peer().send("again"); });
  std::string const what = test::whatOf([&] { sim.advance(1h); });
  CHECK(test::contains(what, "these go round: 'again' (main > main)"));
}

TEST_CASE_METHOD(TimedMain, "a coroutine sleeps in virtual time") {
  auto const sleeps = [this](std::string name, std::chrono::milliseconds time) -> Task<> {
    co_await main.sleep(time);
    noting(name)();
    co_await main.sleep(time);
    noting(name + " again")();
  };
  main.post([&] { return sleeps("a", 2ms); });
  main.post([&] { return sleeps("b", 3ms); });
  sim.runUntilIdle();
  pass(6);
  CHECK(log == Log{"a@2", "b@3", "a again@4", "b again@6"});
}

TEST_CASE_METHOD(TimedMain, "timers pass while a body waits for what they bring") {
  main.on("ask", [this](tincan::Event& event) {
    main.after(50ms, [reply = std::make_shared<tincan::Reply>(event.defer())] { reply->set(5); });
  });
  int answer = 0;
  sim.spawn("window", [&](tincan::Renderer& ipc) { answer = ipc.sendSync<int>("ask"); });
  sim.runUntilIdle();
  CHECK(answer == 0);
  sim.advance(49ms);
  CHECK(answer == 0);
  sim.advance(1ms);
  CHECK(answer == 5);
}

TEST_CASE("a timer's function blocks, and others go on meanwhile") {
  Simulation sim;
  Log log;
  sim.bus().main().on("ask", [&](tincan::Event& event) {
    log.push_back("main answers");
    event.returnValue = 1;
  });
  sim.bus().main().after(10ms, [&] { log.push_back("main's timer"); });
  sim.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.after(10ms, [&] {
      log.push_back("window asks");
      ipc.sendSync<int>("ask");
      log.push_back("window has its answer");
    });
    ipc.run();
  });
  sim.runUntilIdle();
  sim.advance(10ms);
  CHECK(log.size() == 4);
  CHECK(log.back() == "window has its answer");
}

TEST_CASE_METHOD(TimedMain,
                 "a test that runs main in a simulation: time passes until a timer quits") {
  int ticks = 0;
  main.every(1h, [&] {
    if (++ticks == 3) main.quit();
  });
  main.run();
  CHECK(ticks == 3);
}

// ---- explore ------------------------------------------------------------------------------------

TEST_CASE("explore: timers pass at the end, in all orders of those that have one moment") {
  std::set<Log> orders;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    sim.bus().main().on("x", [log](tincan::Event& event) { log->push_back(event.sender.name()); });
    for (char const* const name : {"a", "b"}) {
      sim.spawn(name, [](tincan::Renderer& ipc) {
        ipc.after(10ms, [&ipc] { ipc.send("x"); });
        ipc.runFor(20ms);
      });
    }
    sim.eventually("both have sent", [log] { return log->size() == 2; });
    sim.always("noted", [&orders, log] {
      if (log->size() == 2) orders.insert(*log);
      return true;
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(orders == std::set<Log>{{"a", "b"}, {"b", "a"}});
}

TEST_CASE("explore: a timer that is due and a message come in both orders") {
  std::set<Log> orders;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    tincan::Main& main = sim.bus().main();
    main.on("go", [log, &main] { main.after(0ms, [log] { log->push_back("timer"); }); });
    main.on("x", [log] { log->push_back("message"); });
    sim.spawn("a", [](tincan::Renderer& ipc) { ipc.send("go"); });
    sim.spawn("b", [](tincan::Renderer& ipc) { ipc.send("x"); });
    sim.eventually("both", [&orders, log] {
      orders.insert(*log);
      return log->size() == 2;
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(orders == std::set<Log>{{"timer", "message"}, {"message", "timer"}});
}

TEST_CASE(
    "explore: timers that are due when a poll begins go before its messages, in every order") {
  auto const result = explore([&](Simulation& sim) {
    sim.spawn("a", [&](tincan::Renderer& ipc) {
      auto const log = std::make_shared<Log>();
      ipc.on("x", [log] { log->push_back("message"); });
      ipc.peer().send("x");
      ipc.after(0ms, [log] { log->push_back("timer"); });
      ipc.poll();
      sim.require(*log == Log{"timer", "message"}, "timers go first");
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("explore: a poll takes what a timer that was due has sent to the endpoint itself") {
  auto const result = explore([&](Simulation& sim) {
    sim.spawn("a", [&](tincan::Renderer& ipc) {
      auto const log = std::make_shared<Log>();
      ipc.on("x", [log] { log->push_back("message"); });
      ipc.after(0ms, [log, self = ipc.peer()] {
        log->push_back("timer");
        self.send("x");
      });
      CHECK(ipc.poll() == 1);
      sim.require(*log == Log{"timer", "message"}, "the poll takes both");
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("explore: a deadline that may pass at any point lets a timer come before a message") {
  std::set<Log> orders;
  auto const body = [&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    tincan::Main& main = sim.bus().main();
    main.after(50ms, [log] { log->push_back("timer"); });
    main.on("x", [log] { log->push_back("message"); });
    sim.spawn("a", [](tincan::Renderer& ipc) { ipc.send("x"); });
    sim.eventually("both", [&orders, log] {
      orders.insert(*log);
      return log->size() == 2;
    });
  };
  CHECK_THAT(explore(body), tincan::testing::Explored());
  CHECK(orders == std::set<Log>{{"message", "timer"}});
  CHECK_THAT(explore(body, {.timeouts = 1}), tincan::testing::Explored());
  CHECK(orders == std::set<Log>{{"message", "timer"}, {"timer", "message"}});
}

TEST_CASE("explore: timers that repeat keep no run alive, but bring what somebody waits for") {
  auto const idle = explore([](Simulation& sim) {
    auto const ticks = std::make_shared<int>(0);
    sim.bus().main().every(10ms, [ticks] { ++*ticks; });
    sim.bus().main().after(35ms, [] {});
    sim.eventually("as often as before the last of the others", [ticks] { return *ticks == 3; });
  });
  CHECK_THAT(idle, tincan::testing::Explored());
  CHECK(idle.schedules == 1);
  auto const waiting = explore([](Simulation& sim) {
    auto const replies = std::make_shared<std::vector<tincan::Reply>>();
    auto const count = std::make_shared<int>(0);
    sim.bus().main().every(10ms, [replies, count] {
      if (++*count == 3 && !replies->empty()) replies->back().set(7);
    });
    sim.bus().main().on("ask",
                        [replies](tincan::Event& event) { replies->push_back(event.defer()); });
    sim.spawn("window", [&sim](tincan::Renderer& ipc) {
      sim.require(ipc.sendSync<int>("ask") == 7, "the answer is there");
    });
  });
  CHECK_THAT(waiting, tincan::testing::Explored());
}

TEST_CASE("explore: a timer that is due before a quit runs before the end of the run") {
  std::set<Log> logs;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    sim.spawn("a", [log](tincan::Renderer& ipc) {
      ipc.on("x", [&, log] {
        ipc.after(0ms, [log] { log->push_back("timer"); });
        ipc.quit();
        ipc.after(0ms, [log] { log->push_back("second timer"); });
      });
      ipc.peer().send("x");
      ipc.run();
      log->push_back("over");
    });
    sim.eventually("end", [&logs, log] { return logs.insert(*log), true; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(logs == std::set<Log>{{"timer", "second timer", "over"}});
}

TEST_CASE("explore: a timer that a timer makes waits for the next run, if a quit is there") {
  // The timer quits, or that was there before the run.
  bool const isBefore = GENERATE(false, true);
  std::set<Log> logs;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    sim.spawn("a", [log, isBefore](tincan::Renderer& ipc) {
      ipc.after(0ms, [&, log] {
        log->push_back("first");
        if (!isBefore) ipc.quit();
        ipc.after(0ms, [log] { log->push_back("second"); });
      });
      if (isBefore) ipc.quit();
      ipc.run();
      log->push_back("over");
      ipc.poll();
    });
    sim.eventually("end", [&logs, log] { return logs.insert(*log), true; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(logs == std::set<Log>{{"first", "over", "second"}});
}

TEST_CASE(
    "explore: a quit of another endpoint comes before a timer that a timer has made, or after it") {
  std::set<Log> logs;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    auto const thread = std::make_shared<std::optional<tincan::RendererThread>>();
    thread->emplace(sim.bus().spawn("a", [log](tincan::Renderer& ipc) {
      ipc.after(0ms, [&, log] {
        log->push_back("first");
        ipc.after(0ms, [log] { log->push_back("second"); });
      });
      ipc.run();
      log->push_back("over");
    }));
    sim.spawn("b", [thread](tincan::Renderer&) { thread->reset(); });
    sim.eventually("end", [&logs, log, thread] { return logs.insert(*log), true; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(logs == std::set<Log>{{"first", "over"}, {"first", "second", "over"}});
}
