// tests/unit/handler_callers.cpp - who calls whom, and callers that leave before they are answered
#include <chrono>
#include <stop_token>

#include "handler_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::InvokeEvent;
using tincan::Task;
using namespace std::chrono_literals;

// ---- who calls whom -----------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "renderer to renderer, and main to renderer", "[speaker]") {
  auto other = bus.attach("other");
  Log senders;
  other.handle("x", [&](InvokeEvent& event, int number) {
    senders.push_back(event.sender.name());
    REQUIRE(event.channel() == tincan::ChannelName("x"));
    return number + 1;
  });
  main.handle("relay", [&](InvokeEvent& event) {
    senders.push_back(event.sender.name());
    return 0;
  });
  auto relayed = ipc.invoke<int>("relay");
  main.poll();  // main is the thread's first endpoint
  auto fromMain = main.renderer("other")->invoke<int>("x", 1);
  std::optional<tincan::Future<int>> fromWindow;
  ipc.post([&] { fromWindow = ipc.peer("other")->invoke<int>("x", 2); });
  ipc.poll();
  other.poll();
  REQUIRE(relayed.get() == 0);
  REQUIRE(fromMain.get() == 2);
  REQUIRE(fromWindow->get() == 3);
  REQUIRE(senders == Log{"window", "main", "window"});
}

TEST_CASE("a call between threads blocks only the one who asks for the answer") {
  test::Bus bus;
  bus.main().handle("double", [](int number) { return 2 * number; });
  std::vector<int> answers;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 300; ++i) futures.push_back(ipc.invoke<int>("double", i));
    for (auto& future : futures) answers.push_back(future.get());
    bus.close();
  });
  bus.main().run();
  window.join();
  std::vector<int> expected;
  for (int i = 0; i < 300; ++i) expected.push_back(2 * i);
  REQUIRE(answers == expected);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "20: a call to somebody who is closed, or to nobody, answers Closed at once") {
  tincan::Peer const peer = ipc.peer();
  ipc.close();
  auto closed = peer.invoke<int>("x");
  auto nobody = tincan::Peer().invoke<int>("x");
  REQUIRE(closed.ready());
  REQUIRE(nobody.ready());
  REQUIRE(codeOf([&] { return closed.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return nobody.get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return ipc.invoke<int>("x").ready(); }) == Errc::Closed);  // one's own
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "11: a call that waits when its receiver is closed answers Closed") {
  int const before = Counted::alive;
  bool called = false;
  ipc.handle("x", [&](Counted const&) { called = true; });
  auto future = ipc.peer().invoke("x", Counted(1));
  SECTION("the endpoint") { ipc.close(); }
  SECTION("the bus") { bus.close(); }
  REQUIRE(future.ready());
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Closed);
  REQUIRE_FALSE(called);
  REQUIRE(Counted::alive == before);
  REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "18: what a handler sends to its caller arrives before its answer") {
  ipc.on("x", [&](std::string const& from) { log.push_back(from); });
  main.handle("plain", [&](InvokeEvent& event) { event.sender.send("x", "plain"); });
  main.handle("task", [&](InvokeEvent& event) -> Task<void> {
    co_await event.sender.request("gate");
    event.sender.send("x", "task");
  });
  ipc.invoke("plain").then(ipc, [&](auto) { log.push_back("answer to plain"); });
  ipc.invoke("task").then(ipc, [&](auto) { log.push_back("answer to task"); });
  pump();
  REQUIRE(log == Log{"plain", "answer to plain"});
  gates[0].set(0);
  pump();
  REQUIRE(log == Log{"plain", "answer to plain", "task", "answer to task"});
}

// ---- callers that leave -------------------------------------------------------------------------

