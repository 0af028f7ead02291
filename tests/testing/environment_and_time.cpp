// tests/testing/environment_and_time.cpp - options that reach a simulation by itself, and an exploration, from the environment
#include <tincan/testing.hpp>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using test::contains;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace environment_and_time {

/// For the time of a test.
struct Variable {
  Variable(std::string field, char const* value) : name("TINCAN_SIM_" + field) {
    ::setenv(name.c_str(), value, 1);
  }
  Variable(Variable const&) = delete;
  Variable& operator=(Variable const&) = delete;
  ~Variable() { ::unsetenv(name.c_str()); }
  std::string name;
};

void race(Simulation& sim) {
  sim.bus().main().on("x", [](int) {});
  for (char const* const name : {"a", "b", "c"}) {
    sim.spawn(name, [](Renderer& ipc) {
      for (int i = 0; i < 3; ++i) ipc.send("x", i);
    });
  }
}

TEST_CASE("environment: a simulation by itself takes its options from there, too") {
  Variable const steps("MAXSTEPS", "50");
  Simulation sim;
  sim.bus().main().on("x", [](Event& event) { event.reply("y"); });
  auto window = sim.bus().attach("window");
  window.on("y", [&] { window.send("x"); });
  window.send("x");
  CHECK(contains(test::whatOf([&] { return sim.runUntilIdle(); }), "50"));
}

TEST_CASE("environment: a variable goes before what the test says") {
  Options options;
  options.maxSchedules = 5;
  CHECK(explore(race, options).schedules == 5);
  {
    Variable const most("MAXSCHEDULES", "7");
    CHECK(explore(race, options).schedules == 7);
  }
  {
    Variable const most("MAXSCHEDULES", "100000");
    auto const all = explore(race, options);
    CHECK(all.complete);
    CHECK(all.schedules == 1680);
  }
  {
    Variable const strategy("STRATEGY", "Random"), most("MAXSCHEDULES", "9"), seed("SEED", "3");
    auto const some = explore(race, options);
    CHECK(some.schedules <= 9);
    CHECK(contains(some.incomplete, "Random"));
  }
  {
    Variable const cores("CORES", "2"), most("MAXSCHEDULES", "100000");
    CHECK(explore(race, options).schedules == 1680);
  }
}

TEST_CASE("environment: crashes and timeouts") {
  auto const body = [](Simulation& sim) {
    auto const state = std::make_shared<std::string>();
    sim.bus().main().on("x", [state](Event& event) { *state += event.sender.name(); });
    sim.spawn("a", [](Renderer& ipc) {
      ipc.on("go", [&ipc] { ipc.send("x"); });
      ipc.run();
    });
    sim.bus().main().renderer("a")->send("go");
    sim.eventually("x has come", [state] { return *state == "a"; });
  };
  CHECK(explore(body).ok);
  Variable const crashes("CRASHES", "1");
  CHECK_FALSE(explore(body).ok);
}

TEST_CASE("explore: gives up when the time is over, and says so") {
  Options options;
  options.time = 1s;
  options.maxSchedules = ~std::uint64_t{0};
  auto const result = explore(
      [](Simulation& sim) {
        sim.bus().main().on("x", [](int) {});
        for (char const* const name : {"a", "b", "c", "d", "e", "f"}) {
          sim.spawn(name, [](Renderer& ipc) {
            for (int i = 0; i < 6; ++i) ipc.send("x", i);
          });
        }
      },
      options);
  CHECK(result.ok);
  CHECK_FALSE(result.complete);
  CHECK_FALSE(result.incomplete.empty());
  CHECK(result.schedules > 0);
}

TEST_CASE("simulation: runUntilIdle counts messages, and step delivers one of them") {
  Simulation sim;
  int handled = 0;
  sim.bus().main().on("x", [&] { ++handled; });
  sim.spawn("a", [](Renderer& ipc) {
    for (int i = 0; i < 5; ++i) ipc.send("x");
    ipc.main().post([] {});
  });
  CHECK(sim.step());
  CHECK(handled == 1);
  CHECK(sim.runUntilIdle() == 4);
  CHECK(handled == 5);
  CHECK(sim.runUntilIdle() == 0);
  CHECK(sim.log().size() == 5);
  for (std::size_t i = 0; i < 5; ++i) CHECK(sim.log()[i].number == i + 1);
}

TEST_CASE(
    "simulation: time stands still between calls, and advance passes exactly what it is told") {
  Simulation sim;
  auto& main = sim.bus().main();
  std::vector<int> log;
  main.after(10ms, [&] { log.push_back(10); });
  main.after(20ms, [&] { log.push_back(20); });
  auto window = sim.bus().attach("window");
  main.on("x", [] {});
  for (int i = 0; i < 100; ++i) window.send("x");
  CHECK(sim.runUntilIdle() == 100);
  CHECK(log.empty());
  sim.advance(10ms - 1ns);
  CHECK(log.empty());
  sim.advance(1ns);
  CHECK(log == std::vector{10});
  sim.advance(0ns);
  CHECK(log.size() == 1);
  sim.advance(10ms);
  CHECK(log == std::vector{10, 20});
}

}  // namespace environment_and_time
