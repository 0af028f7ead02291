// tests/testing/spy.cpp - spies, which note what was sent, handled and lost
#include <tincan/testing.hpp>

#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Records;
using tincan::testing::Simulation;
using tincan::testing::Spy;

TEST_CASE("spy: what was sent, handled and lost, with filters that compose") {
  Simulation sim;
  Spy const spy(sim);
  auto window = sim.bus().attach("window");
  auto other = sim.bus().attach("other");
  sim.bus().main().on("x", [](Event& event, int n) { event.reply("y", n + 1); });
  window.on("y", [](int) {});
  window.send("x", 1);
  other.send("x", 2);
  other.send("lost", "what");
  REQUIRE(spy.sent().count() == 3);
  REQUIRE(spy.pending().count() == 3);
  REQUIRE(spy.handled().empty());
  sim.runUntilIdle();
  REQUIRE(spy.sent().channels() == test::Log{"x", "x", "lost", "y", "y"});
  REQUIRE(spy.sent().on("x").from("window").count() == 1);
  REQUIRE(spy.sent().on("y").from("main").to("other").texts() == test::Log{"3"});
  REQUIRE(spy.handled().channels() == test::Log{"x", "x", "y"});
  REQUIRE(spy.handled().with("2").size() == 2);
  REQUIRE(spy.handled()[2].number == 3);
  REQUIRE(spy.deadLetters().channels() == test::Log{"lost", "y"});
  REQUIRE(spy.deadLetters().because(Errc::NoListener).on("lost").texts() == test::Log{"what"});
  REQUIRE(spy.deadLetters().reason(1) == Errc::NoListener);
  REQUIRE_FALSE(spy.handled().reason(0).has_value());
  REQUIRE_THROWS_AS(spy.handled()[3], std::out_of_range);
  REQUIRE(spy.pending().empty());
}

TEST_CASE("spy: requests and calls count, answers, posts and quits do not") {
  Simulation sim;
  Spy const spy(sim);
  sim.bus().main().on("ask", [](Event& event, std::string const&, int) { event.returnValue = 1; });
  sim.bus().main().handle("call", [](std::string const& text) { return text; });
  std::string const large(100, 'a');
  sim.spawn("window", [&](Renderer& ipc) {
    ipc.sendSync<int>("ask", large, 7);
    ipc.invoke<std::string>("call", large).get();
    ipc.post([] {});
    ipc.quit();
    ipc.run();
  });
  sim.runUntilIdle();
  REQUIRE(spy.sent().channels() == test::Log{"ask", "call"});
  REQUIRE(spy.handled().texts() == test::Log{large + ", 7", large});
  REQUIRE(spy.deadLetters().empty());
}

TEST_CASE("spy: the reasons of dead letters, and which message it was") {
  Simulation sim;
  Spy const spy(sim);
  auto window = sim.bus().attach("window");
  auto gone = sim.bus().attach("gone");
  auto narrow = sim.bus().attach("narrow", {1, tincan::Overflow::DropOldest});
  sim.bus().main().on("x", [](int) {});
  window.send("x", 1);
  window.send("x", "no number");
  window.send("y");
  gone.peer().send("x", 2);
  gone.peer().send("x", 3);
  gone.close();
  gone.peer().send("x", 4);
  narrow.peer().send("x", 5);
  narrow.peer().send("x", 6);
  auto const answer = window.request<int>("ask", 7);
  auto const call = window.invoke<int>("call", 8);
  sim.runUntilIdle();
  REQUIRE(spy.handled().texts() == test::Log{"1"});
  auto const dead = spy.deadLetters();
  REQUIRE(dead.because(Errc::TypeMismatch).texts() == test::Log{"no number"});
  REQUIRE(dead.because(Errc::Closed).texts() == test::Log{"2", "3", ""});
  REQUIRE(dead.because(Errc::Full).texts() == test::Log{"5"});
  REQUIRE(dead.because(Errc::NoHandler).texts() == test::Log{"8"});
  REQUIRE(dead.because(Errc::NoListener).texts() == test::Log{"", "6", "7"});
  REQUIRE(spy.sent().count() == spy.handled().count() + dead.count() + spy.pending().count());
  REQUIRE(spy.sent().count() == sim.bus().stats().sent);
}

