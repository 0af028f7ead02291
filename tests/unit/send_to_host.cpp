// tests/unit/send_to_host.cpp - sendToHost: the host of a renderer
#include <algorithm>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "scope_helpers.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

namespace {
/// Logs the numbers that an endpoint gets by "up".
void listen(tincan::Endpoint& endpoint, Log& log) {
  endpoint.on("up", [&log, name = endpoint.name()](tincan::Event& event) {
    log.push_back(event.sender.name() + ">" + name);
  });
}
}  // namespace

TEST_CASE("sendToHost: the host of what main's thread makes outside of handlers is main") {
  test::Bus bus;
  Log log;
  listen(bus.main(), log);
  auto window = bus.attach("window");
  window.poll();  // this thread speaks for window, and still runs nobody
  auto other = bus.attach("other");
  REQUIRE(window.sendToHost("up") == SendResult::Queued);
  REQUIRE(other.sendToHost("up") == SendResult::Queued);
  bus.spawn("spawned", [](tincan::Renderer& ipc) { ipc.sendToHost("up"); }).join();
  while (bus.main().poll() != 0) {
  }
  std::sort(log.begin(), log.end());  // three senders that know nothing of one another
  REQUIRE(log == Log{"other>main", "spawned>main", "window>main"});
}

TEST_CASE("sendToHost: a renderer that a renderer's body spawned") {
  test::Bus bus;
  Log hostLog, mainLog;
  listen(bus.main(), mainLog);
  auto host = bus.spawn("host", [&](tincan::Renderer& ipc) {
    listen(ipc, hostLog);
    auto guest = bus.spawn("guest", [&](tincan::Renderer& inner) {
      inner.sendToHost("up");
      inner.send("up");
      inner.sendToHost(numberChannel, 1);
    });
    auto attached = bus.attach("attached");
    attached.sendToHost("up");
    guest.join();
    while (ipc.poll() != 0) {
    }
  });
  host.join();
  while (bus.main().poll() != 0) {
  }
  std::sort(hostLog.begin(), hostLog.end());
  REQUIRE(hostLog == Log{"attached>host", "guest>host"});
  REQUIRE(mainLog == Log{"guest>main"});
  REQUIRE(bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::NoListener, 1}});
}

TEST_CASE("sendToHost: renderers that handlers spawned and attached, three deep") {
  test::Bus bus;
  Log log;
  auto window = bus.attach("window");
  std::optional<tincan::Renderer> second, third;
  listen(bus.main(), log);
  listen(window, log);
  window.on("make", [&] { second.emplace(bus.attach("second")); });
  window.peer().send("make");
  window.poll();
  REQUIRE(second.has_value());
  listen(*second, log);
  second->on("make", [&] { third.emplace(bus.attach("third")); });
  second->peer().send("make");
  second->poll();
  REQUIRE(third.has_value());
  third->sendToHost("up");
  second->sendToHost("up");
  window.sendToHost("up");
  second->poll();
  window.poll();
  bus.main().poll();
  REQUIRE(log == Log{"third>second", "second>window", "window>main"});
}

TEST_CASE("sendToHost: made in a handler of main, a posted function and a continuation") {
  test::Bus bus;
  Log log;
  auto window = bus.attach("window");
  listen(bus.main(), log);
  listen(window, log);
  std::vector<tincan::Renderer> made;
  bus.main().on("ask", [&](tincan::Event& event) {
    made.push_back(bus.attach("a"));
    event.returnValue = 1;
  });
  window.post([&] { made.push_back(bus.attach("b")); });
  window.request<int>("ask").then(window,
                                  [&](tincan::Future<int>) { made.push_back(bus.attach("c")); });
  bus.main().poll();
  window.poll();
  REQUIRE(made.size() == 3);
  for (auto& each : made) each.sendToHost("up");
  bus.main().poll();
  window.poll();
  REQUIRE(log == Log{"a>main", "b>window", "c>window"});
}

TEST_CASE("sendToHost: an endpoint of another bus is no host") {
  test::Bus bus, other;
  Log log;
  listen(bus.main(), log);
  auto foreign = other.attach("foreign");
  std::optional<tincan::Renderer> window;
  foreign.on("make", [&] { window.emplace(bus.attach("window")); });
  foreign.peer().send("make");
  foreign.poll();
  window->sendToHost("up");
  bus.main().poll();
  REQUIRE(log == Log{"window>main"});
}

TEST_CASE("sendToHost: a host that is closed") {
  test::Bus bus;
  auto host = std::make_unique<tincan::Renderer>(bus.attach("host"));
  std::optional<tincan::Renderer> guest;
  host->on("make", [&] { guest.emplace(bus.attach("guest")); });
  host->peer().send("make");
  host->poll();
  SECTION("closed") { host->close(); }
  SECTION("gone") { host.reset(); }
  REQUIRE(guest->sendToHost("up", Counted(1)) == SendResult::Closed);
  REQUIRE(Counted::alive == 0);
  REQUIRE(guest->send("x") == SendResult::Queued);
  guest->close();
  REQUIRE(codeOf([&] { return guest->sendToHost("up"); }) == Errc::Closed);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("sendToHost: follows the renderer when it is moved") {
  test::Bus bus;
  Log log;
  auto host = bus.attach("host");
  listen(host, log);
  std::optional<tincan::Renderer> guest;
  host.on("make", [&] { guest.emplace(bus.attach("guest")); });
  host.peer().send("make");
  host.poll();
  tincan::Renderer moved = std::move(*guest);
  moved.sendToHost("up");
  auto other = bus.attach("other");
  other = std::move(moved);
  other.sendToHost("up");
  host.poll();
  REQUIRE(log == Log{"guest>host", "guest>host"});
  REQUIRE(codeOf([&] { return moved.sendToHost("up"); }) == Errc::Closed);
}

TEST_CASE("sendToHost: another thread gets WrongThread") {
  test::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  std::optional<Errc> code;
  std::thread([&] { code = codeOf([&] { return window.sendToHost("up"); }); }).join();
  REQUIRE(code == Errc::WrongThread);
}
