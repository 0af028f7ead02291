// tests/electron/ipc.cpp - the cases of Electron's spec/api-ipc-spec.ts, between threads
//
// A BrowserWindow is a renderer here. Those of ports are in ports.cpp.
#include <array>
#include <cstddef>
#include <numeric>
#include <random>

#include "turns.hpp"
#include "unit/support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// What a window tells main about its call.
struct Outcome {
  std::optional<int> result;
  std::string error;
};

/// A window that calls, and then sends what became of it.
template <class... A>
void invokeAndTell(tincan::Renderer& window, A... arguments) {
  window.invoke<int>("test", arguments...).then(window, [&window](tincan::Future<int> answer) {
    Outcome outcome;
    try {
      outcome.result = answer.get();
    } catch (std::exception const& error) {
      outcome.error = error.what();
    }
    window.send("result", outcome);
  });
}

/// Main, a window, and what the window said about its call.
struct Called {
  Called() {
    bus.main().once("result", [this](Outcome const& told) { outcome = told; });
  }

  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  std::optional<Outcome> outcome;
};

/// Something to wait for: an endpoint that answers a number with itself.
tincan::Renderer makeEcho(tincan::Bus& bus) {
  auto echo = bus.attach("echo");
  echo.on("number", [](tincan::Event& event, int number) { event.returnValue = number; });
  return echo;
}

}  // namespace

// ---- invoke -------------------------------------------------------------------------------------

TEST_CASE("electron ipc: invoke: receives a response from a synchronous handler") {
  Called c;
  int got = 0;
  std::optional<tincan::Peer> sender;
  std::string channel;
  c.bus.main().handleOnce("test", [&](tincan::InvokeEvent& event, int number) {
    got = number;
    sender = event.sender;
    channel = event.channel().name();
    return 3;
  });
  invokeAndTell(c.window, 123);
  takeTurns(c.bus.main(), c.window);
  REQUIRE(got == 123);
  REQUIRE(c.outcome.has_value());
  REQUIRE(c.outcome->result == 3);
  REQUIRE(sender == c.window.peer());
  REQUIRE(sender->id() == c.window.peer().id());
  REQUIRE(channel == "test");
  REQUIRE_FALSE(c.bus.main().hasHandler("test"));
}

