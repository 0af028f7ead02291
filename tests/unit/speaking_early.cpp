// tests/unit/speaking_early.cpp - rule S: who sends before the first poll
#include <chrono>
#include <optional>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::SendResult;

TEST_CASE("S: main, not polled yet, speaks on the thread that made the bus") {
  tincan::Bus bus;
  tincan::Renderer ear = bus.attach("ear");
  Log who;
  ear.on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  ear.peer().send("who?");
  ear.poll();
  REQUIRE(who == Log{"main"});
}

TEST_CASE("S: a reply to main, not polled yet, arrives") {
  Guard const guard;
  tincan::Bus bus;
  std::string name, reply;
  bus.main().on("done", [&](std::string const& text) {
    reply = text;
    bus.main().quit();
  });
  auto const worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
    ipc.on("work", [&](tincan::Event& event) {
      name = event.sender.name();
      if (event.reply("done", "by reply") != SendResult::Queued) ipc.send("done", "by send");
    });
    ipc.run();
  });
  worker.peer().send("work");
  bus.main().run();
  REQUIRE(name == "main");
  REQUIRE(reply == "by reply");
}

TEST_CASE("S: main, not polled yet, is the sender of what it asks") {
  Guard const guard;
  tincan::Bus bus;
  auto const worker = bus.spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on("who?", [](tincan::Event& event) { event.returnValue = event.sender.name(); });
    ipc.handle("who?", [](tincan::InvokeEvent& event) { return event.sender.name(); });
    ipc.run();
  });
  REQUIRE(worker.peer().sendSync<std::string>("who?") == "main");
  REQUIRE(worker.peer().request<std::string>("who?").get() == "main");
  REQUIRE(worker.peer().invoke<std::string>("who?").get() == "main");
}

TEST_CASE("S: an attached renderer, not polled yet, speaks on the thread that made it") {
  tincan::Bus bus;
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread([&] {
    tincan::Renderer r = bus.attach("r");
    bus.main().peer().send("who?");
    r.main().send("who?");
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"r", "r"});
}

TEST_CASE(
    "S: the first of several endpoints of a thread speaks, and the next one when it is closed") {
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread([&] {
    tincan::Renderer first = bus.attach("first");
    tincan::Renderer second = bus.attach("second");
    main.send("who?");
    second.main().send("who?");
    main.send("who?");
    first.close();
    main.send("who?");
    second.close();
    main.send("who?");
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"first", "second", "first", "second", ""});
}

TEST_CASE("S: a bus made elsewhere leaves this thread without an endpoint") {
  std::optional<tincan::Bus> bus;
  std::optional<tincan::Renderer> ear;
  std::thread([&] {
    bus.emplace();
    ear.emplace(bus->attach("ear"));
  }).join();
  Log who;
  ear->peer().send("who?");
  ear->on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  ear->peer().send("who?");  // now ear is this thread's
  ear->poll();
  REQUIRE(who == Log{"", "ear"});
}

namespace {

/// What sets an endpoint up: each of these makes it the calling thread's, before its first poll.
struct SettingUp {
  char const* name;
  std::function<void(tincan::Renderer&)> act;
};

std::vector<SettingUp> const& waysToSetUp() {
  static std::vector<SettingUp> const ways{
      {"on", [](tincan::Renderer& ipc) { ipc.on("x", [] {}); }},
      {"once", [](tincan::Renderer& ipc) { ipc.once("x", [] {}); }},
      {"handle",
       [](tincan::Renderer& ipc) {
         static int calls = 0;
         ipc.handleOnce(std::to_string(++calls), [] { return 1; });
       }},
      {"start",
       [](tincan::Renderer& ipc) {
         tincan::MessageChannel channel;
         channel.port1.start(ipc);
       }},
      {"onAny",
       [](tincan::Renderer& ipc) { ipc.onAny([](tincan::Event&, tincan::Arguments const&) {}); }},
      {"keepLast", [](tincan::Renderer& ipc) { ipc.keepLast("x"); }},
      {"allow", [](tincan::Renderer& ipc) { ipc.allow("x", {"nobody"}); }},
      {"after", [](tincan::Renderer& ipc) { ipc.after(std::chrono::hours(1), [] {}); }},
      {"send", [](tincan::Renderer& ipc) { ipc.send("hello"); }},
      {"sendLatest", [](tincan::Renderer& ipc) { ipc.sendLatest("hello"); }},
      {"request", [](tincan::Renderer& ipc) { static_cast<void>(ipc.request("hello")); }},
  };
  return ways;
}

}  // namespace

TEST_CASE("S: an endpoint that is not polled yet belongs to who set it up last") {
  for (SettingUp const& way : waysToSetUp()) {
    INFO(way.name);
    tincan::Bus bus;
    Log who;
    bus.main().on("hello", [] {});
    bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
    tincan::Renderer r = bus.attach("r");
    tincan::Peer const toMain = r.main();
    std::thread([&] {
      bus.main().peer().send("who?");  // nobody
      way.act(r);
      bus.main().peer().send("who?");  // r
      toMain.send("who?");             // r
    }).join();
    bus.main().poll();    // what another thread sent has an order with what comes now
    toMain.send("who?");  // main: r belongs to the other thread
    way.act(r);
    toMain.send("who?");  // r has come back
    bus.main().poll();
    REQUIRE(who == Log{"", "r", "r", "main", "r"});
  }
}

TEST_CASE("S: what was made here and is polled elsewhere is not spoken for here") {
  tincan::Bus bus;
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  tincan::Renderer r = bus.attach("r");
  tincan::Peer const toMain = r.main();
  toMain.send("who?");
  bus.main().poll();
  std::thread([&] {
    r.poll();
    toMain.send("who?");
  }).join();
  bus.main().poll();
  toMain.send("who?");
  bus.main().poll();
  REQUIRE(who == Log{"r", "r", "main"});
}

TEST_CASE("S: main that is run by another thread is not spoken for where it was made") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Peer const main = bus.main().peer();
  Log who;
  bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
  std::thread mainThread([&] { bus.main().run(); });
  main.request("nobody listens").wait();  // main is polled there by now
  main.send("who?");
  bus.main().quit();
  mainThread.join();
  REQUIRE(who == Log{""});
}
