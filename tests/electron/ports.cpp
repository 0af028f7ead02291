// tests/electron/ports.cpp - the cases of Electron's specs that have to do with MessagePorts
//
// A port is moved, not listed: what Electron finds in a bad transfer list mostly does not compile.
#include "turns.hpp"
#include "unit/support.hpp"

using namespace test;
using tincan::Event;
using tincan::MessageChannel;
using tincan::MessagePort;
using tincan::SendResult;

namespace {

/// Main and a window, on this thread.
struct Page {
  void takeTurns() { test::takeTurns(bus.main(), window, bus.main(), window); }

  test::Bus bus;
  tincan::Renderer window = bus.attach("window");
};

/// What comes with "port": the message, its ports, and who sent it.
struct Arrived {
  explicit Arrived(tincan::Endpoint& at) {
    at.on("port", [this](Event& event, std::string const& said) {
      ++messages;
      text = said;
      sender = event.sender;
      ports = std::move(event.ports);
    });
  }

  int messages = 0;
  std::string text;
  std::optional<tincan::Peer> sender;
  std::vector<MessagePort> ports;
};

}  // namespace

// ---- MessagePort --------------------------------------------------------------------------------

TEST_CASE("electron ipc: MessagePort: can send a port to the main process") {
  Page page;
  Arrived arrived(page.bus.main());
  MessageChannel channel;
  REQUIRE(page.window.postMessage("port", "hi", std::move(channel.port1)) == SendResult::Queued);
  page.takeTurns();
  REQUIRE(arrived.text == "hi");
  REQUIRE(arrived.ports.size() == 1);
  REQUIRE(arrived.sender == page.window.peer());
  int got = 0;
  arrived.ports[0].on("message", [&](int number) { got = number; });
  arrived.ports[0].start(page.bus.main());
  channel.port2.postMessage(7);
  page.takeTurns();
  REQUIRE(got == 7);
}

TEST_CASE("electron ipc: MessagePort: can sent a message without a transfer") {
  Page page;
  Arrived arrived(page.bus.main());
  page.window.postMessage("port", "hi");
  page.takeTurns();
  REQUIRE(arrived.messages == 1);
  REQUIRE(arrived.text == "hi");
  REQUIRE(arrived.ports.empty());
  REQUIRE(arrived.sender == page.window.peer());
}

TEST_CASE("electron ipc: MessagePort: can communicate between main and renderer") {
  Page page;
  Arrived arrived(page.bus.main());
  MessageChannel channel;
  channel.port2.on("message", [&](int number) { channel.port2.postMessage(number * 2); });
  channel.port2.start(page.window);
  page.window.postMessage("port", "", std::move(channel.port1));
  page.takeTurns();
  REQUIRE(arrived.ports.size() == 1);
  MessagePort& port = arrived.ports[0];
  std::optional<int> got;
  port.on("message", [&](int number) { got = number; });
  port.start(page.bus.main());
  port.postMessage(42);
  page.takeTurns();
  REQUIRE(got == 84);
}

TEST_CASE(
    "electron ipc: MessagePort: can receive a port from a renderer over a MessagePort connection") {
  Page page;
  Arrived arrived(page.bus.main());
  MessageChannel one, two;
  one.port2.postMessage("", std::move(two.port1));
  two.port2.postMessage("matryoshka");
  page.window.postMessage("port", "", std::move(one.port1));
  page.takeTurns();
  REQUIRE(arrived.ports.size() == 1);
  std::vector<MessagePort> inner;
  std::string got;
  arrived.ports[0].on("message", [&](Event& event) {
    inner = std::move(event.ports);
    for (auto& port : inner) {
      port.on("message", [&](std::string const& text) { got = text; });
      port.start();
    }
  });
  arrived.ports[0].start(page.bus.main());
  page.takeTurns();
  REQUIRE(inner.size() == 1);
  REQUIRE(got == "matryoshka");
}

