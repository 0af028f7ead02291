// examples/pool_test.cpp - tests pool.hpp in every order of messages that makes a difference
#include <tincan/testing.hpp>

#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "pool.hpp"

namespace {

using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Result;
using tincan::testing::Simulation;

/// What a test knows of a pool and its workers.
struct World {
  World(Simulation& sim, std::vector<std::string> const& workers) : pool(sim.bus().main()) {
    sim.bus().main().on("progress", [this](std::uint64_t job, int) { begun[job] = true; });
    for (std::string const& worker : workers) sim.spawn(worker, serve);
  }

  static void serve(Renderer& ipc) {
    example::serveJobs(ipc, [](std::string const& text, example::Progress const& goOn) {
      bool const isWanted = text != "unwanted" || goOn(50);
      return isWanted ? text + ", done" : "given up";
    });
  }
  std::uint64_t submit(std::string const& text) {
    return pool.submit(text, [this, text](tincan::Future<std::string> result) {
      try {
        ended[result.get() == text + ", done" ? text : "wrong"] += 1;
      } catch (tincan::Error const& error) {
        ended[std::string(toString(error.code()))] += 1;
      }
    });
  }

  std::map<std::string, int> ended{};
  std::map<std::uint64_t, bool> begun{};
  example::Pool pool;
};

std::vector<std::string> const twoWorkers{"a", "b"};

Result testAllAreDone() {
  return explore([](Simulation& sim) {
    auto const world = std::make_shared<World>(sim, twoWorkers);
    for (char const* const text : {"first", "second"}) world->submit(text);
    sim.eventually("each job was done once", [=] {
      return world->ended == std::map<std::string, int>{{"first", 1}, {"second", 1}};
    });
  });
}

Result testCancel() {
  return explore([](Simulation& sim) {
    auto const world = std::make_shared<World>(sim, std::vector<std::string>{"a"});
    auto const unwanted = world->submit("unwanted");
    world->submit("wanted");
    sim.bus().main().on("enough", [=] { world->pool.cancel(unwanted); });
    sim.spawn("window", [](Renderer& ipc) { ipc.send("enough"); });
    sim.eventually("what was not cancelled is done",
                   [=] { return world->ended["wanted"] == 1 && world->ended["wrong"] == 0; });
    // With what the claims look at: then orders that differ in nothing else are not tried.
    auto const begun = sim.watch("begun", [=] { return world->begun.size(); });
    auto const ended = sim.watch("ended", [=] { return world->ended["unwanted"]; });
    sim.sometimes("it is cancelled before it begins", {begun, ended},
                  [=] { return world->begun.empty() && world->ended["wanted"] == 1; });
    sim.sometimes("it is cancelled while it runs", {begun, ended}, [=] {
      return world->begun.size() == 1 && world->ended["wanted"] == 1 &&
             world->ended["unwanted"] == 0;
    });
    sim.sometimes("it is done before it is cancelled", {ended},
                  [=] { return world->ended["unwanted"] == 1; });
  });
}

Result testWorkerEnds() {
  return explore(
      [](Simulation& sim) {
        auto const world = std::make_shared<World>(sim, twoWorkers);
        for (char const* const text : {"first", "second"}) world->submit(text);
        sim.eventually("each job is done, but for one at most, which fails", [=] {
          int const done = world->ended["first"] + world->ended["second"];
          return done + world->ended["Closed"] == 2 && done >= 1;
        });
      },
      {.crashes = 1});
}

bool passes(char const* what, Result const& result) {
  std::cout << what << ": " << (result ? "passes" : "fails")
            << ", orders tried: " << result.schedules << '\n';
  return result.ok;
}

}  // namespace

int main() {
  bool const areDone = passes("all jobs are done", testAllAreDone());
  bool const cancels = passes("jobs are cancelled", testCancel());
  bool const survives = passes("a worker ends", testWorkerEnds());
  return areDone && cancels && survives ? 0 : 1;
}
