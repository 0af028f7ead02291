// tests/testing/doubles.cpp - doubles, which answer in place of an endpoint
#include <tincan/testing.hpp>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "../unit/support.hpp"

using namespace std::chrono_literals;
using tincan::Errc;
using tincan::Error;
using tincan::Event;
using tincan::Renderer;
using tincan::SendResult;
using tincan::testing::Double;
using tincan::testing::explore;
using tincan::testing::Fault;
using tincan::testing::Simulation;
using tincan::testing::Spy;

TEST_CASE("double: a worker that answers, fails, and notes what it got") {
  Simulation sim;
  Double const worker =
      sim.standIn("worker").answers("length", 3).fails("broken", std::invalid_argument("no"));
  test::Log seen;
  sim.spawn("window", [&](Renderer& ipc) {
    auto const other = ipc.peer("worker").value();
    seen.push_back(std::to_string(other.sendSync<int>("length", "abc")));
    seen.push_back(std::to_string(other.invoke<long>("length", "abc").get()));
    seen.push_back(test::whatOf([&] { other.sendSync<int>("broken"); }));
    seen.push_back(test::whatOf([&] { other.invoke<int>("broken").get(); }));
    REQUIRE_THROWS_AS(other.invoke<int>("broken").get(), std::invalid_argument);
    other.send("note", 7);
    other.send("length", "only told");
  });
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"3", "3", "no", "no"});
  REQUIRE(worker.name() == "worker");
  REQUIRE(worker.received().count() == 7);
  REQUIRE(worker.received().on("length").from("window").texts() ==
          test::Log{"abc", "abc", "only told"});
  REQUIRE(worker.received().on("note").texts() == test::Log{"7"});
  REQUIRE(sim.bus().stats().deadLetters.empty());
}

TEST_CASE("double: answers made by a function, and the last program counts") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  Double const worker = sim.standIn("worker");
  worker.answersWith("sum", [](int a, int b) { return a + b; });
  auto sum = window.peer("worker")->request<int>("sum", 1, 2);
  auto call = window.peer("worker")->invoke<int>("sum", 3, 4);
  sim.runUntilIdle();
  REQUIRE(sum.get() == 3);
  REQUIRE(call.get() == 7);
  worker.answersWith("sum", [](int a, int) {
    if (a == 0) throw std::out_of_range("zero");
  });
  auto nothing = window.peer("worker")->request<void>("sum", 1, 2);
  auto zero = window.peer("worker")->invoke<void>("sum", 0, 2);
  auto zeroToo = window.peer("worker")->request<void>("sum", 0, 2);
  sim.runUntilIdle();
  nothing.get();
  REQUIRE_THROWS_AS(zero.get(), std::out_of_range);
  REQUIRE_THROWS_AS(zeroToo.get(), std::out_of_range);
  worker.answers("sum", "text");
  auto text = window.peer("worker")->request<std::string>("sum");
  sim.runUntilIdle();
  REQUIRE(text.get() == "text");
}

TEST_CASE("double: what nothing was programmed for finds nobody, unless it is a plain message") {
  Simulation sim;
  auto window = sim.bus().attach("window");
  Double const worker = sim.standIn("worker");
  auto const peer = worker.peer();
  peer.send("x", 1);
  auto asked = window.peer("worker")->request<int>("x", 2);
  auto called = window.peer("worker")->invoke<int>("x", 3);
  peer.send("x", 4);
  sim.runUntilIdle();
  REQUIRE(test::codeOf([&] { asked.get(); }) == Errc::NoListener);
  REQUIRE(test::codeOf([&] { called.get(); }) == Errc::NoHandler);
  REQUIRE(worker.received().texts() == test::Log{"1", "2", "3", "4"});
  REQUIRE(sim.bus().stats().handled == 2);
}

TEST_CASE("double: one that never answers leaves requests and calls open") {
  Simulation sim;
  Double const worker = sim.standIn("worker").neverAnswers("y");
  std::vector<std::optional<Errc>> codes;
  sim.spawn("window", [&](Renderer& ipc) {
    auto const peer = ipc.peer("worker")->within(1s);
    codes.push_back(test::codeOf([&] { peer.sendSync<int>("y"); }));
    codes.push_back(test::codeOf([&] { peer.invoke<int>("y").get(); }));
    auto open = ipc.peer("worker")->request<int>("y");
    codes.push_back(test::codeOf([&] { open.get(); }));
  });
  REQUIRE(test::codeOf([&] { sim.advance(0s); }) == std::nullopt);
  sim.runUntilIdle();
  REQUIRE(codes.empty());
  sim.advance(3s);
  REQUIRE(codes == std::vector<std::optional<Errc>>(2, Errc::Timeout));
  REQUIRE(worker.received().on("y").count() == 3);
  worker.close();
  sim.runUntilIdle();
  REQUIRE(codes.back() == Errc::Closed);
}

