// tests/testing/hooks.cpp - the hooks of a bus, in all schedules
#include <memory>
#include <string>

#include "seen_in.hpp"

using test::Seen;
using test::seenIn;
using test::SeenOfAll;
using tincan::DeadLetter;
using tincan::Errc;
using tincan::Event;
using tincan::Peer;
using tincan::Renderer;
using tincan::testing::Simulation;

namespace {

/// Answers what the hook asks.
Peer spawnClerk(Simulation& sim) {
  sim.spawn("clerk", [](Renderer& ipc) {
    ipc.on("note", [](Event& event) { event.returnValue = 1; });
    ipc.run();
  });
  return *sim.bus().main().renderer("clerk");
}

}  // namespace

TEST_CASE("hooks: two dead letters come to their hook in either order") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          sim.bus().onDeadLetter([seen](DeadLetter const& letter) {
            if (letter.reason == Errc::NoListener) *seen += letter.to;
          });
          for (auto const* const name : {"a", "b"}) {
            sim.spawn(name, [](Renderer& ipc) { ipc.run(); });
            sim.bus().main().renderer(name)->send("x");
          }
        }) == SeenOfAll{"ab", "ba"});
}

TEST_CASE("hooks: code goes on while another endpoint's call of a hook waits") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          tincan::Main& main = sim.bus().main();
          Peer const gone = sim.bus().attach("gone").peer();
          sim.spawn("clerk", [](Renderer& ipc) {
            ipc.handle("x", [] { return 1; });
            ipc.run();
          });
          main.on("note", [clerk = *main.renderer("clerk"), seen](Event& event) {
            auto const answer = clerk.invoke<int>("x");
            *seen += answer.ready() ? "ready" : "not yet";
            event.returnValue = 1;
          });
          sim.bus().onDeadLetter([to = main.peer()](DeadLetter const& letter) {
            if (letter.to == "gone") to.sendSync<int>("note");
          });
          sim.spawn("a", [gone](Renderer&) { gone.send("y"); });
        }) == SeenOfAll{"ready", "not yet"});
}

TEST_CASE("hooks: a hook that waits for an answer is called by another endpoint meanwhile") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          Peer const gone = sim.bus().attach("gone").peer();
          sim.bus().onDeadLetter([seen, clerk = spawnClerk(sim)](DeadLetter const& letter) {
            *seen += letter.from;
            clerk.sendSync<int>("note");
            *seen += letter.from;
          });
          for (auto const* const name : {"a", "b"}) {
            sim.spawn(name, [gone](Renderer&) { gone.send("x"); });
          }
        }) == SeenOfAll{"aabb", "abab", "abba", "baab", "baba", "bbaa"});
}

TEST_CASE("hooks: whoever replaces a hook waits for a call of it that has begun") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          Peer const gone = sim.bus().attach("gone").peer();
          sim.bus().onDeadLetter([seen, clerk = spawnClerk(sim)](DeadLetter const&) {
            *seen += "begins ";
            clerk.sendSync<int>("note");
            *seen += "ends ";
          });
          sim.spawn("a", [gone](Renderer&) { gone.send("x"); });
          sim.spawn("b", [seen, &bus = sim.bus()](Renderer&) {
            bus.onDeadLetter(nullptr);
            *seen += "replaced";
          });
        }) == SeenOfAll{"begins ends replaced", "replaced"});
}

TEST_CASE("hooks: a hook is there before a dead letter, or after it") {
  CHECK(seenIn([](Simulation& sim, Seen const& seen) {
          Peer const gone = sim.bus().attach("gone").peer();
          sim.spawn("a", [gone](Renderer&) { gone.send("x"); });
          sim.spawn("b", [seen, &bus = sim.bus()](Renderer&) {
            bus.onDeadLetter([seen](DeadLetter const& letter) { *seen += letter.from; });
          });
        }) == SeenOfAll{"a", ""});
}
