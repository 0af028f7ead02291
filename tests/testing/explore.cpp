#include <tincan/testing.hpp>

#include <set>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace {

/// Renderers that send main so many messages each, and what main makes of it.
void sendAll(Simulation& sim, int renderers, int messages) {
  for (int r = 0; r < renderers; ++r) {
    sim.spawn("r" + std::to_string(r), [messages](Renderer& ipc) {
      for (int m = 0; m < messages; ++m) ipc.send("x", m);
      ipc.run();
    });
  }
}

}  // namespace

TEST_CASE("explore: three renderers with three messages each, and replies: 1,680 outcomes") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto log = std::make_shared<std::string>();
    sim.bus().main().on("x", [log](Event& event, int m) {
      *log += event.sender.name() + std::to_string(m) + " ";
      event.reply("y", m);
    });
    sendAll(sim, 3, 3);
    sim.eventually("all", [log] { return log->size() == 9 * 4; });
    sim.eventually("outcome", [log, &outcomes] {
      outcomes.insert(*log);
      return true;
    });
  });
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(result.schedules == 1680);
  CHECK(outcomes.size() == 1680);
}

TEST_CASE("explore: four renderers with two messages each: 2,520 outcomes") {
  auto const result = explore([&](Simulation& sim) {
    sim.bus().main().on("x", [](Event&) {});
    sendAll(sim, 4, 2);
  });
  CHECK(result.complete);
  CHECK(result.schedules == 2520);
}

TEST_CASE("explore: four pairs that have nothing to do with one another: 1 outcome") {
  auto const result = explore([&](Simulation& sim) {
    for (int p = 0; p < 4; ++p) {
      auto to = std::make_shared<Renderer>(sim.bus().attach("to" + std::to_string(p)));
      to->on("x", [](Event& event, int m) { event.reply("y", m); });
      sim.spawn("from" + std::to_string(p), [to](Renderer& ipc) {
        for (int m = 0; m < 4; ++m) to->peer().send("x", m);
        ipc.run();
      });
    }
  });
  CHECK(result.complete);
  CHECK(result.schedules == 1);
}

TEST_CASE("explore: it finds an order that a test has not thought of") {
  auto const buggy = [](Simulation& sim) {
    auto& main = sim.bus().main();
    auto loaded = std::make_shared<bool>(false);
    main.on("load", [loaded] { *loaded = true; });
    main.on("show", [&sim, loaded] { sim.require(*loaded, "shown before it was loaded"); });
    sim.spawn("loader", [](Renderer& ipc) { ipc.send("load"); });
    sim.spawn("viewer", [](Renderer& ipc) { ipc.send("show"); });
  };
  auto const result = explore(buggy);
  CHECK_FALSE(result.ok);
  CHECK(result.failure == "shown before it was loaded");
  CHECK(test::contains(result.mermaid, "show"));
  Options again;
  again.strategy = Options::Strategy::Replay;
  again.replay = result.minimal;
  CHECK(explore(buggy, again).failure == result.failure);
}
