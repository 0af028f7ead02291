// tests/unit/deadlines.cpp - nextDeadline, and the deadlines of what goes on in a loop
#include <chrono>
#include <stop_token>

#include "deadline_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::InvokeEvent;
using tincan::Task;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

TEST_CASE_METHOD(DeadlineFixture,
                 "nextDeadline is the earliest of those that wait to go on, and none without") {
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  auto future = ipc.within(2h).invoke<int>("x", 1);
  REQUIRE_FALSE(ipc.nextDeadline().has_value());  // the one who has the future keeps it
  ipc.invoke<int>("x", 2).then(ipc, logged("for ever"));
  REQUIRE_FALSE(ipc.nextDeadline().has_value());

  auto const before = Clock::now();
  auto sooner = ipc.within(1h).invoke<int>("x", 3);
  auto const after = Clock::now();
  std::move(future).then(ipc, logged("later"));
  auto const later = ipc.nextDeadline();
  REQUIRE(later.has_value());
  std::move(sooner).then(ipc, logged("sooner"));
  auto const next = ipc.nextDeadline();
  REQUIRE(next.has_value());
  REQUIRE(*next < *later);
  REQUIRE(*next >= before + 1h);
  REQUIRE(*next <= after + 1h);
  REQUIRE_FALSE(main.nextDeadline().has_value());

  main.poll();
  REQUIRE(ipc.nextDeadline() == next);  // until it has gone on
  ipc.poll();
  REQUIRE(log == Log{"later 1", "for ever 2", "sooner 3"});
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
}

TEST_CASE_METHOD(DeadlineFixture,
                 "nextDeadline is gone after a timeout, and after the end of the one who waits") {
  auto gate = ipc.within(0s).request<int>("gate");
  std::move(gate).then(ipc, logged("gate"));
  REQUIRE(ipc.nextDeadline().has_value());
  REQUIRE(*ipc.nextDeadline() <= Clock::now());
  ipc.poll();
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  REQUIRE(log == Log{"gate Timeout"});
}

TEST_CASE_METHOD(DeadlineFixture, "nextDeadline is of the endpoint's thread") {
  ipc.poll();
  std::optional<Errc> code;
  std::thread([&] { code = codeOf([&] { return ipc.nextDeadline().has_value(); }); }).join();
  REQUIRE(code == Errc::WrongThread);
}

TEST_CASE_METHOD(DeadlineFixture, "a coroutine that waits gives its endpoint a deadline") {
  ipc.handle("wait", [this](InvokeEvent&) -> Task<int> {
    co_return co_await main.peer().within(1h).request<int>("gate");
  });
  auto future = ipc.peer().invoke<int>("wait");
  ipc.poll();
  REQUIRE(ipc.nextDeadline().has_value());
  pump();
  REQUIRE(ipc.nextDeadline().has_value());
  gates.at(0).set(5);
  pump();
  REQUIRE_FALSE(ipc.nextDeadline().has_value());
  REQUIRE(future.get() == 5);
}

TEST_CASE_METHOD(
    DeadlineFixture,
    "17: a coroutine whose deadline has passed gets Timeout, and what had not started never runs") {
  ipc.handle("wait", [this](InvokeEvent&) -> Task<int> {
    auto future = main.peer().within(0s).invoke<int>("x", 1);
    co_return co_await std::move(future);
  });
  auto future = ipc.peer().invoke<int>("wait");
  SECTION("main was never polled") {}
  SECTION("main is another endpoint of the thread, for which it could not block") { main.poll(); }
  ipc.poll();
  ipc.poll();
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture, "23: a loop that goes on with an answer wakes for its deadline") {
  std::optional<Errc> code;
  SECTION("of a function, in run") {
    ipc.within(5ms).invoke<int>("x", 1).then(ipc, [&](Future<int> future) {
      code = codeOf([&] { return future.get(); });
      ipc.quit();
    });
    ipc.run();
  }
  SECTION("of a function, in run with a stop token") {
    std::stop_source stop;
    ipc.within(5ms).invoke<int>("x", 1).then(ipc, [&](Future<int> future) {
      code = codeOf([&] { return future.get(); });
      stop.request_stop();
    });
    ipc.run(stop.get_token());
  }
  SECTION("of a coroutine") {
    ipc.handle("wait", [&](InvokeEvent&) -> Task<void> {
      try {
        co_await main.peer().within(5ms).invoke<int>("x", 1);
      } catch (tincan::Error const& error) {
        code = error.code();
      }
      ipc.quit();
    });
    auto future = ipc.peer().invoke<void>("wait");
    ipc.run();
    future.get();
  }
  REQUIRE(code == Errc::Timeout);
  main.poll();
  REQUIRE(calls == 0);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(DeadlineFixture, "deadlines pass in their order, each once") {
  auto late = ipc.within(1ns).request<int>("gate");
  auto early = ipc.within(0s).request<int>("gate");
  std::move(late).then(ipc, logged("late"));
  std::move(early).then(ipc, logged("early"));
  ipc.within(1h).request<int>("gate").then(ipc, logged("in an hour"));
  while (log.size() < 2) ipc.poll();
  REQUIRE(log == Log{"early Timeout", "late Timeout"});
  pump();
  REQUIRE(gates.size() == 1);  // of those that are over none was handled
  REQUIRE(bus.stats().deadLetters.at(Errc::Timeout) == 2);
  gates[0].set(5);
  pump();
  REQUIRE(log.size() == 3);
  REQUIRE(log.back() == "in an hour 5");
}

TEST_CASE_METHOD(DeadlineFixture,
                 "an answer that is in the inbox goes before a deadline that has passed") {
  ipc.within(0s).invoke<int>("x", 5).then(ipc, logged("x"));
  main.poll();
  REQUIRE(log.empty());
  ipc.poll();
  REQUIRE(log == Log{"x 5"});
  REQUIRE(bus.stats().lateAnswers == 0);
}

TEST_CASE_METHOD(DeadlineFixture,
                 "17: a Task whose caller's loop has kept the deadline is asked to stop") {
  main.handle("task", [&](InvokeEvent& event) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop"); });
    co_return co_await main.peer().request<int>("gate");
  });
  ipc.within(0s).invoke<int>("task").then(ipc, logged("task"));
  while (main.poll() > 0) {
  }
  REQUIRE(gates.size() == 1);
  REQUIRE(log.empty());
  ipc.poll();
  REQUIRE(log == Log{"stop", "task Timeout"});
  gates.at(0).set(1);
  pump();
  REQUIRE(log.size() == 2);
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}