TEST_CASE("electron ipc: MessagePort: can forward a port from one renderer to another renderer") {
  test::Bus bus;
  auto first = bus.attach("first");
  auto second = bus.attach("second");
  Log log;
  bus.main().on("message received", [&](Event& event, std::string const& text) {
    log.push_back(event.sender.name() + ": " + text);
  });
  bus.main().on("port", [&](Event& event) {
    second.peer().postMessage("port", "", std::move(event.ports.at(0)));
  });
  second.on("port", [](Event& event) { event.ports.at(0).postMessage("a message"); });
  MessageChannel channel;
  channel.port2.on("message",
                   [&](std::string const& text) { first.send("message received", text); });
  channel.port2.start(first);
  first.postMessage("port", "", std::move(channel.port1));
  takeTurns(bus.main(), second, first);
  REQUIRE(log == Log{"first: a message"});
}

// ---- close event --------------------------------------------------------------------------------

TEST_CASE(
    "electron ipc: MessagePort: close event: in renderer: is emitted when the main process closes "
    "its end of the port") {
  Page page;
  int closed = 0;
  page.bus.main().on("closed", [&] { ++closed; });
  std::optional<MessagePort> kept;
  page.window.on("port", [&](Event& event) {
    kept = std::move(event.ports.at(0));
    kept->start();
    kept->on("close", [&] { page.window.send("closed"); });
  });
  MessageChannel channel;
  page.window.peer().postMessage("port", nullptr, std::move(channel.port2));
  channel.port1.close();
  page.takeTurns();
  REQUIRE(closed == 1);
}

TEST_CASE(
    "electron ipc: MessagePort: close event: in renderer: is emitted when the other end of a port "
    "is garbage-collected") {
  Page page;
  int closed = 0;
  std::optional<MessageChannel> channel(std::in_place);
  MessagePort port2 = std::move(channel->port2);
  port2.start(page.window);
  port2.on("close", [&] { ++closed; });
  page.takeTurns();
  REQUIRE(closed == 0);
  channel.reset();
  page.takeTurns();
  REQUIRE(closed == 1);
}

TEST_CASE(
    "electron ipc: MessagePort: close event: in renderer: is emitted when the other end of a port "
    "is sent to nowhere") {
  Page page;
  int closed = 0;
  MessageChannel channel;
  channel.port2.start(page.window);
  channel.port2.on("close", [&] { ++closed; });
  REQUIRE(page.window.postMessage("nobody-listening", nullptr, std::move(channel.port1)) ==
          SendResult::Queued);
  page.takeTurns();
  REQUIRE(closed == 1);
  REQUIRE(page.bus.stats().deadLetters.at(tincan::Errc::NoListener) == 1);
}

TEST_CASE("electron ipc: MessagePort: close event: when context destroyed: does not crash") {
  // A page with a started port is loaded again: the worker at the other end is told each time.
  test::Bus bus;
  auto worker = bus.attach("shared worker");
  std::vector<MessagePort> connections;
  Log log;
  worker.on("connect", [&](Event& event) {
    connections.push_back(std::move(event.ports.at(0)));
    MessagePort& port = connections.back();
    port.on("message", [&](std::string const& text) { log.push_back(text); });
    port.on("close", [&] { log.push_back("close"); });
    port.start();
  });
  connections.reserve(2);
  for (int i = 0; i < 2; ++i) {
    auto page = bus.attach("page");
    MessageChannel channel;
    channel.port1.on("message", [] {});
    channel.port1.start(page);
    page.peer("shared worker")->postMessage("connect", nullptr, std::move(channel.port2));
    channel.port1.postMessage("hello " + std::to_string(i));
    takeTurns(worker, page);
    connections.back().postMessage("Hello from SharedWorker!");  // is under way at the end
  }
  takeTurns(worker);
  REQUIRE(log == Log{"hello 0", "close", "hello 1", "close"});
}

// ---- MessageChannelMain -------------------------------------------------------------------------

