// tests/electron/ipc_renderer.cpp - the cases of Electron's spec/api-ipc-renderer-spec.ts, between
// threads
#include <chrono>

#include "turns.hpp"
#include "unit/support.hpp"

using namespace test;
using tincan::Errc;

namespace {

/// Main, and a window whose "message" main receives.
struct Sent {
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
};

/// The one message that main gets, as a T.
template <class T>
std::optional<T> received(Sent& s) {
  std::optional<T> got;
  s.bus.main().once("message", [&](T const& value) { got = value; });
  s.bus.main().poll();
  return got;
}

}  // namespace

// ---- send() -------------------------------------------------------------------------------------

TEST_CASE(
    "electron ipcRenderer: send(): should work when sending an object containing id property") {
  struct Object {
    int id;
    std::string name;
  };
  Sent s;
  s.window.send("message", Object{1, "ly"});
  auto const got = received<Object>(s);
  REQUIRE(got.has_value());
  REQUIRE(got->id == 1);
  REQUIRE(got->name == "ly");
}

TEST_CASE("electron ipcRenderer: send(): can send instances of Date as Dates") {
  Sent s;
  auto const now = std::chrono::system_clock::now();
  s.window.send("message", now);
  REQUIRE((received<std::chrono::system_clock::time_point>(s) == now));
}

TEST_CASE("electron ipcRenderer: send(): can send instances of Buffer") {
  Sent s;
  std::vector<std::uint8_t> buffer{'h', 'e', 'l', 'l', 'o'};
  s.window.send("message", buffer);
  buffer.assign(5, 'x');  // it has been captured
  REQUIRE(received<std::vector<std::uint8_t>>(s) ==
          std::vector<std::uint8_t>{'h', 'e', 'l', 'l', 'o'});
}

TEST_CASE("electron ipcRenderer: send(): throws when sending objects with DOM class prototypes") {
  // What has no copy does not compile. What refuses to be copied throws here, and nothing is sent.
  Sent s;
  bool isBound = false;
  OnCopy const location([&] {
    isBound = true;
    throw std::logic_error("An object could not be cloned.");
  });
  REQUIRE(whatOf([&] { return s.window.send("message", location); }) ==
          "An object could not be cloned.");
  REQUIRE(isBound);
  REQUIRE(s.bus.main().poll() == 0);
  REQUIRE(s.bus.stats().sent == 0);
}

TEST_CASE("electron ipcRenderer: send(): can send objects that both reference the same object") {
  struct Parent {
    std::string name;
    std::shared_ptr<std::string const> child;
  };
  Sent s;
  std::weak_ptr<std::string const> original;
  {
    auto const child = std::make_shared<std::string const>("world");
    original = child;
    Parent const foo{"foo", child}, bar{"bar", child};
    s.window.send("message", std::vector{foo, bar}, foo, bar, child);
  }
  bool areTheSame = false;
  Log names;
  s.bus.main().once(
      "message", [&](std::vector<Parent> const& array, Parent const& foo, Parent const& bar,
                     std::shared_ptr<std::string const> const& child) {
        names = {array[0].name, array[1].name, foo.name, bar.name, *child};
        areTheSame = array[0].child == child && array[1].child == child && foo.child == child &&
                     bar.child == child && original.lock() == child;
      });
  s.bus.main().poll();
  REQUIRE(names == Log{"foo", "bar", "foo", "bar", "world"});
  REQUIRE(areTheSame);
  REQUIRE(original.expired());
}

TEST_CASE("electron ipcRenderer: send(): can handle cyclic references") {
  struct Node {
    std::string hello;
    std::shared_ptr<Node> child;
  };
  Sent s;
  {
    auto const node = std::make_shared<Node>(Node{"world", nullptr});
    node->child = node;
    s.window.send("message", node);
  }
  auto const got = received<std::shared_ptr<Node>>(s);
  REQUIRE(got.has_value());
  std::shared_ptr<Node> const child = std::exchange((*got)->child, nullptr);  // no cycle any more
  REQUIRE(child == *got);
  REQUIRE(child->hello == "world");
}

// ---- sendSync() ---------------------------------------------------------------------------------

TEST_CASE("electron ipcRenderer: sendSync(): can be replied to by setting event.returnValue") {
  tincan::Bus bus;
  bus.main().once("echo",
                  [](tincan::Event& event, std::string const& text) { event.returnValue = text; });
  std::string answer;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    answer = ipc.sendSync<std::string>("echo", "test");
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(answer == "test");
}

// ---- ipcRenderer.on -----------------------------------------------------------------------------

TEST_CASE("electron ipcRenderer: ipcRenderer.on: is not used for internals") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  bus.main().handle("test", [] { return 1; });
  auto called = window.invoke<int>("test");
  auto asked = window.peer().request<int>("nobody");
  window.post([] {});
  REQUIRE(window.channels().empty());
  takeTurns(bus.main(), window);
  REQUIRE(called.get() == 1);
  REQUIRE(codeOf([&] { return asked.get(); }) == Errc::NoListener);
  REQUIRE(window.channels().empty());
  REQUIRE(window.listenerCount("error") == 0);
}

// ---- ipcRenderer.removeAllListeners -------------------------------------------------------------

TEST_CASE("electron ipcRenderer: ipcRenderer.removeAllListeners: removes only the given channel") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  Log log;
  window.on("channel1", [&] { log.push_back("channel1"); });
  window.on("channel2", [&] { log.push_back("channel2"); });
  window.removeAllListeners("channel1");
  REQUIRE(window.channels() == Log{"channel2"});
  window.peer().send("channel1");
  window.peer().send("channel2");
  REQUIRE(window.poll() == 2);
  REQUIRE(log == Log{"channel2"});
}

TEST_CASE(
    "electron ipcRenderer: ipcRenderer.removeAllListeners: removes all channels if no channel is "
    "specified") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int calls = 0;
  window.on("channel1", [&] { ++calls; });
  window.on("channel2", [&] { ++calls; });
  window.removeAllListeners();
  REQUIRE(window.channels().empty());
  window.peer().send("channel1");
  window.peer().send("channel2");
  REQUIRE(window.poll() == 2);
  REQUIRE(calls == 0);
}

// ---- after context is released ------------------------------------------------------------------

TEST_CASE("electron ipcRenderer: after context is released: throws an exception") {
  tincan::Bus bus;
  auto child = bus.attach("child");
  child.close();
  REQUIRE(codeOf([&] { return child.send("hello"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.sendSync("hello"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.request("hello"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.invoke("hello"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.sendToHost("hello"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.on("hello", [] {}); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return child.handle("hello", [] {}); }) == Errc::Closed);
  REQUIRE(bus.main().poll() == 0);
}
