// tests/unit/scopes_end.cpp - main.from(peer): how scopes end, and how they are misused
#include <functional>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "scope_helpers.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// Calls the function when it is copied for the first time.
struct Calls {
  explicit Calls(std::function<void()>& function) : once(&function) {}
  Calls(Calls const& other) : once(nullptr) {
    if (other.once != nullptr && *other.once) std::exchange(*other.once, nullptr)();
  }
  Calls& operator=(Calls const&) = delete;
  ~Calls() = default;

  std::function<void()>* once;
};

}  // namespace

// ---- the end of a scope -------------------------------------------------------------------------

TEST_CASE("from: a scope ends with its renderer once main has polled") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  auto scope = bus.main().from(window->peer());
  scope.on("x", [held = Counted(1)] {});
  scope.handle("x", [held = Counted(2)] {});
  bool hasSent = true;
  SECTION("it has sent something") {
    window->send("x");
    bus.main().poll();
  }
  SECTION("it has sent something that is not handled yet") { window->send("x"); }
  SECTION("it has never sent anything") { hasSent = false; }
  REQUIRE(Counted::alive == before + 2);
  window.reset();
  pollOften(bus.main());
  REQUIRE(Counted::alive == before);
  REQUIRE(scope.listenerCount("x") == 0);
  REQUIRE_FALSE(scope.hasHandler("x"));
  REQUIRE(bus.stats().handled == (hasSent ? 1 : 0));
}

TEST_CASE("from: a scope ends with a renderer that is closed and kept") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = bus.attach("window");
  bus.main().from(window.peer()).on("x", [held = Counted(1)] {});
  window.send("x");
  window.close();
  pollOften(bus.main());
  REQUIRE(bus.stats().handled == 1);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("from: messages sent just before the renderer ended still reach the scope", "[threads]") {
  test::Bus bus;
  Log log;
  Latch known(1);
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    known.wait();
    for (int i = 0; i < 200; ++i) ipc.send("x", i);  // more than a chunk
  });
  auto scope = bus.main().from(window.peer());
  scope.on("x", [&](int n) { log.push_back(std::to_string(n)); });
  bus.main().poll();
  known.count_down();
  window.join();
  pollOften(bus.main());
  REQUIRE(log.size() == 200);
  REQUIRE(log.back() == "199");
  REQUIRE(bus.stats().deadLetters.empty());
}

TEST_CASE("from: a scope waits for a renderer that is closed in the midst of a send") {
  test::Bus bus;
  Log log;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  scope.on("x", into(log, "scope"));
  bus.main().on("x", into(log, "own"));
  // While the argument is copied, the renderer is closed and main looks after its scopes.
  OnCopy const closes([&] {
    window.close();
    bus.main().poll();
  });
  window.send("x", closes);
  bus.main().poll();
  REQUIRE(log == Log{"scope", "own"});
}

TEST_CASE(
    "from: a renderer that closes itself in a handler, and goes on sending, keeps its scope") {
  test::Bus bus;
  Log log;
  auto window = bus.attach("window");
  bus.main().from(window.peer()).on("x", into(log, "scope"));
  bus.main().on("x", into(log, "own"));
  bool isClosed = false;
  tincan::Peer const main = bus.main().peer();
  window.on("close", [&] {
    window.close();
    isClosed = true;
    bus.main().poll();
    main.send("x");
  });
  window.peer().send("close");
  window.poll();
  bus.main().poll();
  REQUIRE(isClosed);
  // It may be refused, as its endpoint is closed; if it comes, it comes to both.
  if (!log.empty()) REQUIRE(log == Log{"scope", "own"});
}

TEST_CASE("from: the last messages of renderers that end elsewhere reach their scopes",
          "[threads]") {
  tincan::Bus bus;
  int scoped = 0, own = 0;
  bus.main().on("x", [&] { ++own; });
  for (int i = 0; i < 100; ++i) {
    std::optional<tincan::Renderer> window(bus.attach("window"));
    bus.main().from(window->peer()).on("x", [&] { ++scoped; });
    std::thread owner([&window] {
      window->send("x");
      window->poll();
      window->send("x");
      window.reset();
    });
    while (own < 2 * (i + 1)) {
      { auto other = bus.attach("other"); }  // an endpoint ends: main looks after its scopes
      bus.main().poll();
    }
    owner.join();
  }
  REQUIRE(own == 200);
  REQUIRE(scoped == 200);
}

