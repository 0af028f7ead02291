// tests/testing/buried_deadlines.cpp - waits inside of handlers that last longer than the run around them
#include <chrono>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Event;
using tincan::Main;
using tincan::Renderer;
using tincan::Task;
using tincan::testing::Simulation;

namespace {

/// The handler "m" of 'r' waits by `wait`; meanwhile 'r' is in a runFor of 10 ms, and main answers "d" after 20 ms.
template <class Wait>
auto waitsInRunFor(Wait wait) {
  return [wait](Simulation& sim) {
    Main& main = sim.bus().main();
    main.handle("d", [&main]() -> Task<int> {
      co_await main.sleep(20ms);
      co_return 1;
    });
    sim.spawn("r", [&sim, wait](Renderer& ipc) {
      bool hasWaited = false;
      ipc.on("m", [&] {
        wait(sim, ipc);
        hasWaited = true;
      });
      ipc.peer().send("m");
      ipc.runFor(10ms);
      sim.require(hasWaited, "runFor has returned after the handler");
    });
  };
}

}  // namespace

TEST_CASE("a wait in a handler may last longer than the runFor around it") {
  auto const result = tincan::testing::explore(waitsInRunFor([](Simulation& sim, Renderer& ipc) {
    sim.require(ipc.invoke<int>("d").get() == 1, "the answer is there");
  }));
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("a run in a handler may last longer than the runFor around it") {
  auto const result =
      tincan::testing::explore(waitsInRunFor([](Simulation&, Renderer& ipc) { ipc.runFor(30ms); }));
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE(
    "a wait in a handler that never ends is named, whatever deadline the runFor around it has") {
  auto const result = tincan::testing::explore([](Simulation& sim) {
    sim.bus().main().on("never", [kept = std::vector<tincan::Reply>()](Event& event) mutable {
      kept.push_back(event.defer());
    });
    sim.spawn("r", [](Renderer& ipc) {
      ipc.on("m", [&] { static_cast<void>(ipc.sendSync<int>("never")); });
      ipc.peer().send("m");
      ipc.runFor(10ms);
    });
  });
  REQUIRE_FALSE(result.ok);
  INFO(result.failure);
  CHECK(test::contains(result.failure, "nothing can happen any more"));
  CHECK(test::contains(result.failure, "'r' waits for 'main' (sendSync 'never')"));
}

TEST_CASE("an inbox that drops the oldest drops what came after a superseded one") {
  int const latest = GENERATE(0, 1, 2, 3);
  Simulation sim;
  Renderer there = sim.bus().attach("there", {1, tincan::Overflow::DropOldest});
  std::string got;
  there.on("x", [&](int number) { got += std::to_string(number); });
  sim.spawn("sender", [&](Renderer& ipc) {
    tincan::Peer const peer = *ipc.peer("there");
    for (int i = 0; i < latest; ++i) peer.sendLatest("x", i);
    peer.post([&] { got += 'p'; });
    peer.send("x", 9);
  });
  sim.runUntilIdle();
  CHECK(got == "p9");
}