TEST_CASE("electron ipc: MessageChannelMain: can be created") {
  Page page;
  MessageChannel channel;
  Log log;
  channel.port1.on("message", [&](int n) { log.push_back("1 got " + std::to_string(n)); });
  channel.port2.on("message", [&](int n) { log.push_back("2 got " + std::to_string(n)); });
  channel.port1.postMessage(1);
  channel.port2.postMessage(2);
  page.takeTurns();
  REQUIRE(log.empty());  // neither is started
  channel.port1.start(page.bus.main());
  channel.port2.start(page.bus.main());
  page.takeTurns();
  REQUIRE(log == Log{"2 got 1", "1 got 2"});
}

TEST_CASE(
    "electron ipc: MessageChannelMain: should not throw when supported values are passed as "
    "message") {
  struct Object {
    std::string hello;
  };
  Page page;
  MessageChannel channel;
  channel.port1.postMessage(nullptr);
  channel.port1.postMessage(42);
  channel.port1.postMessage(false);
  channel.port1.postMessage(std::vector<int>());
  channel.port1.postMessage("hello");
  channel.port1.postMessage(Object{"goodbye"});
  channel.port1.postMessage(std::make_unique<int>(1));
  int messages = 0;
  channel.port2.on("message", [&] { ++messages; });
  channel.port2.start(page.window);
  page.takeTurns();
  REQUIRE(messages == 7);
}

TEST_CASE(
    "electron ipc: MessageChannelMain: throws when postMessage transferables contains the source "
    "port") {
  Page page;
  MessageChannel channel;
  REQUIRE_THROWS_AS(channel.port1.postMessage(1, std::move(channel.port1)), std::invalid_argument);
  int got = 0;
  channel.port2.on("message", [&](int number) { got = number; });
  channel.port2.start(page.window);
  channel.port1.postMessage(2);  // still usable
  page.takeTurns();
  REQUIRE(got == 2);
}

TEST_CASE("electron ipc: MessageChannelMain: can send messages within the process") {
  Page page;
  MessageChannel channel;
  channel.port2.postMessage("hello");
  Log log;
  channel.port1.on("message", [&](std::string const& text) { log.push_back(text); });
  channel.port1.start(page.bus.main());
  page.bus.main().poll();
  REQUIRE(log == Log{"hello"});
}

TEST_CASE("electron ipc: MessageChannelMain: can pass one end to a WebContents") {
  Page page;
  Log log;
  page.bus.main().on("done", [&](std::string const& text) { log.push_back(text); });
  std::optional<MessagePort> kept;
  page.window.on("port", [&](Event& event) {
    kept = std::move(event.ports.at(0));
    kept->on("message", [&](std::string const& text) { page.window.send("done", text); });
    kept->start();
  });
  MessageChannel channel;
  channel.port1.postMessage("hello");  // travels with the port
  page.window.peer().postMessage("port", nullptr, std::move(channel.port2));
  page.takeTurns();
  REQUIRE(log == Log{"hello"});
}

TEST_CASE("electron ipc: MessageChannelMain: can be passed over another channel") {
  Page page;
  std::string got;
  page.bus.main().on("done", [&](std::string const& text) { got = text; });
  std::vector<MessagePort> outer, inner;
  page.window.on("port", [&](Event& event) {
    outer = std::move(event.ports);
    outer.at(0).on("message", [&](Event& second) {
      inner = std::move(second.ports);
      inner.at(0).on("message", [&](std::string const& text) { page.window.send("done", text); });
      inner.at(0).start();
    });
    outer.at(0).start();
  });
  MessageChannel one, two;
  one.port1.postMessage(nullptr, std::move(two.port2));
  two.port1.postMessage("hello");
  page.window.peer().postMessage("port", nullptr, std::move(one.port2));
  page.takeTurns();
  REQUIRE(got == "hello");
}

