// tests/unit/scopes.cpp - main.from(peer): who hears what, and what changes meanwhile
#include <algorithm>
#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "scope_helpers.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;

namespace {

inline constexpr tincan::Channel<int(std::string)> textLength{"length"};

}  // namespace

// ---- who hears what -----------------------------------------------------------------------------

TEST_CASE("from: the listeners of a scope run first, then main's own") {
  test::Bus bus;
  auto window = bus.attach("window");
  Log log;
  bus.main().on("x", into(log, "own 1"));
  bus.main().from(window.peer()).on("x", into(log, "scope 1"));
  bus.main().on("x", into(log, "own 2"));
  bus.main().from(window.peer()).on("x", into(log, "scope 2"));
  window.send("x");
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(log == Log{"scope 1", "scope 2", "own 1", "own 2"});
  REQUIRE(bus.stats().handled == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("from: only messages of that renderer") {
  test::Bus bus;
  Reports const reports(bus);
  auto a = bus.attach("same name");
  auto b = bus.attach("same name");
  int calls = 0;
  bus.main().from(a.peer()).on("x", [&](tincan::Event& event) {
    ++calls;
    REQUIRE(event.sender == a.peer());
  });
  a.send("x");
  b.send("x");
  bus.main().peer().send("x");
  REQUIRE(bus.main().poll() == 3);
  REQUIRE(calls == 1);
  REQUIRE(reports.deadLetters() == Log{"NoListener x same name>main", "NoListener x main>main"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("from: one event and one returnValue, the first wins") {
  test::Bus bus;
  auto window = bus.attach("window");
  std::vector<bool> wasFirst;
  void const* events[2] = {};
  bus.main().on("x", [&](tincan::Event& event) {
    events[0] = &event;
    wasFirst.push_back(event.returnValue.set(1));
  });
  auto scope = bus.main().from(window.peer());
  scope.on("x", [&](tincan::Event& event) {
    events[1] = &event;
    wasFirst.push_back(event.returnValue.set(2));
  });
  auto answer = window.request<int>("x");
  bus.main().poll();
  REQUIRE(answer.get() == 2);
  REQUIRE(events[0] == events[1]);
  REQUIRE(wasFirst == std::vector<bool>{true, false});
}

TEST_CASE("from: main's own listener may answer what the scope's did not") {
  test::Bus bus;
  auto window = bus.attach("window");
  bus.main().from(window.peer()).on("x", [] {});
  auto none = window.request<int>("x");
  bus.main().poll();
  REQUIRE(codeOf([&] { none.get(); }) == Errc::NoReply);
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 3; });
  auto answer = window.request<int>("x");
  bus.main().poll();
  REQUIRE(answer.get() == 3);
}

TEST_CASE("from: a scope's listener that throws answers, and main's own still run") {
  test::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  int calls = 0;
  bus.main().from(window.peer()).on("x", [] { throw std::runtime_error("scope"); });
  bus.main().on("x", [&](tincan::Event& event) {
    ++calls;
    event.returnValue = 1;
  });
  auto answer = window.request<int>("x");
  bus.main().poll();
  REQUIRE(whatOf([&] { answer.get(); }) == "scope");
  REQUIRE(calls == 1);
  REQUIRE(reports.errors() == Log{"x window>main: scope"});
}

TEST_CASE("from: arguments that the scope's listeners do not take are for main's own") {
  test::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  int calls = 0;
  bus.main().from(window.peer()).on("x", [&](std::string const&) { ++calls; });
  window.send("x", 1);
  bus.main().poll();
  REQUIRE(reports.deadLetters() == Log{"TypeMismatch x window>main"});
  bus.main().on("x", [&](int) { ++calls; });
  window.send("x", 1);
  bus.main().poll();
  REQUIRE(calls == 1);
  REQUIRE(reports.errors().size() == 1);  // the scope's could not take what others took
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("from: a listener of a scope may move the message's own argument away") {
  test::Bus bus;
  auto window = bus.attach("window");
  std::string first, second;
  bus.main().from(window.peer()).on("x", [&](std::string& text) { first = std::move(text); });
  bus.main().on("x", [&](std::string const& text) { second = text; });
  window.send("x", std::string(50, 'a'));
  bus.main().poll();
  REQUIRE(first == std::string(50, 'a'));
  REQUIRE(second.empty());
}

// ---- handlers -----------------------------------------------------------------------------------

TEST_CASE("from: the scope's handler hides main's, and others still reach main's") {
  test::Bus bus;
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  bus.main().handle("x", [] { return 1; });
  auto scope = bus.main().from(a.peer());
  scope.handle("x", [] { return 2; });
  REQUIRE(codeOf([&] { return scope.handle("x", [] { return 3; }); }) == Errc::DuplicateHandler);
  auto const ask = [&](tincan::Renderer& from) {
    auto answer = from.invoke<int>("x");
    bus.main().poll();
    return answer.get();
  };
  REQUIRE(ask(a) == 2);
  REQUIRE(ask(b) == 1);
  scope.removeHandler("x");
  REQUIRE_FALSE(scope.hasHandler("x"));
  REQUIRE(bus.main().hasHandler("x"));
  REQUIRE(ask(a) == 1);
  scope.handleOnce("x", [] { return 4; });
  REQUIRE(scope.hasHandler("x"));
  REQUIRE(ask(a) == 4);
  REQUIRE(ask(a) == 1);
  bus.main().removeHandler("x");
  scope.handle("x", [] { return 5; });
  REQUIRE(ask(a) == 5);
  auto none = b.invoke<int>("x");
  bus.main().poll();
  REQUIRE(codeOf([&] { none.get(); }) == Errc::NoHandler);
}

TEST_CASE("from: a handler that takes other arguments hides main's as well") {
  test::Bus bus;
  auto window = bus.attach("window");
  bus.main().handle("x", [](int n) { return n; });
  bus.main().from(window.peer()).handle("x", [](std::string const&) { return 2; });
  auto answer = window.invoke<int>("x", 1);
  bus.main().poll();
  REQUIRE(codeOf([&] { answer.get(); }) == Errc::TypeMismatch);
}

TEST_CASE("from: a handler of a scope removes itself and registers another while it runs") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  scope.handle("x", [&, held = Counted(1)] {
    scope.removeHandler("x");
    scope.handle("x", [held = Counted(2)] { return held.number; });
    return held.number;  // the one that runs is still there
  });
  for (int i = 1; i < 3; ++i) {
    auto answer = window.invoke<int>("x");
    bus.main().poll();
    REQUIRE(answer.get() == i);
    REQUIRE(Counted::alive == before + 1);
  }
}

TEST_CASE("from: a handler of a scope that returns a Task outlives the renderer's scope") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  bool hasGoneOn = false;
  std::optional<tincan::Reply> reply;
  auto other = bus.attach("other");
  other.on("later", [&](tincan::Event& event) { reply = event.defer(); });
  // By its type: g++ warns of coroutines in headers that hold a lambda of this file.
  std::function<tincan::Task<int>(tincan::InvokeEvent&)> handler =
      [&, held = Counted(7)](tincan::InvokeEvent&) -> tincan::Task<int> {
    auto later = other.peer().request<int>("later");
    int const n = co_await later;
    hasGoneOn = true;
    co_return n + held.number;
  };
  bus.main().from(window->peer()).handle("x", std::move(handler));
  handler = nullptr;
  auto answer = window->invoke<int>("x");
  bus.main().poll();
  other.poll();
  REQUIRE(reply.has_value());
  window.reset();
  pollOften(bus.main());
  reply->set(1);
  bus.main().poll();
  REQUIRE(hasGoneOn);
  pollOften(bus.main());
  REQUIRE(Counted::alive == before);
}

// ---- registering --------------------------------------------------------------------------------

TEST_CASE("from: on, once, off, listenerCount, channels and removeAllListeners of a scope") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  REQUIRE(scope.listenerCount("x") == 0);
  REQUIRE(scope.channels().empty());
  REQUIRE_FALSE(scope.hasHandler("x"));
  scope.removeHandler("x");
  scope.removeAllListeners();
  scope.removeAllListeners("x");
  int calls = 0;
  bus.main().on("x", [] {});
  auto const listener = scope.on("x", [&] { ++calls; });
  scope.once("x", [&] { ++calls; });
  scope.addListener("y", [&] { ++calls; });
  scope.handle("z", [] {});
  REQUIRE(scope.listenerCount("x") == 2);
  REQUIRE(bus.main().listenerCount("x") == 1);
  REQUIRE(bus.main().channels() == Log{"x"});
  auto channels = scope.channels();
  std::sort(channels.begin(), channels.end());
  REQUIRE(channels == Log{"x", "y"});
  window.send("x");
  bus.main().poll();
  REQUIRE(calls == 2);
  REQUIRE(scope.listenerCount("x") == 1);
  REQUIRE(scope.off(listener));
  REQUIRE_FALSE(scope.off(listener));
  REQUIRE(scope.listenerCount("x") == 0);
  window.send("x");
  bus.main().poll();
  REQUIRE(calls == 2);
  scope.on("x", [] {});
  scope.removeAllListeners("x");
  REQUIRE(scope.channels() == Log{"y"});
  scope.removeAllListeners();
  REQUIRE(scope.channels().empty());
  REQUIRE(scope.hasHandler("z"));
  REQUIRE(bus.main().listenerCount("x") == 1);
}

TEST_CASE("from: a scope's off is for its own listeners only") {
  test::Bus bus;
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  auto scopeOfA = bus.main().from(a.peer());
  auto scopeOfB = bus.main().from(b.peer());
  auto const own = bus.main().on("x", [] {});
  auto const ofA = scopeOfA.on("x", [] {});
  CHECK_FALSE(scopeOfA.off(own));
  CHECK_FALSE(scopeOfB.off(ofA));
  CHECK(bus.main().listenerCount("x") == 1);
  CHECK(scopeOfA.listenerCount("x") == 1);
}

TEST_CASE("from: removeAllListeners of main leaves the scopes alone") {
  test::Bus bus;
  auto window = bus.attach("window");
  Log log;
  bus.main().on("x", into(log, "own"));
  bus.main().from(window.peer()).on("x", into(log, "scope"));
  bus.main().removeAllListeners();
  window.send("x");
  bus.main().poll();
  REQUIRE(log == Log{"scope"});
}

TEST_CASE("from: Listener::remove and ScopedListener work for a scope") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  auto listener = scope.on("x", [] {});
  {
    tincan::ScopedListener const scoped{scope.on("x", [] {})};
    REQUIRE(scope.listenerCount("x") == 2);
  }
  REQUIRE(scope.listenerCount("x") == 1);
  REQUIRE(listener.remove());
  REQUIRE(scope.listenerCount("x") == 0);
}

