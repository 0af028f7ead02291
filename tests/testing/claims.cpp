// tests/testing/claims.cpp - what a test claims of several endpoints holds in every order that can tell
#include <tincan/testing.hpp>

#include <memory>
#include <string>

#include "../unit/support.hpp"

using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Result;
using tincan::testing::Simulation;
using tincan::testing::Watch;

namespace {

struct TwoLocks {
  bool a = false, b = false;
  int noise = 0;
};
using SharedLocks = std::shared_ptr<TwoLocks>;

/// Two windows take and release something each.
SharedLocks twoWindows(Simulation& sim) {
  auto const locks = std::make_shared<TwoLocks>();
  sim.spawn("a", [locks](Renderer& ipc) {
    ipc.on("take", [locks] { locks->a = true; });
    ipc.on("release", [locks] { locks->a = false; });
    ipc.run();
  });
  sim.spawn("b", [locks](Renderer& ipc) {
    ipc.on("take", [locks] { locks->b = true; });
    ipc.on("release", [locks] { locks->b = false; });
    ipc.on("noise", [locks] { ++locks->noise; });
    ipc.run();
  });
  for (auto const* const name : {"a", "b"}) {
    sim.bus().main().renderer(name)->send("take");
    sim.bus().main().renderer(name)->send("release");
  }
  return locks;
}

/// The second window takes what the first one has released, and told it of.
SharedLocks handover(Simulation& sim) {
  auto const locks = std::make_shared<TwoLocks>();
  sim.spawn("a", [locks](Renderer& ipc) {
    ipc.on("take", [locks] { locks->a = true; });
    ipc.on("release", [locks, &ipc] {
      locks->a = false;
      ipc.peer("b")->send("take");
    });
    ipc.run();
  });
  sim.spawn("b", [locks](Renderer& ipc) {
    ipc.on("take", [locks] { locks->b = true; });
    ipc.on("noise", [locks] { ++locks->noise; });
    ipc.run();
  });
  auto const a = *sim.bus().main().renderer("a"), b = *sim.bus().main().renderer("b");
  a.send("take");
  b.send("noise");
  a.send("release");
  b.send("noise");
  return locks;
}

}  // namespace

TEST_CASE("claims: what some order of two endpoints violates is found") {
  auto const result = explore([](Simulation& sim) {
    auto const locks = twoWindows(sim);
    sim.always("never both", [locks] { return !(locks->a && locks->b); });
  });
  CHECK_FALSE(result.ok);
  CHECK(result.failure == "always: never both");
}

TEST_CASE("claims: what some order of two endpoints has is seen") {
  auto const result = explore([](Simulation& sim) {
    auto const locks = twoWindows(sim);
    sim.sometimes("both", [locks] { return locks->a && locks->b; });
  });
  CHECK(result.ok);
  CHECK(result.complete);
}

TEST_CASE("claims: what no order violates holds, and what none has fails") {
  auto const holds = explore([](Simulation& sim) {
    auto const locks = handover(sim);
    sim.always("never both", [locks] { return !(locks->a && locks->b); });
    sim.sometimes("a has it, and b has heard noise",
                  [locks] { return locks->a && locks->noise > 0; });
    sim.sometimes("b has it", [locks] { return locks->b; });
  });
  CHECK(holds.ok);
  CHECK(holds.complete);
  auto const fails = explore([](Simulation& sim) {
    auto const locks = handover(sim);
    sim.sometimes("both", [locks] { return locks->a && locks->b; });
  });
  CHECK(fails.failure == "vacuous: never sometimes: both");
}

TEST_CASE("claims: with watches only steps that change what is watched are told apart") {
  auto const count = [](auto const& claim) {
    auto const result = explore([&](Simulation& sim) { claim(sim, twoWindows(sim)); });
    CHECK(result.ok);
    CHECK(result.complete);
    return result.schedules;
  };
  // Two windows of two steps each, and what their bodies do before: handlers tell nothing apart.
  CHECK(count([](Simulation&, SharedLocks const&) {}) == 1);
  // Of a's two changes none is before, between or after anything of b that is watched.
  CHECK(count([](Simulation& sim, SharedLocks const& locks) {
          Watch const a = sim.watch("a", [locks] { return locks->a; });
          sim.always("a bool", {a}, [locks] { return locks->a || !locks->a; });
        }) == 1);
  // The orders of two changes of a and two of b: 4! / (2! 2!).
  CHECK(count([](Simulation& sim, SharedLocks const& locks) {
          Watch const a = sim.watch("a", [locks] { return locks->a; });
          Watch const b = sim.watch("b", [locks] { return locks->b; });
          sim.always("two bools", {a, b}, [] { return true; });
        }) == 6);
}

