// tests/testing/wake.cpp - the hook that wakes a foreign loop, in all schedules
#include <memory>
#include <string>

#include <tincan/run_all.hpp>

#include "seen_in.hpp"

using test::Seen;
using test::seenIn;
using test::SeenOfAll;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

namespace {

/// Sends one message to that endpoint.
void spawnSender(Simulation& sim, char const* to) {
  sim.spawn("sender", [peer = *sim.bus().main().renderer(to)](Renderer&) { peer.send("x"); });
}

}  // namespace

TEST_CASE("wake: a message comes before a hook, while it is there, or after it") {
  // 22: the second hook is set when the message has come, finds it, and is what its sender calls, too.
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("window", [seen](Renderer& ipc) {
            ipc.on("x", [] {});
            ipc.onWake([seen] { *seen += "1"; });
            ipc.onWake([seen] { *seen += "2"; });
            ipc.onWake({});
          });
          spawnSender(sim, "window");
        }) == SeenOfAll{"", "12", "2", "22"});
}

TEST_CASE("wake: a message that a poll takes has woken somebody before, or does so too late") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.spawn("window", [seen](Renderer& ipc) {
            ipc.on("x", [seen] { *seen += "x"; });
            ipc.onWake([seen] { *seen += "!"; });
            ipc.poll();
            ipc.onWake({});
          });
          spawnSender(sim, "window");
        }) == SeenOfAll{"", "!", "!!", "!x", "x", "x!"});
}

TEST_CASE("wake: a run that sleeps is not called besides") {
  auto const seen = seenIn([](Simulation& sim, Seen const& text) {
    sim.spawn("window", [text](Renderer& ipc) {
      ipc.on("x", [&ipc] { ipc.quit(); });
      ipc.onWake([text] { *text += "!"; });
      ipc.run();
      ipc.onWake({});
    });
    spawnSender(sim, "window");
  });
  CHECK(seen == SeenOfAll{"", "!"});
}

TEST_CASE("wake: the messages that the simulation handles wake their endpoint one by one") {
  Simulation sim;
  std::string seen;
  tincan::Main& main = sim.bus().main();
  main.on("x", [&] { seen += "x"; });
  main.onWake([&] { seen += "!"; });
  auto window = sim.bus().attach("window");
  window.send("x");
  window.send("x");
  sim.runUntilIdle();
  window.send("x");
  sim.runUntilIdle();
  CHECK(seen == "!xx!x");
}

TEST_CASE("wake: where endpoints that one thread runs have a hook, the pass is not complete") {
  auto const result = tincan::testing::explore([](Simulation& sim) {
    sim.spawn("window", [&sim](Renderer& ipc) {
      auto own = sim.bus().attach("own");
      own.onWake([] {});
      ipc.quit();
      tincan::runAll(ipc, own);
    });
  });
  CHECK(result.ok);
  CHECK_FALSE(result.complete);
  CHECK(result.incomplete.find("hook of onWake") != std::string::npos);
}
