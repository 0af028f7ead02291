// tests/unit/within.cpp - within: who keeps a deadline
#include <chrono>

#include "deadline_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InvokeEvent;
using tincan::Task;
using namespace std::chrono_literals;

TEST_CASE_METHOD(DeadlineFixture,
                 "17: a deadline that passes throws Timeout, and what had not started never runs") {
  std::string what;
  // Nobody polls main, so there is no answer.
  SECTION("sendSync of a renderer") {
    what = whatOf([&] { return ipc.within(1ms).sendSync<int>("x", 1); });
    REQUIRE(codeOf([&] { return ipc.within(0s).sendSync<int>("x", 1); }) == Errc::Timeout);
  }
  SECTION("sendSync of a peer") {
    what = whatOf([&] { return main.peer().within(1ms).sendSync<int>("x", 1); });
    REQUIRE(codeOf([&] { return main.peer().within(-1h).sendSync<int>("x", 1); }) == Errc::Timeout);
  }
  SECTION("request") {
    auto a = ipc.within(1ms).request<int>("x", 1);
    auto b = main.peer().within(0s).request<int>("x", 1);
    what = whatOf([&] { return a.get(); });
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::Timeout);
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::AlreadyRetrieved);
  }
  SECTION("invoke") {
    auto a = ipc.within(1ms).invoke<int>("x", 1);
    auto b = main.peer().within(-1ns).invoke<int>("x", 1);
    what = whatOf([&] { return a.get(); });
    REQUIRE(codeOf([&] { return b.get(); }) == Errc::Timeout);
  }
  SECTION("invoke, and a wait that is longer") {
    auto a = ipc.within(1ms).invoke<int>("x", 1);
    auto b = ipc.within(0s).invoke<int>("x", 1);
    what = whatOf([&] { return a.getFor(1h); });
    REQUIRE(codeOf([&] { return b.getFor(1h); }) == Errc::Timeout);
  }
  REQUIRE(contains(what, "'x'"));
  REQUIRE(contains(what, "main"));
  REQUIRE(contains(what, "in time"));
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(reports.deadLetters().size() == 2);
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 2);
  REQUIRE(bus.stats().lateAnswers == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a wait that is shorter than the deadline ends first, and with it the request") {
  auto future = ipc.within(1h).invoke<int>("x", 1);
  REQUIRE_FALSE(future.ready());
  REQUIRE_FALSE(future.waitFor(0s));
  REQUIRE(codeOf([&] { return future.getFor(0s); }) == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "an answer in time is the answer, and one that is there beats the deadline") {
  auto asked = ipc.within(1h).request<int>("x", 1);
  auto called = main.peer().within(1h).invoke<int>("x", 2);
  auto passed = ipc.within(0s).invoke<int>("x", 3);
  auto untyped = ipc.within(1h).invoke("x", 4);
  main.poll();
  REQUIRE(asked.get() == 1);
  REQUIRE(called.get() == 2);
  REQUIRE(passed.get() == 3);
  REQUIRE(untyped.get().get<int>() == 4);
  REQUIRE(bus.stats().deadLetters.empty());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "a future is ready once its deadline has passed, and waits for nothing") {
  auto future = ipc.within(0s).invoke<int>("x", 1);
  REQUIRE(future.ready());
  future.wait();
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Timeout);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "waitFor agrees with ready when the future's own deadline has passed") {
  auto future = ipc.within(0s).invoke<int>("x", 1);
  REQUIRE(future.ready());
  REQUIRE(future.waitFor(0s));
  REQUIRE(future.waitFor(1h));
}

TEST_CASE_METHOD(DeadlineFixture, "deadlines of every size are deadlines") {
  using std::chrono::nanoseconds;
  REQUIRE(codeOf([&] { return ipc.within(nanoseconds::min()).sendSync<int>("x", 1); }) ==
          Errc::Timeout);
  auto future = ipc.within(nanoseconds::max()).invoke<int>("x", 1);
  REQUIRE_FALSE(future.ready());
  std::move(future).then(ipc, logged("max"));
  pump();
  REQUIRE(log == Log{"max 1"});
}

TEST_CASE_METHOD(DeadlineFixture, "a deadline changes nothing about those who are closed") {
  tincan::Peer const peer = ipc.peer();
  auto const within = ipc.within(1h);
  ipc.close();
  REQUIRE(codeOf([&] { return peer.within(1h).sendSync<int>("x"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return peer.within(0s).invoke<int>("x").get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return tincan::Peer().within(1h).request<int>("x").get(); }) ==
          Errc::Closed);
  REQUIRE(codeOf([&] { return within.sendSync<int>("x", 1); }) == Errc::Closed);  // one's own
  REQUIRE(codeOf([&] { return within.invoke<int>("x", 1).ready(); }) == Errc::Closed);
}

TEST_CASE("14: a call that could never end throws Deadlock at once, with a deadline, too") {
  tincan::Bus bus;
  auto ipc = bus.attach("window");
  bus.main().poll();
  ipc.poll();
  REQUIRE(codeOf([&] { return ipc.within(1h).sendSync<int>("x"); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { return ipc.peer().within(1h).sendSync<int>("x"); }) == Errc::Deadlock);
  auto future = ipc.within(1h).invoke<int>("x");
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Deadlock);
  REQUIRE(codeOf([&] { return future.getFor(1h); }) == Errc::Deadlock);
}

TEST_CASE_METHOD(DeadlineFixture, "17: an answer after the deadline is dropped and counted") {
  int const before = Counted::alive;
  bool cancelled = false;
  main.handle("task", [&](InvokeEvent& event) -> Task<Counted> {
    co_await main.peer().request("gate");
    cancelled = event.cancelled();
    co_return Counted(1);
  });
  auto asked = ipc.within(0s).request<Counted>("gate");
  auto called = ipc.within(0s).invoke<Counted>("task");
  pump();  // both are under way
  REQUIRE(gates.size() == 2);
  REQUIRE(asked.ready());
  REQUIRE(codeOf([&] { return asked.get().number; }) == Errc::Timeout);
  REQUIRE(codeOf([&] { return called.get().number; }) == Errc::Timeout);
  REQUIRE(bus.stats().lateAnswers == 0);
  REQUIRE_FALSE(gates[0].set(Counted(1)));
  REQUIRE(bus.stats().lateAnswers == 1);
  gates[1].set(0);
  pump();
  REQUIRE(cancelled);
  REQUIRE(bus.stats().lateAnswers == 2);
  REQUIRE(bus.stats().deadLetters.empty());
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("17: a listener that has started when its caller leaves answers too late") {
  tincan::Bus bus;
  Latch gaveUp(1);
  bus.main().on("x", [&](tincan::Event& event) {
    gaveUp.wait();
    event.returnValue = 1;
  });
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    code = codeOf([&] { return ipc.within(20ms).sendSync<int>("x"); });
    gaveUp.count_down();
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(code == Errc::Timeout);
  tincan::Stats const stats = bus.stats();
  // Or, on a slow machine, it had not started.
  REQUIRE(stats.lateAnswers + deadLettersOf(stats) == 1);
  REQUIRE(addsUp(stats));
}

TEST_CASE("calls with deadlines between threads are answered") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int number) { event.returnValue = number; });
  bus.main().handle("x", [](int number) { return -number; });
  bool right = true;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 200; ++i) {
      if (ipc.within(1h).sendSync<int>("x", i) != i) right = false;
      if (ipc.main().within(1h).invoke<int>("x", i).get() != -i) right = false;
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(right);
  REQUIRE(bus.stats().lateAnswers == 0);
}