TEST_CASE("spy: one that comes late, one that forgets, and one that stays behind") {
  std::vector<Spy> kept;
  {
    Simulation sim;
    auto window = sim.bus().attach("window");
    sim.bus().main().on("x", [](int) {});
    window.send("x", 1);
    Spy spy(sim);
    window.send("x", 2);
    sim.runUntilIdle();
    REQUIRE(spy.sent().texts() == test::Log{"2"});
    REQUIRE(spy.handled().texts() == test::Log{"1", "2"});
    spy.forget();
    REQUIRE(spy.sent().empty());
    REQUIRE(spy.handled().empty());
    window.send("x", 3);
    sim.runUntilIdle();
    REQUIRE(spy.handled().texts() == test::Log{"3"});
    window.send("x", 4);
    kept.push_back(spy);
  }
  REQUIRE(kept[0].deadLetters().because(Errc::Closed).texts() == test::Log{"4"});
  REQUIRE(kept[0].handled().texts() == test::Log{"3"});
}

TEST_CASE("spy: in the midst of a handler that polls, each message has its own end") {
  Simulation sim;
  Spy const spy(sim);
  auto window = sim.bus().attach("window");
  tincan::Main& ipcMain = sim.bus().main();
  int depth = 0;
  ipcMain.on("x", [&](int) {
    if (++depth == 1) ipcMain.poll();
  });
  window.send("x", 1);
  window.send("x", 2);
  window.send("x", "3");
  sim.runUntilIdle();
  REQUIRE(spy.handled().texts() == test::Log{"2", "1"});
  REQUIRE(spy.deadLetters().texts() == test::Log{"3"});
}

TEST_CASE("spy: inside explore") {
  int runs = 0;
  auto const result = explore([&](Simulation& sim) {
    Spy const spy(sim);
    sim.bus().main().on("x", [](Event&) {});
    for (int r = 0; r < 3; ++r) {
      sim.spawn("r" + std::to_string(r), [](Renderer& ipc) {
        ipc.send("x");
        ipc.run();
      });
    }
    sim.eventually("all are handled", [spy, &runs] {
      ++runs;
      return spy.sent().on("x").count() == 3 && spy.handled().to("main").count() == 3;
    });
  });
  REQUIRE(result.complete);
  REQUIRE(result.schedules == 6);
  REQUIRE(runs >= 6);
}

TEST_CASE("records: the log of a simulation is filtered alike") {
  Simulation sim;
  sim.bus().main().on("x", [](int) {});
  auto window = sim.bus().attach("window");
  window.send("x", 1);
  window.send("x", 2);
  sim.runUntilIdle();
  Records const log(sim.log());
  REQUIRE(log.on("x").from("window").with("2").count() == 1);
  REQUIRE(log.where([](auto const& one) { return one.number > 1; }).count() == 1);
  REQUIRE(log.to("window").empty());
}

TEST_CASE(
    "spy: a message of sendLatest that was superseded waits no more, and not an older one "
    "instead") {
  Simulation sim;
  Spy const spy(sim);
  auto window = sim.bus().attach("window");
  sim.bus().main().on("at", [](int) {});
  window.send("at", 0);
  window.sendLatest("at", 1);
  window.sendLatest("at", 2);
  REQUIRE(spy.deadLetters().because(Errc::Superseded).texts() == test::Log{"1"});
  REQUIRE(spy.pending().texts() == test::Log{"0", "2"});
  sim.runUntilIdle();
  REQUIRE(spy.handled().texts() == test::Log{"0", "2"});
  REQUIRE(spy.pending().empty());
}