TEST_CASE("electron ipc: MessageChannelMain: can send messages to a closed port") {
  Page page;
  Reports const reports(page.bus);
  MessageChannel channel;
  int unexpected = 0;
  channel.port2.start(page.bus.main());
  channel.port2.on("message", [&] { ++unexpected; });
  channel.port1.close();
  channel.port1.close();
  channel.port1.postMessage("hello");
  page.takeTurns();
  REQUIRE(unexpected == 0);
  REQUIRE(reports.errors().empty());
}

TEST_CASE(
    "electron ipc: MessageChannelMain: can send messages to a port whose remote end is closed") {
  Page page;
  int unexpected = 0;
  MessageChannel channel;
  channel.port2.start(page.bus.main());
  channel.port2.on("message", [&] { ++unexpected; });
  channel.port2.close();
  channel.port1.postMessage("hello");
  page.takeTurns();
  REQUIRE(unexpected == 0);
}

TEST_CASE("electron ipc: MessageChannelMain: throws when passing duplicate ports") {
  Page page;
  MessageChannel channel, other;
  int messages = 0;
  channel.port2.on("message", [&] { ++messages; });
  channel.port2.start(page.window);
  REQUIRE_THROWS_AS(
      channel.port1.postMessage(nullptr, std::move(other.port1), std::move(other.port1)),
      std::invalid_argument);
  page.takeTurns();
  REQUIRE(messages == 0);
}

TEST_CASE(
    "electron ipc: MessageChannelMain: throws when passing ports that have already been "
    "neutered") {
  Page page;
  MessageChannel channel, other;
  int messages = 0;
  channel.port2.on("message", [&] { ++messages; });
  channel.port2.start(page.window);
  channel.port1.postMessage(nullptr, std::move(other.port1));
  REQUIRE_THROWS_AS(channel.port1.postMessage(nullptr, std::move(other.port1)),
                    std::invalid_argument);
  page.takeTurns();
  REQUIRE(messages == 1);
}

TEST_CASE("electron ipc: MessageChannelMain: throws when passing itself") {
  MessageChannel channel;
  REQUIRE_THROWS_AS(channel.port2.postMessage(nullptr, std::move(channel.port2)),
                    std::invalid_argument);
}

TEST_CASE(
    "electron ipc: MessageChannelMain: GC behavior: is not collected while it could still receive "
    "messages") {
  // There is no collector: a started port that is moved out of its scope goes on receiving.
  Page page;
  std::string got;
  std::vector<MessagePort> kept;
  MessagePort port1 = [&] {
    MessageChannel channel;
    channel.port2.on("message", [&](std::string const& text) { got = text; });
    channel.port2.start(page.window);
    kept.push_back(std::move(channel.port2));
    return std::move(channel.port1);
  }();
  port1.postMessage("hello");
  page.takeTurns();
  REQUIRE(got == "hello");
}

// ---- WebContents.postMessage, WebFrameMain.postMessage ------------------------------------------

namespace {

struct Message {
  std::string some;
};

/// What a window told main that it got by `post`.
template <class Post>
Log postedTo(Page& page, Post&& post) {
  Log log;
  page.window.on("foo", [&](Message const& message) { page.window.send("bar", message); });
  page.bus.main().on("bar", [&](Message const& message) { log.push_back(message.some); });
  post(Message{"message"});
  page.takeTurns();
  return log;
}

}  // namespace

TEST_CASE("electron ipc: WebContents.postMessage: sends a message") {
  Page page;
  tincan::Peer const contents = page.window.peer();
  REQUIRE(postedTo(page, [&](Message const& m) { contents.postMessage("foo", m); }) ==
          Log{"message"});
}

TEST_CASE("electron ipc: WebFrameMain.postMessage: sends a message") {
  Page page;
  tincan::Peer const frame = *page.bus.main().renderer("window");
  REQUIRE(postedTo(page, [&](Message const& m) { frame.postMessage("foo", m); }) == Log{"message"});
}

