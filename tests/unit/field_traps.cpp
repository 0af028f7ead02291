// tests/unit/field_traps.cpp - where other message libraries fail
#include <memory>

#include "support.hpp"

using namespace test;
using tincan::Errc;

TEST_CASE("eventpp loses the rest of the queue when a listener throws: here nothing is lost") {
  tincan::Bus bus;
  Reports const reports(bus);
  int got = 0;
  bus.main().on("x", [&](int number) {
    ++got;
    if (number % 3 == 0) throw number;
  });
  for (int i = 0; i < 300; ++i) bus.main().peer().send("x", i);
  REQUIRE(bus.main().poll() == 300);
  REQUIRE(got == 300);
  REQUIRE(reports.errors().size() == 100);
}

TEST_CASE("EnTT confuses two types under one name: here it is a TypeMismatch") {
  struct Position {
    double x, y;
  };
  struct Name {
    std::string first, last;
  };
  tincan::Bus bus;
  Reports const reports(bus);
  bool called = false;
  bus.main().on("x", [&](Name const&) { called = true; });
  bus.main().peer().send("x", Position{1, 2});
  auto future = bus.main().peer().request("x", Position{1, 2});
  bus.main().poll();
  REQUIRE_FALSE(called);
  std::string const what = whatOf([&] { future.get(); });
  REQUIRE(contains(what, "Position"));
  REQUIRE(contains(what, "Name"));
  REQUIRE(bus.stats().deadLetters.at(Errc::TypeMismatch) == 2);
}

TEST_CASE("dexode's EventBus uses freed memory after a throw: here listeners may come and go") {
  tincan::Bus bus;
  Reports const reports(bus);
  std::vector<tincan::Listener> listeners;
  int calls = 0;
  listeners.push_back(bus.main().on("x", [&, held = std::make_shared<int>(1)] {
    for (auto const& listener : listeners) listener.remove();
    listeners.clear();
    listeners.push_back(bus.main().on("x", [&] { ++calls; }));
    throw *held;
  }));
  listeners.push_back(bus.main().on("x", [&] { calls += 100; }));
  bus.main().peer().send("x");
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(calls == 1);
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE("DelegateMQ terminates when a listener throws: here the caller gets the exception") {
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [] { throw std::logic_error("thrown over there"); });
    ipc.on("y", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.run();
  });
  REQUIRE_THROWS_AS(window.peer().sendSync("x"), std::logic_error);
  REQUIRE(window.peer().sendSync<int>("y") == 1);
}

TEST_CASE("DelegateMQ waits a thousand hours on a self-call: here it is Deadlock at once") {
  tincan::Bus bus;
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("x", [&] { code = codeOf([&] { ipc.peer().sendSync("y"); }); });
    ipc.run();
  });
  window.peer().send("x");
  { auto const end = std::move(window); }
  REQUIRE(code == Errc::Deadlock);
}

TEST_CASE("MsgBus reports success for a wrong type: here the caller is told") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [](tincan::Event& event, int) { event.returnValue = 1; });
  auto future = window.peer().request<int>("x", "no number");
  window.poll();
  REQUIRE(codeOf([&] { future.get(); }) == Errc::TypeMismatch);
}

TEST_CASE(
    "a promise whose thread is gone hangs others: here a request never outlives its receiver") {
  tincan::Bus bus;
  std::optional<tincan::Future<int>> future;
  {
    auto window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.poll(0); });
    future = window.peer().request<int>("x");
  }
  REQUIRE(codeOf([&] { future->get(); }) == Errc::Closed);
}

TEST_CASE("a listener may destroy what it listens with, send, poll and close, all at once") {
  tincan::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  tincan::Peer const peer = window->peer();
  int calls = 0;
  window->on("x", [&, text = std::string(100, 'x')](tincan::Event& event, std::string& argument) {
    ++calls;
    peer.send("x", argument);
    window->removeAllListeners();
    window->poll();
    event.reply("y");
    window.reset();
    bus.close();
    REQUIRE(text == argument);
  });
  peer.send("x", std::string(100, 'x'));
  window->poll();
  REQUIRE(calls == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("hundreds of renderers, each with a few messages, all arrive") {
  tincan::Bus bus;
  int got = 0;
  bus.main().on("x", [&](tincan::Event& event) {
    ++got;
    event.reply("y");
  });
  std::vector<tincan::Renderer> renderers;
  int replies = 0;
  for (int i = 0; i < 300; ++i) {
    renderers.push_back(bus.attach());
    renderers.back().on("y", [&] { ++replies; });
  }
  for (int round = 0; round < 3; ++round) {
    for (auto& renderer : renderers) renderer.send("x");
    while (bus.main().poll() != 0) {
    }
    for (auto& renderer : renderers) renderer.poll();
  }
  REQUIRE(got == 900);
  REQUIRE(replies == 900);
}

TEST_CASE("a lane that has been quiet for thousands of polls is heard again") {
  tincan::Bus bus;
  auto quiet = bus.attach("quiet");
  auto busy = bus.attach("busy");
  int fromQuiet = 0, fromBusy = 0;
  bus.main().on("quiet", [&] { ++fromQuiet; });
  bus.main().on("busy", [&] { ++fromBusy; });
  for (int round = 1; round <= 3; ++round) {
    quiet.send("quiet");
    busy.send("busy");
    bus.main().poll();
    for (int i = 0; i < 10'000; ++i) {
      if (i % 100 == 0) busy.send("busy");
      bus.main().poll();
    }
    REQUIRE(fromQuiet == round);
    REQUIRE(fromBusy == round * 101);
  }
}
