// tests/testing/run_all.cpp - runAll in a simulation
#include <tincan/run_all.hpp>

#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

using namespace std::chrono_literals;
using tincan::testing::explore;
using tincan::testing::Simulation;
using Log = std::vector<std::string>;

namespace {

/// A body that runs two endpoints until one of them is told to quit, and notes what comes to them.
auto runsTwo(Simulation& sim, std::shared_ptr<Log> const& log) {
  return [&sim, log](tincan::Renderer& control) {
    auto data = sim.bus().attach("data");
    for (tincan::Renderer* const one : {&control, &data}) {
      one->on("x", [log, one] { log->push_back(one->name()); });
      one->on("quit", [one] { one->quit(); });
    }
    control.send("ready");
    tincan::runAll(control, data);
    log->push_back("over");
  };
}

}  // namespace

TEST_CASE("runAll in a simulation handles the messages of all its endpoints, until a quit") {
  Simulation sim;
  auto const log = std::make_shared<Log>();
  sim.bus().main().on("ready", [] {});
  sim.spawn("control", runsTwo(sim, log));
  sim.runUntilIdle();
  auto const to = [&](char const* name) { return *sim.bus().main().renderer(name); };
  to("data").send("x");
  to("control").send("x");
  sim.runUntilIdle();
  CHECK(log->size() == 2);
  to("control").send("x");
  to("data").send("quit");
  sim.runUntilIdle();
  CHECK(log->size() == 4);
  CHECK(log->back() == "over");
}

TEST_CASE("runAll in a simulation ends when all are closed, and lets timers go on") {
  Simulation sim;
  auto const log = std::make_shared<Log>();
  sim.spawn("control", [&](tincan::Renderer& control) {
    auto data = sim.bus().attach("data");
    control.after(5ms, [&] {
      log->push_back("control closes");
      control.close();
    });
    data.after(10ms, [&] {
      log->push_back("data closes");
      data.close();
    });
    tincan::runAll(control, data);
    log->push_back("over");
  });
  sim.runUntilIdle();
  sim.advance(10ms);
  CHECK(*log == Log{"control closes", "data closes", "over"});
}

TEST_CASE("explore: messages to two endpoints of one thread come in both orders") {
  std::set<Log> orders;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    sim.bus().main().on("ready", [&sim] {
      sim.bus().main().renderer("control")->send("x");
      sim.bus().main().renderer("data")->send("x");
    });
    sim.spawn("control", runsTwo(sim, log));
    sim.eventually("both", [&orders, log] {
      orders.insert(*log);
      return log->size() == 2;
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(orders == std::set<Log>{{"control", "data"}, {"data", "control"}});
}

TEST_CASE(
    "explore: a quit of one of several lets their timers run, and what was sent before it come") {
  std::set<Log> logs;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<Log>();
    sim.spawn("a", [log, &sim](tincan::Renderer& a) {
      auto b = sim.bus().attach("b");
      a.on("before", [log] { log->push_back("before"); });
      a.on("after", [log] { log->push_back("after"); });
      a.after(0ms, [log, to = a.peer()] {
        log->push_back("timer");
        to.send("after");
      });
      a.peer().send("before");
      b.quit();
      tincan::runAll(a, b);
      log->push_back("over");
    });
    sim.eventually("end", [&logs, log] { return logs.insert(*log), true; });
  });
  CHECK(result.ok);
  CHECK_FALSE(result.complete);  // an order is tried, too, in which the quit is seen late
  CHECK(logs.count({"timer", "before", "over"}) == 1);  // as on a thread
  for (Log const& log : logs) CHECK(log.front() == "timer");
}