TEST_CASE("from: a listener of an ended scope is harmless") {
  test::Bus bus;
  tincan::Listener listener;
  {
    auto window = bus.attach("window");
    listener = bus.main().from(window.peer()).on("x", [] {});
    window.send("x");
  }
  pollOften(bus.main());
  REQUIRE_FALSE(listener.remove());
  REQUIRE_FALSE(bus.main().off(listener));
}

TEST_CASE("from: two scope objects for one renderer share everything") {
  test::Bus bus;
  auto window = bus.attach("window");
  int calls = 0;
  {
    auto scope = bus.main().from(window.peer());
    scope.on("x", [&] { ++calls; });
    scope.handle("x", [] { return 1; });
  }  // the object is only a way to it
  auto scope = bus.main().from(*bus.main().renderer("window"));
  REQUIRE(scope.listenerCount("x") == 1);
  REQUIRE(scope.hasHandler("x"));
  window.send("x");
  bus.main().poll();
  REQUIRE(calls == 1);
}

TEST_CASE("from: typed channels") {
  test::Bus bus;
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  auto scope = bus.main().from(a.peer());
  int sum = 0;
  scope.on(numberChannel, [&](int n) { sum += n; });
  scope.once(numberChannel, [&](tincan::Event&, int n) { sum += n; });
  scope.handle(textLength, [](std::string const& text) { return static_cast<int>(text.size()); });
  bus.main().handle(textLength, [](std::string const&) { return -1; });
  a.send(numberChannel, 5);
  b.send(numberChannel, 100);
  a.send(numberChannel, 5);
  auto ofA = a.invoke(textLength, "four");
  auto ofB = b.invoke(textLength, "four");
  bus.main().poll();
  REQUIRE(sum == 15);
  REQUIRE(ofA.get() == 4);
  REQUIRE(ofB.get() == -1);
  REQUIRE(scope.listenerCount(numberChannel) == 1);
  REQUIRE(scope.hasHandler(textLength));
}