TEST_CASE("from: the captures of scopes end, though their renderers are never destroyed") {
  test::Bus bus;
  auto const held = std::make_shared<int>(0);
  std::vector<tincan::Renderer> renderers;
  for (int i = 0; i < 50; ++i) {
    renderers.push_back(bus.attach("window"));
    bus.main().from(renderers.back().peer()).on("x", [hold = held] {});
  }
  bus.main().poll();
  REQUIRE(held.use_count() == 51);
  for (std::size_t i = 0; i < renderers.size(); i += 2) renderers[i].close();
  bus.main().poll();
  REQUIRE(held.use_count() == 26);
  renderers.clear();
  bus.main().poll();
  REQUIRE(held.use_count() == 1);
}

TEST_CASE("from: scopes of many renderers that come and go leave nothing behind") {
  int const before = Counted::alive;
  test::Bus bus;
  int calls = 0;
  for (int i = 0; i < 500; ++i) {
    auto window = bus.attach("window");
    bus.main().from(window.peer()).on("x", [&, held = Counted(i)] { calls += held.number == i; });
    window.send("x");
    bus.main().poll();
  }
  REQUIRE(calls == 500);
  pollOften(bus.main());
  REQUIRE(Counted::alive == before);
}

TEST_CASE("from: the renderer ends in a listener of its own scope") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  int calls = 0;
  bus.main().from(window->peer()).on("x", [&, held = Counted(3)] {
    ++calls;
    window.reset();
    bus.main().poll();
    REQUIRE(held.number == 3);
  });
  for (int i = 0; i < 3; ++i) window->send("x");
  bus.main().poll();
  REQUIRE(calls == 3);
  pollOften(bus.main());
  REQUIRE(Counted::alive == before);
}

TEST_CASE("from: captures that go with a scope may come back to main") {
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  auto other = bus.attach("other");
  int ends = 0;
  auto scope = bus.main().from(window->peer());
  scope.on("x", [end = AtEnd([&] {
                   ++ends;
                   scope.removeAllListeners();
                   bus.main().from(other.peer()).on("x", [] {});
                   bus.main().on("x", [] {});
                   bus.main().poll();
                 })] {});
  window->send("x");
  SECTION("as the renderer ends") {
    bus.main().poll();
    window.reset();
    pollOften(bus.main());
  }
  SECTION("as the listeners are removed") { scope.removeAllListeners(); }
  REQUIRE(ends == 1);
}

TEST_CASE("from: the scopes end with the bus") {
  int const before = Counted::alive;
  std::optional<tincan::Scope> scope;
  {
    test::Bus bus;
    auto window = bus.attach("window");
    scope.emplace(bus.main().from(window.peer()));
    scope->on("x", [held = Counted(1)] {});
    scope->handle("x", [held = Counted(2)] {});
    window.send("x");
  }
  REQUIRE(Counted::alive == before);
  REQUIRE(scope->listenerCount("x") == 0);
  REQUIRE(codeOf([&] { return scope->on("x", [] {}); }) == Errc::Closed);
}

TEST_CASE("from: main is closed in a listener of a scope", "[bus-end]") {
  int const before = Counted::alive;
  auto bus = std::make_unique<test::Bus>();
  auto window = bus->attach("window");
  bus->main().from(window.peer()).on("x", [&, held = Counted(4)] {
    bus.reset();
    REQUIRE(held.number == 4);
  });
  window.send("x");
  window.send("x");
  bus->main().poll();
  REQUIRE(bus == nullptr);
  REQUIRE(Counted::alive == before);
}

