// tests/unit/closed.cpp - behaviour 20: verbs of and to what is closed
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

TEST_CASE("20: verbs of one's own closed endpoint throw Closed") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.close();
  REQUIRE(codeOf([&] { window.send("x"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { window.sendSync("x"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { static_cast<void>(window.request("x")); }) == Errc::Closed);
  REQUIRE(codeOf([&] { window.on("x", [] {}); }) == Errc::Closed);
  REQUIRE(codeOf([&] { window.post([] {}); }) == Errc::Closed);
  REQUIRE(window.poll() == 0);
  window.run();
  window.close();
  REQUIRE(window.name() == "window");
  REQUIRE_FALSE(window.peer().alive());
  bus.close();
  REQUIRE(codeOf([&] { bus.main().broadcast("x"); }) == Errc::Closed);
}

TEST_CASE("20: an error names the verb that was called") {
  using tincan::Channel;
  constexpr Channel<int(int)> Typed{"typed"};
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.close();
  auto const names = [](std::string const& verb, auto const& call) {
    INFO(verb);
    CHECK(whatOf(call).starts_with(verb + ": "));
  };
  names("on", [&] { window.on("x", [] {}); });
  names("addListener", [&] { window.addListener("x", [] {}); });
  names("once", [&] { window.once("x", [] {}); });
  names("handle", [&] { window.handle("x", [] {}); });
  names("handleOnce", [&] { window.handleOnce("x", [] {}); });
  names("addListener", [&] { window.addListener(Typed, [](int) {}); });
  names("once", [&] { window.once(Typed, [](int) {}); });
  names("handleOnce", [&] { window.handleOnce(Typed, [](int) { return 1; }); });
  names("tincan: once", [&] { window.once("x", std::function<void()>()); });
  names("tincan: handleOnce", [&] { window.handleOnce("x", std::function<void()>()); });
  auto const listener = bus.main().on("x", [] {});
  bus.main().poll();
  std::thread([&] {
    names("removeListener", [&] { bus.main().removeListener(listener); });
    names("remove", [&] { static_cast<void>(listener.remove()); });
  }).join();
}

TEST_CASE("20: verbs to somebody else's closed endpoint return or answer Closed") {
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  tincan::Peer const peer = window.peer();
  REQUIRE(peer.send("x") == SendResult::Queued);
  window.close();
  REQUIRE(peer.send("x") == SendResult::Closed);
  REQUIRE(codeOf([&] { peer.sendSync("x"); }) == Errc::Closed);
  auto future = peer.request("x");
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Closed);
  REQUIRE(reports.deadLetters() == Log(4, "Closed x main>window"));
  REQUIRE(bus.stats().sent == 4);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("20: an endpoint closed in its own handler is closed for others at once") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto other = bus.attach("other");
  tincan::Peer const peer = window.peer();
  std::optional<SendResult> during;
  std::optional<Errc> code;
  other.on("try", [&] {
    during = peer.send("x");
    code = codeOf([&] { peer.request<int>("x").getFor(std::chrono::seconds(0)); });
  });
  other.on("warm up", [&] { peer.send("ignored"); });  // so that there is a lane
  other.peer().send("warm up");
  other.poll();
  window.on("ignored", [] {});
  window.on("close", [&] {
    window.close();
    other.peer().send("try");
    other.poll();
  });
  peer.send("close");
  window.poll();
  REQUIRE(during == SendResult::Closed);
  REQUIRE(code == Errc::Closed);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("20: a send while an argument closes the receiver") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = bus.attach("window");
  tincan::Peer const peer = window.peer();
  peer.send("x");
  OnCopy const argument([&] { window.close(); });
  SECTION("is Closed") {
    REQUIRE(peer.send("x", Counted(1), argument) == SendResult::Closed);
    REQUIRE(bus.stats().sent == 2);
    REQUIRE(bus.stats().deadLetters.at(Errc::Closed) == 2);
  }
  SECTION("and a request answers Closed") {
    auto future = peer.request("x", Counted(1), argument);
    REQUIRE(future.ready());
    REQUIRE(codeOf([&] { future.get(); }) == Errc::Closed);
  }
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("20: a send while an argument closes the receiver and then sends to a new one") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto other = bus.attach("other");
  tincan::Peer const peer = window.peer();
  peer.send("x");
  OnCopy const argument([&] {
    window.close();
    other.peer().send("x");  // the first: lanes to those that are gone leave now
  });
  REQUIRE(peer.send("x", Counted(1), argument) == SendResult::Closed);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("20: a dead letter hook that sends to an endpoint it has never sent to") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto log = bus.attach("log");
  int logged = 0;
  log.on("dead letter", [&](std::string const&) { ++logged; });
  bus.onDeadLetter([peer = log.peer()](tincan::DeadLetter const& letter) {
    if (letter.to == "window") peer.send("dead letter", letter.channel);
  });
  tincan::Peer const peer = window.peer();
  OnCopy const argument([&] { window.close(); });
  REQUIRE(peer.send("x", Counted(1), argument) == SendResult::Closed);
  log.poll();
  REQUIRE(logged == 1);
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
  bus.onDeadLetter({});
}

TEST_CASE("20: an argument that ends the endpoint that sends it") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = std::make_optional(bus.attach("window"));
  window->poll();  // here it lives
  window->send("x");
  OnCopy const argument([&] { window.reset(); });
  tincan::Peer const main = window->main();
  SECTION("by its own send") { window->send("x", Counted(1), argument); }
  SECTION("by a send of this thread") { main.send("x", Counted(1), argument); }
  SECTION("by a request, which is cancelled") {
    auto future = window->request("x", Counted(1), argument);
    future.cancel();
    REQUIRE(codeOf([&] { future.get(); }) == Errc::Cancelled);
  }
  SECTION("by a sendSync") {
    REQUIRE(codeOf([&] { window->sendSync("x", Counted(1), argument); }).has_value());
  }
  REQUIRE(!window.has_value());
  bus.main().poll();
  REQUIRE(Counted::alive == before);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("20: an argument that ends the bus on which it is sent") {
  int const before = Counted::alive;
  auto bus = std::make_optional<tincan::Bus>();
  auto window = std::make_optional(bus->attach("window"));
  tincan::Peer const main = window->main();
  OnCopy const argument([&] {
    window.reset();
    bus.reset();
  });
  SECTION("by a renderer") {
    REQUIRE(window->send("x", Counted(1), argument) == SendResult::Closed);
  }
  SECTION("by nobody") { REQUIRE(main.send("x", Counted(1), argument) == SendResult::Closed); }
  REQUIRE(!bus.has_value());
  REQUIRE(Counted::alive == before);
}
