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

TEST_CASE("hooks: a thread is inside of a hook with all of its endpoints") {
  auto const inThread = [](tincan::Bus& bus, tincan::Endpoint& own, Seen const& seen,
                           bool replaces) {
    Peer const gone = bus.attach("gone").peer();
    own.on("x", [&bus, gone, replaces] {
      if (replaces) bus.onDeadLetter(nullptr);
      gone.send("second");
    });
    own.peer().send("x");
    bus.onDeadLetter([&own, seen](DeadLetter const& letter) {
      *seen += letter.channel + " ";
      own.poll();
    });
    gone.send("first");
  };
  bool const replaces = GENERATE(false, true);
  CHECK(seenIn([&](Simulation& sim, Seen const& seen) {
          sim.spawn("a", [&sim, inThread, seen, replaces](Renderer&) {
            auto own = sim.bus().attach("own");
            inThread(sim.bus(), own, seen, replaces);
            sim.bus().onDeadLetter(nullptr);
          });
        }) == SeenOfAll{"first "});
  CHECK(seenIn([&](Simulation& sim, Seen const& seen) {
          inThread(sim.bus(), sim.bus().main(), seen, replaces);
          sim.bus().onDeadLetter(nullptr);
        }) == SeenOfAll{"first "});
}

TEST_CASE("hooks: a run may end while an endpoint is inside of a hook") {
  auto const result = tincan::testing::explore([](Simulation& sim) {
    Peer const gone = sim.bus().attach("gone").peer();
    sim.spawn("clerk", [&sim](Renderer& ipc) {
      ipc.on("note", [&sim](Event&) { sim.require(false, "the clerk is content"); });
      ipc.run();
    });
    sim.bus().onDeadLetter([clerk = *sim.bus().main().renderer("clerk")](DeadLetter const&) {
      clerk.sendSync<int>("note");
    });
    sim.spawn("a", [gone](Renderer&) { gone.send("x"); });
  });
  CHECK_FALSE(result.ok);
  CHECK(result.failure.find("the clerk is content") != std::string::npos);
}