TEST_CASE("3: a scope is there for the message in whose capture its sender ends") {
  test::Bus bus;
  bus.main().poll();
  int scoped = 0;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  bus.main().from(window->peer()).on("n", [&](Calls const&) { ++scoped; });
  bus.main().from(window->peer()).on("first", [&] { ++scoped; });
  auto const ipcMain = window->main();
  bool const isBefore = GENERATE(false, true);
  if (isBefore) ipcMain.send("first");
  window->poll();
  if (!isBefore) ipcMain.send("first");
  bus.main().poll();
  std::function<void()> end = [&] {
    window.reset();
    bus.main().poll();
    bus.main().poll();
  };
  Calls const calls(end);
  ipcMain.send("n", calls);
  bus.main().poll();
  REQUIRE(scoped == 2);
}

// ---- misuse -------------------------------------------------------------------------------------

TEST_CASE("from: registering for a renderer that is closed throws Closed") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  window.close();
  for (auto const& of : {scope, bus.main().from(window.peer())}) {
    auto copy = of;
    REQUIRE(codeOf([&] { return copy.on("x", [] {}); }) == Errc::Closed);
    REQUIRE(codeOf([&] { return copy.once("x", [] {}); }) == Errc::Closed);
    REQUIRE(codeOf([&] { return copy.handle("x", [] {}); }) == Errc::Closed);
    REQUIRE(codeOf([&] { return copy.handleOnce("x", [] {}); }) == Errc::Closed);
    REQUIRE(copy.listenerCount("x") == 0);
    REQUIRE_FALSE(copy.hasHandler("x"));
  }
  REQUIRE(contains(whatOf([&] { return scope.on("x", [] {}); }), "'window'"));
}

TEST_CASE("from: nobody and main itself", "[speaker]") {
  test::Bus bus;
  auto nobody = bus.main().from(tincan::Peer());
  REQUIRE(codeOf([&] { return nobody.on("x", [] {}); }) == Errc::Closed);
  REQUIRE(nobody.listenerCount("x") == 0);
  bus.main().poll();
  int calls = 0;
  bus.main().from(bus.main().peer()).on("x", [&] { ++calls; });
  bus.main().peer().send("x");
  bus.main().poll();
  REQUIRE(calls == 1);
}

TEST_CASE("from: a peer of another bus is nobody here") {
  test::Bus here, there;
  auto window = here.attach("window");
  auto stranger = there.attach("stranger");
  REQUIRE(window.peer().id() == stranger.peer().id());
  auto scope = here.main().from(window.peer());
  auto const listener = scope.on("x", [] {});
  scope.handle("x", [] {});
  auto strange = here.main().from(stranger.peer());
  CHECK(codeOf([&] { return strange.on("x", [] {}); }) == Errc::Closed);
  CHECK(strange.listenerCount("x") == 0);
  CHECK_FALSE(strange.hasHandler("x"));
  CHECK(strange.channels().empty());
  strange.removeAllListeners("x");
  strange.removeAllListeners();
  strange.removeHandler("x");
  CHECK(scope.listenerCount("x") == 1);
  CHECK(scope.hasHandler("x"));
}

TEST_CASE("from: another thread gets WrongThread") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  auto const listener = scope.on("x", [] {});
  bus.main().poll();
  std::vector<std::optional<Errc>> codes;
  std::thread([&] {
    codes.push_back(codeOf([&] { return scope.on("x", [] {}); }));
    codes.push_back(codeOf([&] { return scope.handle("x", [] {}); }));
    codes.push_back(codeOf([&] { return scope.off(listener); }));
    codes.push_back(codeOf([&] { return scope.listenerCount("x"); }));
    codes.push_back(codeOf([&] { return scope.channels(); }));
    codes.push_back(codeOf([&] { return scope.hasHandler("x"); }));
    codes.push_back(codeOf([&] { return scope.removeHandler("x"), 0; }));
    codes.push_back(codeOf([&] { return scope.removeAllListeners(), 0; }));
    codes.push_back(codeOf([&] { return bus.main().allow("x", {"a"}), 0; }));
    codes.push_back(codeOf([&] { return bus.main().allowAll("x"), 0; }));
  }).join();
  REQUIRE(codes == std::vector<std::optional<Errc>>(10, Errc::WrongThread));
}
