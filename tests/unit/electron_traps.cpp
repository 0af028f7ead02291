// tests/unit/electron_traps.cpp - what users of Electron's ipc ran into, and do not here
#include <algorithm>

#include "support.hpp"

using namespace test;
using tincan::Errc;

TEST_CASE("Electron 2015 ran listeners inside sendSync: here none of the waiting thread's run") {
  tincan::Bus bus;
  bus.main().on("ask", [](tincan::Event& event) {
    for (int i = 0; i < 200; ++i) event.sender.send("render", i);
    event.returnValue = 1;
  });
  bool isInside = false;
  int inside = 0, outside = 0;
  std::size_t polled = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("render", [&](int) { ++(isInside ? inside : outside); });
    isInside = true;
    ipc.sendSync("ask");
    isInside = false;
    polled = ipc.poll();
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(inside == 0);
  REQUIRE(outside == 200);
  REQUIRE(polled == 200);
}

TEST_CASE("Electron 1.0 used freed memory at a second returnValue: here it is ignored") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::vector<bool> first;
  window.on("x", [&](tincan::Event& event) {
    event.returnValue = std::string(100, 'a');
    event.returnValue = std::string(100, 'b');
    first.push_back(event.returnValue.set(1));
    event.returnValue = Counted(1);
  });
  for (int i = 0; i < 100; ++i) {
    auto future = window.peer().request<std::string>("x");
    window.poll();
    REQUIRE(future.get() == std::string(100, 'a'));
  }
  REQUIRE(std::count(first.begin(), first.end(), true) == 0);
  REQUIRE(Counted::alive == 0);
}

TEST_CASE("a missing listener hung Electron's renderer for ever: here it is NoListener") {
  tincan::Bus bus;
  std::optional<Errc> code;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    code = codeOf([&] { ipc.sendSync("misspelt"); });
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(code == Errc::NoListener);
}

TEST_CASE("a listener that forgot returnValue hung it, too: here it is NoReply") {
  tincan::Bus bus;
  std::optional<Errc> code;
  bus.main().on("x", [](tincan::Event&) {});
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    code = codeOf([&] { ipc.sendSync("x"); });
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(code == Errc::NoReply);
}

TEST_CASE("a channel called error is a channel like any other") {
  tincan::Bus bus;
  bus.main().peer().send("error", "nobody listens");
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(bus.main().channels().empty());
  REQUIRE(bus.stats().deadLetters.at(Errc::NoListener) == 1);
}

TEST_CASE("a synchronous answer does not overtake asynchronous messages") {
  tincan::Bus bus;
  Log log;
  bus.main().on("async", [&] { log.push_back("async"); });
  bus.main().on("sync", [&](tincan::Event& event) {
    log.push_back("sync");
    event.returnValue = 1;
  });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 100; ++i) {
      ipc.send("async");
      ipc.sendSync("sync");
    }
    bus.main().quit();
  });
  bus.main().run();
  REQUIRE(log.size() == 200);
  for (std::size_t i = 0; i < 200; ++i) REQUIRE(log[i] == (i % 2 == 0 ? "async" : "sync"));
}

TEST_CASE("event.sender may be kept, and used when the sender is gone") {
  tincan::Bus bus;
  std::optional<tincan::Peer> sender;
  bus.main().on("x", [&](tincan::Event& event) { sender = event.sender; });
  {
    auto window = bus.attach("window");
    window.send("x");
    bus.main().poll();
    REQUIRE(sender->alive());
  }
  REQUIRE_FALSE(sender->alive());
  REQUIRE(sender->name() == "window");
  REQUIRE(sender->send("x") == tincan::SendResult::Closed);
}

TEST_CASE("main may ask a renderer, with an answer") {
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("title", [](tincan::Event& event) { event.returnValue = "a window"; });
    ipc.run();
  });
  REQUIRE(window.peer().sendSync<std::string>("title") == "a window");
}

TEST_CASE("renderers may talk to each other") {
  tincan::Bus bus;
  auto server = bus.spawn("server", [](tincan::Renderer& ipc) {
    ipc.on("square", [](tincan::Event& event, int number) { event.returnValue = number * number; });
    ipc.run();
  });
  int answer = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    answer = ipc.peer("server")->sendSync<int>("square", 7);
  });
  window.join();
  REQUIRE(answer == 49);
}

TEST_CASE("a listener is removed by its token, whatever became of the callable") {
  tincan::Bus bus;
  int calls = 0;
  tincan::Listener token;
  {
    auto const temporary = [&calls] { ++calls; };
    token = bus.main().on("x", temporary);
  }
  REQUIRE(token.remove());
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(calls == 0);
}

TEST_CASE("a hundred listeners on one channel are no leak and no warning") {
  tincan::Bus bus;
  int calls = 0;
  for (int i = 0; i < 100; ++i) bus.main().on("x", [&] { ++calls; });
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(calls == 100);
}

TEST_CASE("errors keep their class and their text") {
  struct Special : std::runtime_error {
    Special() : std::runtime_error("as it was thrown") {}
    int code = 17;
  };
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  window.on("x", [] { throw Special(); });
  auto future = window.peer().request("x");
  window.poll();
  try {
    future.get();
    FAIL("it must throw");
  } catch (Special const& special) {
    REQUIRE(special.code == 17);
    REQUIRE(std::string(special.what()) == "as it was thrown");
  }
}