TEST_CASE(
    "electron ipc: WebContents.postMessage: error handling: throws on non-serializable message") {
  // What has no copy does not compile. What refuses to be copied throws.
  Page page;
  OnCopy const object([] { throw std::runtime_error("An object could not be cloned."); });
  REQUIRE(whatOf([&] { return page.window.peer().postMessage("channel", object); }) ==
          "An object could not be cloned.");
  REQUIRE(page.window.poll() == 0);
  REQUIRE(page.bus.stats().sent == 0);
}

TEST_CASE(
    "electron ipc: WebContents.postMessage: error handling: a port stays with its owner when the "
    "message is non-serializable") {
  Page page;
  MessageChannel channel;
  OnCopy const object([] { throw std::runtime_error("An object could not be cloned."); });
  REQUIRE_THROWS_AS(page.window.peer().postMessage("channel", object, std::move(channel.port1)),
                    std::runtime_error);
  int got = 0;
  channel.port2.on("message", [&](int number) { got = number; });
  channel.port2.start(page.window);
  channel.port1.postMessage(3);
  page.takeTurns();
  REQUIRE(got == 3);
}

TEST_CASE(
    "electron ipc: WebContents.postMessage: error handling: throws when passing duplicate ports") {
  Page page;
  MessageChannel channel;
  REQUIRE_THROWS_AS(page.window.peer().postMessage("foo", nullptr, std::move(channel.port1),
                                                   std::move(channel.port1)),
                    std::invalid_argument);
  REQUIRE(page.window.poll() == 0);
}

TEST_CASE(
    "electron ipc: WebContents.postMessage: error handling: throws when passing ports that have "
    "already been neutered") {
  Page page;
  MessageChannel channel;
  page.window.peer().postMessage("foo", nullptr, std::move(channel.port1));
  REQUIRE_THROWS_AS(page.window.peer().postMessage("foo", nullptr, std::move(channel.port1)),
                    std::invalid_argument);
  REQUIRE(page.window.poll() == 1);
}

// ---- WebContents.ipc, WebFrameMain.ipc ----------------------------------------------------------

TEST_CASE(
    "electron ipc: WebContents.ipc: receives postMessage messages sent from the WebContents, w/ "
    "MessagePorts") {
  Page page;
  auto other = page.bus.attach("other");
  std::vector<std::size_t> ports;
  page.bus.main().from(page.window.peer()).on("test", [&](Event& event) {
    ports.push_back(event.ports.size());
  });
  other.postMessage("test", nullptr);
  page.window.postMessage("test", nullptr, MessageChannel().port1);
  page.takeTurns();
  REQUIRE(ports == std::vector<std::size_t>{1});
}

TEST_CASE(
    "electron ipc: WebFrameMain.ipc: receives postMessage messages sent from the WebContents, w/ "
    "MessagePorts") {
  Page page;
  std::size_t ports = 0;
  page.bus.main().from(*page.bus.main().renderer("window")).on("test", [&](Event& event) {
    ports = event.ports.size();
  });
  page.window.postMessage("test", nullptr, MessageChannel().port1);
  page.takeTurns();
  REQUIRE(ports == 1);
}

// ---- utilityProcess -----------------------------------------------------------------------------

TEST_CASE(
    "electron utilityProcess: behavior: can establish communication channel with sandboxed "
    "renderer") {
  test::Bus bus;
  std::string got;
  bus.main().on("message", [&](std::string const& text) {
    got = text;
    bus.main().quit();
  });
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("port",
           [](Event& event, std::string const& text) { event.ports.at(0).postMessage(text); });
    ipc.run();
  });
  auto child = bus.spawn("child", [](tincan::Renderer& ipc) {
    std::vector<MessagePort> ports;
    ipc.on("port", [&](Event& event) {
      ports = std::move(event.ports);
      ports.at(0).on("message", [&](std::string const& text) { ipc.send("message", text); });
      ports.at(0).start();
    });
    ipc.run();
  });
  MessageChannel channel;
  window.peer().postMessage("port", "Message from sandboxed renderer", std::move(channel.port1));
  child.peer().postMessage("port", "", std::move(channel.port2));
  bus.main().run();
  REQUIRE(got == "Message from sandboxed renderer");
}