TEST_CASE("double: in the place of main") {
  Simulation sim;
  Double const main = sim.standIn("main").answers("version", "1.2");
  test::Log seen;
  sim.spawn("window", [&](Renderer& ipc) {
    seen.push_back(ipc.sendSync<std::string>("version"));
    ipc.on("pong", [&](int n) { seen.push_back(std::to_string(n)); });
    ipc.send("ping", 1);
    ipc.run();
  });
  sim.runUntilIdle();
  REQUIRE(sim.injectTo("window", "main", "pong", 5) == SendResult::Queued);
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"1.2", "5"});
  REQUIRE(main.received().channels() == test::Log{"version", "ping"});
  REQUIRE(main.renderer() == nullptr);
}

TEST_CASE("inject: a message as if from a peer, who need not be there") {
  Simulation sim;
  test::Log seen;
  sim.bus().main().on("x", [&](Event& event, int n) {
    seen.push_back(event.sender.name() + std::to_string(n));
    event.reply("y", n);
  });
  auto window = sim.bus().attach("window");
  window.on("y", [&](int n) { seen.push_back("y" + std::to_string(n)); });
  window.send("x", 1);
  REQUIRE(sim.inject("window", "x", 2) == SendResult::Queued);
  window.send("x", 3);
  sim.inject("ghost", "x", 4);
  sim.inject("ghost", "x", 5);
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"window1", "window2", "window3", "ghost4", "ghost5", "y1", "y2", "y3"});
  sim.bus().main().on("again", [&](int n) {
    sim.inject("window", "x", n);
    sim.inject("main", "x", n + 1);
  });
  seen.clear();
  sim.inject("ghost", "again", 6);
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"window6", "main7", "y6"});
  REQUIRE_THROWS_AS(sim.injectTo("nowhere", "window", "x", 1), std::invalid_argument);
}

TEST_CASE("fault: the next message on a channel is a dead letter") {
  Simulation sim;
  Spy const spy(sim);
  test::Reports const reports(sim.bus());
  int handled = 0;
  sim.bus().main().on("x", [&](int) { ++handled; });
  auto window = sim.bus().attach("window");
  Fault const fault = sim.failNext("x");
  REQUIRE_FALSE(fault.hasStruck());
  window.send("other");
  window.send("x", 1);
  window.send("x", 2);
  REQUIRE(fault.hasStruck());
  sim.runUntilIdle();
  REQUIRE(handled == 1);
  REQUIRE(spy.handled().texts() == test::Log{"2"});
  REQUIRE(spy.deadLetters().because(Errc::Closed).texts() == test::Log{"1"});
  REQUIRE(reports.deadLetters() ==
          test::Log{"NoListener other window>main", "Closed x window>main"});
  REQUIRE(test::addsUp(sim.bus().stats()));
}

TEST_CASE("fault: a request gets the error or exception of one's choice") {
  Simulation sim;
  std::string const large(100, 'a');
  int handled = 0;
  sim.bus().main().on("ask", [&](Event& event, std::string const&) {
    ++handled;
    event.returnValue = 1;
  });
  sim.bus().main().handle("call", [](std::string const&) { return 2; });
  auto window = sim.bus().attach("window");
  (void)sim.failNext("ask", Errc::Full);
  (void)sim.failNext("ask", std::make_exception_ptr(std::out_of_range("far")));
  (void)sim.failNext("call", std::make_exception_ptr(Error(Errc::Denied, "call", "not you")));
  auto full = window.request<int>("ask", large);
  auto far = window.request<int>("ask", "b");
  auto fine = window.request<int>("ask", "c");
  auto denied = window.invoke<int>("call", large);
  sim.runUntilIdle();
  REQUIRE(test::codeOf([&] { full.get(); }) == Errc::Full);
  REQUIRE_THROWS_AS(far.get(), std::out_of_range);
  REQUIRE(fine.get() == 1);
  REQUIRE(test::whatOf([&] { denied.get(); }) == "not you");
  REQUIRE(handled == 1);
  REQUIRE(sim.bus().stats().deadLetters.at(Errc::Denied) == 1);
  REQUIRE(test::addsUp(sim.bus().stats()));
  REQUIRE_THROWS_AS(sim.failNext("x", std::exception_ptr()), std::invalid_argument);
}

TEST_CASE("fault: a request that fails while it is waited for") {
  Simulation sim;
  sim.bus().main().on("ask", [](Event& event) { event.returnValue = 1; });
  (void)sim.failNext("ask", Errc::Timeout);
  std::optional<Errc> code;
  int answer = 0;
  sim.spawn("window", [&](Renderer& ipc) {
    code = test::codeOf([&] { ipc.sendSync<int>("ask"); });
    answer = ipc.sendSync<int>("ask");
  });
  sim.runUntilIdle();
  REQUIRE(code == Errc::Timeout);
  REQUIRE(answer == 1);
}

TEST_CASE("fault: a message that comes late by virtual time, and what others send meanwhile") {
  Simulation sim;
  test::Log seen;
  sim.bus().main().on(
      "x", [&](Event& event, int n) { seen.push_back(event.sender.name() + std::to_string(n)); });
  auto a = sim.bus().attach("a");
  auto b = sim.bus().attach("b");
  (void)sim.delayNext("x", 10ms);
  a.send("x", 1);
  a.send("x", 2);
  b.send("x", 3);
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"b3"});
  REQUIRE(sim.pending() == 2);
  sim.advance(9ms);
  REQUIRE(seen == test::Log{"b3"});
  sim.advance(1ms);
  REQUIRE(seen == test::Log{"b3", "a1", "a2"});
}