TEST_CASE("claims: what must hold sometimes looks at its watches alone, if it has some") {
  auto const count = [](auto const& claim) {
    auto const result = explore([&](Simulation& sim) { claim(sim, twoWindows(sim)); });
    CHECK(result.failure == "");
    CHECK(result.complete);
    return result.schedules;
  };
  // It does not hold in the first order, and so what it can tell apart is explored.
  auto const both = [](SharedLocks const& locks) {
    return [locks] { return locks->a && locks->b; };
  };
  auto const withWatches = count([&](Simulation& sim, SharedLocks const& locks) {
    Watch const a = sim.watch("a", [locks] { return locks->a; });
    Watch const b = sim.watch("b", [locks] { return locks->b; });
    sim.sometimes("both", {a, b}, both(locks));
  });
  auto const without =
      count([&](Simulation& sim, SharedLocks const& locks) { sim.sometimes("both", both(locks)); });
  CHECK(withWatches == 6);
  CHECK(without > withWatches);
}

TEST_CASE("claims: a claim with watches is violated as one without") {
  auto const result = explore([](Simulation& sim) {
    auto const locks = twoWindows(sim);
    Watch const a = sim.watch("a has it", [locks] { return locks->a; });
    Watch const b = sim.watch("b has it", [locks] { return locks->b; });
    sim.always("never both", {a, b}, [locks] { return !(locks->a && locks->b); });
  });
  CHECK(result.failure == "always: never both");
  CHECK(test::contains(result.mermaid, "a has it"));
  CHECK(test::contains(result.mermaid, "b has it"));
}

TEST_CASE("claims: they hold also where a handler is between two of its calls") {
  auto const result = explore([](Simulation& sim) {
    auto const busy = std::make_shared<int>(0);
    sim.bus().main().on("x", [] {});
    for (auto const* const name : {"a", "b"}) {
      sim.spawn(name, [busy](Renderer& ipc) {
        ++*busy;
        ipc.send("x");
        --*busy;
      });
    }
    sim.always("one at a time", [busy] { return *busy < 2; });
  });
  CHECK(result.failure == "always: one at a time");
}

TEST_CASE("claims: they are looked at when a body has begun, and when it goes on") {
  auto const violated = [](std::string const& which) {
    auto const result = explore([&](Simulation& sim) {
      auto const state = std::make_shared<std::string>();
      sim.bus().main().on("q", [](Event& event) { event.returnValue = 1; });
      sim.spawn("a", [state](Renderer& ipc) {
        *state = "begun";
        ipc.sendSync<int>("q");
        *state = "gone on";
        ipc.run();
      });
      sim.always("not " + which, [state, which] { return *state != which; });
    });
    return result.failure;
  };
  CHECK(violated("begun") == "always: not begun");
  CHECK(violated("gone on") == "always: not gone on");
}

TEST_CASE("claims: how many messages wait depends on orders that no handler tells apart") {
  auto const result = explore([](Simulation& sim) {
    sim.bus().main().on("x", [] {});
    sim.spawn("disk", [](Renderer& ipc) {
      ipc.on("load", [](Event& event) { event.returnValue = 1; });
      ipc.run();
    });
    sim.spawn("a", [](Renderer& ipc) {
      ipc.send("x");
      ipc.peer("disk")->sendSync<int>("load");
      ipc.send("x");
    });
    sim.always("at most one waits", [&sim] { return sim.pending("main") <= 1; });
  });
  CHECK(result.failure == "always: at most one waits");
}

TEST_CASE("claims: how a test begins is judged if something can come that leaves it so") {
  auto const failure = [](bool hasOther) {
    auto const result = explore([hasOther](Simulation& sim) {
      auto const isReady = std::make_shared<bool>(false);
      sim.spawn("a", [isReady](Renderer&) { *isReady = true; });
      if (hasOther) sim.spawn("b", [](Renderer&) {});
      Watch const ready = sim.watch("ready", [isReady] { return *isReady; });
      sim.always("ready", {ready}, [isReady] { return *isReady; });
    });
    return result.failure;
  };
  CHECK(failure(false).empty());
  CHECK(failure(true) == "always: ready");
}

TEST_CASE("claims: one that a body adds in the middle of a run is none of the others") {
  auto const result = explore([](Simulation& sim) {
    auto const locks = std::make_shared<TwoLocks>();
    sim.spawn("a", [locks](Renderer&) { locks->a = true; });
    sim.spawn("c", [locks, &sim](Renderer&) {
      Watch const noise = sim.watch("noise", [locks] { return locks->noise; });
      sim.always("silence", {noise}, [locks] { return locks->noise == 0; });
    });
    sim.spawn("b", [locks](Renderer&) { locks->b = true; });
    Watch const a = sim.watch("a", [locks] { return locks->a; });
    Watch const b = sim.watch("b", [locks] { return locks->b; });
    sim.sometimes("b alone", {a, b}, [locks] { return locks->b && !locks->a; });
  });
  CHECK(result.failure.empty());
  CHECK(result.complete);
}