TEST_CASE("electron ipc: invoke: receives a response from an asynchronous handler") {
  Called c;
  auto echo = makeEcho(c.bus);
  int got = 0;
  c.bus.main().handle("test", [&](tincan::InvokeEvent&, int number) -> tincan::Task<int> {
    got = number;
    int const three = co_await echo.peer().request<int>("number", 3);
    co_return three;
  });
  invokeAndTell(c.window, 123);
  takeTurns(c.bus.main(), c.window);
  REQUIRE(got == 123);
  REQUIRE_FALSE(c.outcome.has_value());  // the handler waits
  c.bus.main().removeHandler("test");    // and goes on
  takeTurns(echo, c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE(c.outcome->result == 3);
}

TEST_CASE("electron ipc: invoke: receives an error from a synchronous handler") {
  Called c;
  c.bus.main().handleOnce("test", []() -> int { throw std::runtime_error("some error"); });
  invokeAndTell(c.window);
  takeTurns(c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE_FALSE(c.outcome->result.has_value());
  REQUIRE(c.outcome->error == "some error");  // there it gets a prefix
}

TEST_CASE("electron ipc: invoke: receives an error from an asynchronous handler") {
  Called c;
  auto echo = makeEcho(c.bus);
  c.bus.main().handleOnce("test", [&](tincan::InvokeEvent&) -> tincan::Task<int> {
    int const number = co_await echo.peer().request<int>("number", 3);
    if (number == 3) throw std::runtime_error("some error");
    co_return number;
  });
  invokeAndTell(c.window);
  takeTurns(c.bus.main(), c.window);
  REQUIRE_FALSE(c.outcome.has_value());
  takeTurns(echo, c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE_FALSE(c.outcome->result.has_value());
  REQUIRE(c.outcome->error == "some error");
}

TEST_CASE("electron ipc: invoke: throws an error if no handler is registered") {
  Called c;
  invokeAndTell(c.window);
  takeTurns(c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE(contains(c.outcome->error, "No handler registered for 'test'"));
}

TEST_CASE("electron ipc: invoke: throws an error when invoking a handler that was removed") {
  Called c;
  int calls = 0;
  c.bus.main().handle("test", [&] { return ++calls; });
  c.bus.main().removeHandler("test");
  invokeAndTell(c.window);
  takeTurns(c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE(contains(c.outcome->error, "No handler registered for 'test'"));
  REQUIRE(calls == 0);
}

TEST_CASE("electron ipc: invoke: forbids multiple handlers") {
  tincan::Bus bus;
  bus.main().handle("test", [] { return 1; });
  std::string const said = whatOf([&] {
    bus.main().handle("test", [] { return 2; });
    return 0;
  });
  REQUIRE(contains(said, "Attempted to register a second handler for 'test'"));
  auto window = bus.attach("window");
  auto answer = window.invoke<int>("test");
  bus.main().poll();
  REQUIRE(answer.get() == 1);
}

TEST_CASE(
    "electron ipc: invoke: throws an error in the renderer if the reply callback is dropped") {
  // There a promise that nobody can resolve is collected. Here the last Reply dies.
  Called c;
  auto forgetful = c.bus.attach("forgetful");
  std::vector<tincan::Reply> waiting;
  forgetful.on("ask", [&](tincan::Event& event) { waiting.push_back(event.defer()); });
  c.bus.main().handleOnce("test", [&](tincan::InvokeEvent&) -> tincan::Task<int> {
    co_return co_await forgetful.peer().request<int>("ask");
  });
  invokeAndTell(c.window);
  takeTurns(c.bus.main(), forgetful, c.window);
  REQUIRE(waiting.size() == 1);
  REQUIRE_FALSE(c.outcome.has_value());
  waiting.clear();
  takeTurns(c.bus.main(), c.window);
  REQUIRE(c.outcome.has_value());
  REQUIRE(contains(c.outcome->error, "reply was never sent"));
}

// ---- payloads -----------------------------------------------------------------------------------

namespace {

struct Nested {
  std::string text;
  std::vector<std::uint8_t> bytes;
  std::map<std::string, std::vector<std::size_t>> meta;
  friend bool operator==(Nested const&, Nested const&) = default;
};

std::string textOf(std::size_t size) { return "<" + std::string(size, 'x') + ">"; }

std::vector<std::uint8_t> bytesOf(std::size_t size) {
  std::vector<std::uint8_t> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  return bytes;
}

/// Main sends each value of this type back, by each verb.
template <class T>
void serveEcho(tincan::Main& ipcMain, std::string const& type) {
  ipcMain.handle("echo-large " + type, [](T value) { return value; });
  ipcMain.on("echo-large-sync " + type,
             [](tincan::Event& event, T& value) { event.returnValue = std::move(value); });
  ipcMain.on("echo-large-send " + type, [](tincan::Event& event, T const& value) {
    event.sender.send("echo-large-reply", value);
  });
}

/// How many of the three verbs brought the value back as it was.
template <class T>
int roundTrips(tincan::Renderer& ipc, std::string const& type, T const& value) {
  int same = 0;
  same += ipc.invoke<T>("echo-large " + type, value).get() == value ? 1 : 0;
  same += ipc.sendSync<T>("echo-large-sync " + type, value) == value ? 1 : 0;
  std::optional<T> reply;
  ipc.once("echo-large-reply", [&](T& echoed) { reply = std::move(echoed); });
  ipc.send("echo-large-send " + type, value);
  pollUntil(ipc, [&] { return reply.has_value(); });
  same += *reply == value ? 1 : 0;
  return same;
}

}  // namespace

TEST_CASE(
    "electron ipc: payloads across the shared-memory threshold: round trips strings, typed arrays "
    "and nested objects of each size through invoke, sendSync and send") {
  tincan::Bus bus;
  Reports const reports(bus);
  serveEcho<std::string>(bus.main(), "text");
  serveEcho<std::vector<std::uint8_t>>(bus.main(), "bytes");
  serveEcho<Nested>(bus.main(), "nested");
  std::vector<std::size_t> const sizes{
      0, 1, 65535, 65536, 65537, 256 * 1024 + 3, 3 * 1024 * 1024 + 1};
  std::vector<int> same;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    for (std::size_t const size : sizes) {
      auto const text = textOf(size);
      auto const bytes = bytesOf(size);
      same.push_back(roundTrips(ipc, "text", text));
      same.push_back(roundTrips(ipc, "bytes", bytes));
      same.push_back(roundTrips(ipc, "nested", Nested{text, bytes, {{"n", {size, 1, 2}}}}));
    }
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(same == std::vector<int>(7 * 3, 3));
  REQUIRE(reports.deadLetters().empty());
  REQUIRE(reports.errors().empty());
}

namespace {

template <std::size_t Size>
void tryArray(std::vector<int>& same) {
  using Array = std::array<std::uint8_t, Size>;
  tincan::Bus bus;
  serveEcho<Array>(bus.main(), "array");
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    Array array{};
    std::iota(array.begin(), array.end(), std::uint8_t{1});
    same.push_back(roundTrips(ipc, "array", array));
    bus.main().quit();
  });
  bus.main().run();
  window.join();
}

template <std::size_t... Sizes>
std::vector<int> tryArrays(std::index_sequence<Sizes...>) {
  std::vector<int> same;
  (tryArray<Sizes>(same), ...);
  return same;
}

}  // namespace

TEST_CASE("electron ipc: payloads across the threshold that is here, 40 bytes") {
  auto const same = tryArrays(std::index_sequence<1, 8, 39, 40, 41, 48, 56, 57, 64, 65, 1000>());
  REQUIRE(same == std::vector<int>(11, 3));
}

// ---- ordering -----------------------------------------------------------------------------------

namespace {

/// A window sends 0 to 999, each by one of so many verbs. In which order did main handle them?
std::vector<int> handledInOrder(int verbs) {
  tincan::Bus bus;
  std::vector<int> received;
  auto const receive = [&](int number) { received.push_back(number); };
  bus.main().on("test-async", receive);
  bus.main().on("test-sync", [&](tincan::Event& event, int number) {
    receive(number);
    event.returnValue = nullptr;
  });
  bus.main().handle("test-invoke", receive);
  bus.main().once("done", [&] { bus.main().quit(); });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    std::mt19937 random(2015);
    std::vector<tincan::Future<void>> calls;  // one that is dropped withdraws its call
    for (int i = 0; i < 1000; ++i) {
      switch (std::uniform_int_distribution<>(0, verbs - 1)(random)) {
        case 0: ipc.send("test-async", i); break;
        case 1: ipc.sendSync("test-sync", i); break;
        default: calls.push_back(ipc.invoke<void>("test-invoke", i)); break;
      }
    }
    ipc.send("done");
    for (auto& call : calls) call.get();
  });
  bus.main().run();
  window.join();
  return received;
}

std::vector<int> const upTo999 = [] {
  std::vector<int> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 0);
  return numbers;
}();

}  // namespace