TEST_CASE_METHOD(HandlerFixture, "a call that was cancelled before it was handled never runs") {
  bool called = false;
  main.handle("x", [&] { called = true; });
  auto future = ipc.invoke("x");
  future.cancel();
  static_cast<void>(ipc.invoke("x"));  // dropped
  main.poll();
  REQUIRE_FALSE(called);
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Cancelled);
  REQUIRE(bus.stats().deadLetters.at(Errc::Cancelled) == 2);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "a plain handler sees that its caller leaves") {
  tincan::Future<tincan::Value> future;
  auto const leave = [&] { future.cancel(); };
  main.handle("x", [&](InvokeEvent& event) {
    std::stop_token const token = event.stopToken();
    REQUIRE(token.stop_possible());
    REQUIRE_FALSE(token.stop_requested());
    REQUIRE_FALSE(event.cancelled());
    std::stop_callback const callback(token, [&] { log.push_back("stop"); });
    leave();
    log.push_back("left");
    REQUIRE(token.stop_requested());
    REQUIRE(event.cancelled());
    REQUIRE(event.stopToken().stop_requested());
    return 1;
  });
  future = ipc.invoke("x");
  main.poll();
  REQUIRE(log == Log{"stop", "left"});
  REQUIRE(codeOf([&] { return future.get().empty(); }) == Errc::Cancelled);
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture,
                 "a token that is asked for after the caller has left is stopped already") {
  tincan::Future<tincan::Value> future;
  std::optional<bool> stopped;
  main.handle("x", [&](InvokeEvent& event) {
    future.cancel();
    stopped = event.stopToken().stop_requested();
  });
  future = ipc.invoke("x");
  main.poll();
  REQUIRE(stopped == true);
}

TEST_CASE_METHOD(HandlerFixture, "a token of a call that was answered is never stopped") {
  std::stop_token token;
  main.handle("x", [&](InvokeEvent& event) {
    token = event.stopToken();
    return 1;
  });
  {
    auto future = ipc.invoke<int>("x");
    main.poll();
    REQUIRE(future.get() == 1);
  }
  auto other = ipc.invoke("y");  // uses what the first one used
  other.cancel();
  REQUIRE_FALSE(token.stop_requested());
}

TEST_CASE_METHOD(HandlerFixture,
                 "a Task is asked to stop when its caller leaves, and what it answers is late") {
  main.handle("x", [&](InvokeEvent& event, std::string how) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop " + how); });
    bool const before = event.cancelled();
    co_await event.sender.request("gate");
    log.push_back(how + (before ? " was" : " was not") + (event.cancelled() ? " is" : " is not"));
    co_return 1;
  });
  std::optional<tincan::Future<int>> future = ipc.invoke<int>("x", "task");
  pump();
  std::optional<Errc> code, expected;
  SECTION("cancels") {
    future->cancel();
    code = codeOf([&] { return future->get(); });
    expected = Errc::Cancelled;
  }
  SECTION("drops the future") { future.reset(); }
  SECTION("assigns another one") { future = tincan::Future<int>(); }
  SECTION("has no time left") {
    code = codeOf([&] { return future->getFor(0s); });
    expected = Errc::Timeout;
  }
  REQUIRE(code == expected);
  REQUIRE(log == Log{"stop task"});
  gates[0].set(0);
  pump();
  REQUIRE(log == Log{"stop task", "task was not is"});
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(reports.errors().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(HandlerFixture, "17: a Task whose deadline has passed is asked to stop") {
  main.handle("x", [&](InvokeEvent& event) -> Task<int> {
    std::stop_callback const callback(event.stopToken(), [&] { log.push_back("stop"); });
    co_await event.sender.request("gate");
    co_return 1;
  });
  auto future = ipc.invoke<int>("x");
  pump();
  // The deadline of a blocked wait, on the thread of the caller.
  REQUIRE(codeOf([&] { return future.getFor(-1s); }) == Errc::Timeout);
  REQUIRE(log == Log{"stop"});
  gates[0].set(0);
  pump();
  REQUIRE(bus.stats().lateAnswers == 1);
}

TEST_CASE_METHOD(HandlerFixture, "a Task that throws after its caller has left harms nobody") {
  main.handle("x", [](InvokeEvent& event) -> Task<int> {
    co_await event.sender.request("gate");
    throw 42;
  });
  static_cast<void>(ipc.invoke<int>("x"));
  auto future = ipc.invoke<int>("x");
  pump();
  future.cancel();
  for (auto& gate : gates) gate.set(0);
  pump();
  REQUIRE(gates.size() == 1);  // the dropped one never ran
  REQUIRE(bus.stats().lateAnswers == 1);
  REQUIRE(addsUp(bus.stats()));
}