TEST_CASE("fault: what follows from a message that is held waits for it") {
  Simulation sim;
  test::Log seen;
  sim.bus().main().on("first", [&] { seen.push_back("first"); });
  sim.bus().main().on("second", [&] { seen.push_back("second"); });
  sim.bus().main().on("unrelated", [&] { seen.push_back("unrelated"); });
  auto a = sim.bus().attach("a");
  auto b = sim.bus().attach("b");
  auto c = sim.bus().attach("c");
  b.on("go", [&] { b.send("second"); });
  Fault const held = sim.holdNext("first");
  a.send("first");
  sim.injectTo("b", "a", "go");
  c.send("unrelated");
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"unrelated"});
  sim.advance(1h);
  REQUIRE(sim.pending("main") == 2);
  held.release();
  sim.runUntilIdle();
  REQUIRE(seen == test::Log{"unrelated", "first", "second"});
}

TEST_CASE("fault: what supersedes a message that is held is held in its place") {
  Simulation sim;
  std::string seen;
  sim.bus().main().on("x", [&](int number) { seen += std::to_string(number); });
  auto window = sim.bus().attach("window");
  bool const isForEver = GENERATE(true, false);
  Fault const held = isForEver ? sim.holdNext("x") : sim.delayNext("x", 50ms);
  for (int i = 0; i < 3; ++i) {
    window.sendLatest("x", i);
    sim.runUntilIdle();
  }
  REQUIRE(held.hasStruck());
  REQUIRE(sim.pending("main") == 1);
  REQUIRE(seen.empty());
  if (isForEver) {
    held.release();
    sim.runUntilIdle();
  } else {
    sim.advance(50ms);
  }
  REQUIRE(seen == "2");
}

TEST_CASE(
    "fault: a poll does not wait for a message that is held, a body does for one that is late") {
  Simulation sim;
  (void)sim.holdNext("x");
  auto window = sim.bus().attach("window");
  sim.bus().main().on("x", [] {});
  window.send("x");
  REQUIRE(sim.bus().main().poll() == 0);
  (void)sim.delayNext("ask", 5s);
  sim.bus().main().on("ask", [](Event& event) { event.returnValue = 1; });
  std::optional<Errc> code;
  int answer = 0;
  sim.spawn("other", [&](Renderer& ipc) {
    code = test::codeOf([&] { ipc.within(2s).sendSync<int>("ask"); });
    answer = ipc.sendSync<int>("ask");
  });
  sim.runUntilIdle();
  sim.advance(2s);
  REQUIRE(code == Errc::Timeout);
  REQUIRE(answer == 0);
  sim.advance(3s);
  REQUIRE(answer == 1);
}

TEST_CASE("fault: explore finds every message that may be the one that fails") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    Spy const spy(sim);
    (void)sim.failNext("x");
    sim.bus().main().on("x", [](int) {});
    for (int r = 0; r < 3; ++r) {
      sim.spawn("r" + std::to_string(r), [r](Renderer& ipc) {
        ipc.send("x", r);
        ipc.run();
      });
    }
    sim.eventually("one has failed", [spy, &outcomes] {
      outcomes.insert(spy.deadLetters().texts().at(0));
      return spy.handled().count() == 2;
    });
  });
  REQUIRE(result.complete);
  REQUIRE(outcomes == std::set<std::string>{"0", "1", "2"});
}

TEST_CASE("fault: explore releases a message at every point") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto const log = std::make_shared<std::string>();
    Fault const held = sim.holdNext("late");
    sim.bus().main().on("late", [log] { *log += "L"; });
    sim.bus().main().on("x", [log] { *log += "x"; });
    sim.standIn("worker").answersWith("go", [held] {
      held.release();
      return 0;
    });
    sim.spawn("a", [](Renderer& ipc) {
      ipc.send("late");
      ipc.run();
    });
    sim.spawn("b", [](Renderer& ipc) {
      ipc.peer("worker")->send("go");
      ipc.send("x");
      ipc.run();
    });
    sim.eventually("all", [log, &outcomes] {
      outcomes.insert(*log);
      return log->size() == 2;
    });
  });
  REQUIRE(result.complete);
  REQUIRE(outcomes == std::set<std::string>{"Lx", "xL"});
}

TEST_CASE("double: inside explore") {
  auto const result = explore([](Simulation& sim) {
    Double const worker = sim.standIn("worker").answers("n", 4);
    auto const sum = std::make_shared<int>(0);
    for (int r = 0; r < 2; ++r) {
      sim.spawn("r" + std::to_string(r), [sum](Renderer& ipc) {
        *sum += ipc.peer("worker")->sendSync<int>("n");
        ipc.run();
      });
    }
    sim.eventually("both got it",
                   [worker, sum] { return *sum == 8 && worker.received().on("n").count() == 2; });
  });
  REQUIRE(result.complete);
}