TEST_CASE("electron ipc: ordering: between send and sendSync is consistent") {
  REQUIRE(handledInOrder(2) == upTo999);
}

TEST_CASE("electron ipc: ordering: between send, sendSync, and invoke is consistent") {
  REQUIRE(handledInOrder(3) == upTo999);
}

// ---- WebContents.ipc is main.from(renderer) -----------------------------------------------------

TEST_CASE("electron ipc: WebContents.ipc: receives ipc messages sent from the WebContents") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto other = bus.attach("other");
  std::vector<int> got;
  bus.main().from(window.peer()).on("test", [&](int number) { got.push_back(number); });
  other.send("test", 41);
  window.send("test", 42);
  bus.main().poll();
  REQUIRE(got == std::vector<int>{42});
  REQUIRE(bus.stats().deadLetters == std::map<Errc, std::uint64_t>{{Errc::NoListener, 1}});
}

TEST_CASE("electron ipc: WebContents.ipc: receives sync-ipc messages sent from the WebContents") {
  tincan::Bus bus;
  int result = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    result = ipc.sendSync<int>("test", 42);
    bus.main().quit();
  });
  bus.main().from(window.peer()).on("test", [](tincan::Event& event, int number) {
    event.returnValue = number * 2;
  });
  bus.main().run();
  window.join();
  REQUIRE(result == 84);
}

TEST_CASE("electron ipc: WebContents.ipc: handles invoke messages sent from the WebContents") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto other = bus.attach("other");
  bus.main().from(window.peer()).handle("test", [](int number) { return number * 2; });
  auto answer = window.invoke<int>("test", 42);
  auto refused = other.invoke<int>("test", 42);
  bus.main().poll();
  REQUIRE(answer.get() == 84);
  REQUIRE(codeOf([&] { return refused.get(); }) == Errc::NoHandler);
}

