// tests/unit/wrong_thread.cpp - verbs of an endpoint that another thread polls: those that no other test calls there
#include <chrono>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

TEST_CASE("an endpoint's ways to poll are for its thread, and so are main's verbs") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  tincan::Main& main = bus.main();
  main.poll();
  window.poll();
  auto const listener = window.on("x", [] {});
  auto scope = main.from(window.peer());
  std::vector<std::pair<std::string, std::optional<Errc>>> codes;
  std::thread([&] {
    auto const add = [&](std::string verb, auto const& call) {
      codes.emplace_back(std::move(verb), codeOf([&] { return call(), 0; }));
    };
    add("pollFor", [&] { window.pollFor(1h); });
    add("pollFor nothing", [&] { window.pollFor(0s); });
    add("poll(0)", [&] { window.poll(0); });
    add("run(stop)", [&] { window.run(tincan::StopToken()); });
    add("runUntil", [&] { window.runUntil(std::chrono::steady_clock::now()); });
    add("runFor", [&] { window.runFor(0s); });
    add("runAll", [&] { tincan::runAll(window, main); });
    add("addListener", [&] { window.addListener("x", [] {}); });
    add("removeListener", [&] { window.removeListener(listener); });
    add("handleOnce", [&] { window.handleOnce("x", [] { return 1; }); });
    add("nextDeadline", [&] { static_cast<void>(window.nextDeadline()); });
    add("release", [&] { window.release(); });
    add("within", [&] { window.within(1h).sendSync("x"); });
    add("within invoke", [&] { static_cast<void>(window.within(1h).invoke("x")); });
    add("broadcast", [&] { main.broadcast("x"); });
    add("invokeAll", [&] { static_cast<void>(main.invokeAll("x")); });
    add("scope.once", [&] { scope.once("x", [] {}); });
    add("onWake({})", [&] { window.onWake({}); });
  }).join();
  for (auto const& [verb, code] : codes) {
    INFO(verb);
    CHECK(code == Errc::WrongThread);
  }
  CHECK(window.listenerCount("x") == 1);
  CHECK_FALSE(window.hasHandler("x"));
  CHECK(window.poll() == 0);  // nothing was broadcast
}

TEST_CASE("S: every and onWake set an endpoint up, too") {
  for (std::string const way : {"every", "onWake", "handle", "addListener"}) {
    INFO(way);
    tincan::Bus bus;
    Log who;
    bus.main().on("who?", [&](tincan::Event& event) { who.push_back(event.sender.name()); });
    tincan::Renderer r = bus.attach("r");
    tincan::Peer const toMain = r.main();
    std::thread([&] {
      bus.main().peer().send("who?");  // nobody
      if (way == "every") r.every(1h, [] {});
      if (way == "onWake") r.onWake([] {});
      if (way == "handle") r.handle("x", [] { return 1; });
      if (way == "addListener") r.addListener("x", [] {});
      bus.main().peer().send("who?");  // r
      toMain.send("who?");             // r
    }).join();
    bus.main().poll();
    CHECK(who == Log{"", "r", "r"});
  }
}