// ---- during a dispatch --------------------------------------------------------------------------

TEST_CASE("from: listeners that are removed during a dispatch are not called any more") {
  int const before = Counted::alive;
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  Log log;
  tincan::Listener self, next, own;
  self = scope.on("x", [&, held = Counted(1)] {
    log.push_back("self");
    self.remove();
    next.remove();
    own.remove();
    REQUIRE(held.number == 1);
  });
  next = scope.on("x", [&, held = Counted(2)] { log.push_back("next"); });
  own = bus.main().on("x", [&, held = Counted(3)] { log.push_back("own"); });
  bus.main().on("x", into(log, "last"));
  for (int i = 0; i < 2; ++i) window.send("x");
  bus.main().poll();
  REQUIRE(log == Log{"self", "last", "last"});
  REQUIRE(Counted::alive == before);
}

TEST_CASE("from: a scope removes all its listeners while they run") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  Log log;
  scope.on("x", [&, text = std::string("first, and long enough for the heap")] {
    scope.removeAllListeners();
    for (int i = 0; i < 100; ++i) scope.on(std::to_string(i), [] {});  // the table grows
    log.push_back(text);
  });
  scope.on("x", into(log, "second"));
  bus.main().on("x", into(log, "own"));
  window.send("x");
  bus.main().poll();
  REQUIRE(log == Log{"first, and long enough for the heap", "own"});
  REQUIRE(scope.channels().size() == 100);
}