TEST_CASE("electron ipc: WebContents.ipc: cascades to ipcMain") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  Log log;
  std::vector<tincan::Event const*> events;
  auto const listener = [&](std::string name) {
    return [&, name = std::move(name)](tincan::Event& event) {
      log.push_back(name);
      events.push_back(&event);
    };
  };
  bus.main().on("test", listener("main"));
  bus.main().from(window.peer()).on("test", listener("from window"));
  window.send("test", 42);
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(log == Log{"from window", "main"});
  REQUIRE(events[0] == events[1]);  // one event for all
}

TEST_CASE("electron ipc: WebContents.ipc: overrides ipcMain handlers") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bool isHidden = true;
  bus.main().from(window.peer()).handle("test", [](int number) { return number * 2; });
  bus.main().handle("test", [&](int) {
    isHidden = false;
    return 0;
  });
  auto answer = window.invoke<int>("test", 42);
  bus.main().poll();
  REQUIRE(answer.get() == 84);
  REQUIRE(isHidden);
}

TEST_CASE("electron ipc: WebContents.ipc: falls back to ipcMain handlers") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto scope = bus.main().from(window.peer());
  scope.on("test", [](int) {});  // a listener is no handler
  scope.handle("other", [](int) { return 0; });
  bus.main().handle("test", [](int number) { return number * 2; });
  auto answer = window.invoke<int>("test", 42);
  bus.main().poll();
  REQUIRE(answer.get() == 84);
}

// ---- WebFrameMain.ipc: a renderer is its own main frame -----------------------------------------

TEST_CASE("electron ipc: WebFrameMain.ipc: responds to ipc messages in the main frame") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  bus.main().from(*bus.main().renderer("window")).on("test", [&](int number) { got = number; });
  window.send("test", 42);
  bus.main().poll();
  REQUIRE(got == 42);
}

TEST_CASE("electron ipc: WebFrameMain.ipc: responds to sync ipc messages in the main frame") {
  // It is registered for whoever said hello, while it waits for the answer.
  tincan::Bus bus;
  bus.main().once("hello", [&](tincan::Event& event) {
    bus.main().from(event.sender).on("test", [](tincan::Event& asked, int number) {
      asked.returnValue = number * 2;
    });
    event.returnValue = true;
  });
  int result = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.sendSync("hello");
    result = ipc.sendSync<int>("test", 42);
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(result == 84);
}

TEST_CASE("electron ipc: WebFrameMain.ipc: handles invoke messages sent from the WebContents") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().from(*bus.main().renderer("window")).handle("test", [](int number) {
    return number * 2;
  });
  auto answer = window.invoke<int>("test", 42);
  bus.main().poll();
  REQUIRE(answer.get() == 84);
}

TEST_CASE("electron ipc: WebFrameMain.ipc: receives ipcs from child frames") {
  // A renderer that another one made has a scope of its own.
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::optional<tincan::Renderer> child;
  window.on("open", [&] { child = bus.attach("child"); });
  bus.main().renderer("window")->send("open");
  window.poll();
  REQUIRE(child.has_value());
  Log log;
  bus.main().from(window.peer()).on("test", [&](int) { log.push_back("window"); });
  bus.main().from(child->peer()).on("test", [&](int n) { log.push_back(std::to_string(n)); });
  child->send("test", 42);
  bus.main().poll();
  REQUIRE(log == Log{"42"});
}

TEST_CASE("electron ipc: WebFrameMain.ipc: receives ipcs from unloading frames in the main frame") {
  tincan::Bus bus;
  std::optional<tincan::Peer> sender;
  bool wasAlive = true;
  {
    auto window = bus.attach("window");
    bus.main().from(window.peer()).on("unload", [&](tincan::Event& event) {
      sender = event.sender;
      wasAlive = event.sender.alive();
    });
    window.send("unload");
  }
  REQUIRE(bus.main().poll() == 1);
  REQUIRE(sender.has_value());
  REQUIRE(sender->name() == "window");
  REQUIRE_FALSE(wasAlive);
  REQUIRE(bus.stats().handled == 1);
}