TEST_CASE("from: listeners that are added during a dispatch are not for this message") {
  test::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  Log log;
  bool isFirst = true;
  bus.main().on("x", into(log, "own"));
  scope.on("x", [&] {
    log.push_back("scope");
    if (!std::exchange(isFirst, false)) return;
    scope.on("x", into(log, "scope's new"));
    bus.main().on("x", into(log, "own new"));
    bus.main().on("y", into(log, "own new"));
  });
  window.send("x");
  bus.main().poll();
  CHECK(log == Log{"scope", "own"});
  log.clear();
  window.send("x");
  bus.main().poll();
  CHECK(log == Log{"scope", "scope's new", "own", "own new"});
}

TEST_CASE("from: once in a scope runs once even if it polls, sends or throws", "[throw-any]") {
  test::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  int calls = 0;
  bus.main().from(window.peer()).once("x", [&] {
    ++calls;
    window.send("x");
    bus.main().poll();
    throw 1;
  });
  window.send("x");
  window.send("x");
  bus.main().poll();
  bus.main().poll();
  REQUIRE(calls == 1);
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("from: a scope made inside a handler, before and after the first message") {
  test::Bus bus;
  auto early = bus.attach("early");
  auto late = bus.attach("late");
  Log log;
  bus.main().from(early.peer()).on("x", into(log, "early"));
  early.send("x");
  late.send("x");
  bus.main().poll();
  REQUIRE(log == Log{"early"});
  bus.main().from(late.peer()).on("x", into(log, "late"));
  late.send("x");
  bus.main().poll();
  REQUIRE(log == Log{"early", "late"});
  auto third = bus.attach("third");
  bus.main().on("hello", [&](tincan::Event& event) {
    bus.main().from(event.sender).once("x", into(log, event.sender.name() + " in handler"));
  });
  for (auto* const window : {&early, &third}) {
    window->send("hello");
    window->send("x");
  }
  bus.main().poll();
  REQUIRE(log.size() == 5);
  REQUIRE(log[2] == "early");
  REQUIRE(log[3] == "early in handler");
  REQUIRE(log[4] == "third in handler");
}

TEST_CASE("from: the first scope of many in the midst of a nested poll") {
  test::Bus bus;
  std::vector<tincan::Renderer> windows;
  for (int i = 0; i < 40; ++i) windows.push_back(bus.attach(std::to_string(i)));
  int calls = 0;
  bus.main().on("x", [&](tincan::Event& event) {
    bus.main().from(event.sender).on("y", [&] { ++calls; });
    bus.main().poll(1);
  });
  for (auto& window : windows) {
    window.send("x");
    window.send("y");
  }
  while (bus.main().poll() != 0) {
  }
  REQUIRE(calls == 40);
}
