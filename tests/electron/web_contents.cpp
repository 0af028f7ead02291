// tests/electron/web_contents.cpp - the ipc cases of Electron's specs of webContents, webFrameMain,
// serviceWorkerMain, webview and utilityProcess, between threads
//
// A WebContents, seen from main, is a Peer; a <webview> is a renderer that another renderer made; a
// utility process is a thread.
#include "turns.hpp"
#include "unit/support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

// ---- api-web-contents-spec.ts, api-browser-window-spec.ts ---------------------------------------

TEST_CASE(
    "electron webContents: send: does not block node async APIs when sent before document is "
    "ready") {
  // The message waits, and what the window's thread does first is not held up by it.
  tincan::Bus bus;
  Log log;
  Latch isSent(1);
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    isSent.wait();
    ipc.sendSync("async-node-api-done");
    ipc.on("test", [&] { bus.close(); });
    ipc.run();
  });
  bus.main().on("async-node-api-done", [&](tincan::Event& event) {
    log.push_back("done");
    event.returnValue = true;
  });
  auto const result = window.peer().send("test");
  isSent.count_down();
  bus.main().run();
  window.join();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(log == Log{"done"});
  REQUIRE(bus.stats().deadLetters.empty());
}

TEST_CASE(
    "electron webContents: ipc-message event: emits when the renderer process sends an "
    "asynchronous message") {
  tincan::Bus bus;
  std::string channel, message;
  bus.main().onAny([&](tincan::Event& event, tincan::Arguments const& arguments) {
    channel = event.channel().name();
    message = arguments.get<std::string>(0);
  });
  auto window = bus.attach("window");
  bus.onDeadLetter([](tincan::DeadLetter const&) {});  // nobody listens on the channel itself
  window.send("message", "Hello World!");
  bus.main().poll();
  REQUIRE(channel == "message");
  REQUIRE(message == "Hello World!");
}

TEST_CASE(
    "electron webContents: ipc-message-sync event: emits when the renderer process sends a "
    "synchronous message") {
  tincan::Bus bus;
  Log log;
  bus.main().onAny([&](tincan::Event& event, tincan::Arguments const& arguments) {
    log.push_back(std::string(event.channel().name()) + " " + arguments.get<std::string>(0));
    event.returnValue = "ignored";
  });
  bus.main().on("message", [](tincan::Event& event) { event.returnValue = "foobar"; });
  std::string result;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    result = ipc.sendSync<std::string>("message", "Hello World!");
    bus.close();
  });
  bus.main().run();
  window.join();
  REQUIRE(log == Log{"message Hello World!"});
  REQUIRE(result == "foobar");
}

TEST_CASE("electron BrowserWindow: should set ipc event sender correctly") {
  tincan::Bus bus;
  std::optional<tincan::Peer> parentReady, childReady;
  bus.main().once("parent-ready", [&](tincan::Event& event) {
    parentReady = event.sender;
    event.sender.send("verified");
  });
  bus.main().once("child-ready", [&](tincan::Event& event) {
    childReady = event.sender;
    event.sender.send("verified");
  });
  Log log;
  auto window = bus.attach("window");
  std::optional<tincan::Renderer> child;
  window.on("open", [&] {
    child = bus.attach("window");  // the same name: a name is no identity
    child->on("verified", [&] { log.push_back("child"); });
    child->send("child-ready");
    window.send("parent-ready");
  });
  window.on("verified", [&] { log.push_back("parent"); });
  window.peer().send("open");
  takeTurns(window, bus.main(), window);
  REQUIRE(log == Log{"parent"});
  child->poll();
  REQUIRE(log == Log{"parent", "child"});
  REQUIRE(parentReady == window.peer());
  REQUIRE(childReady == child->peer());
  REQUIRE_FALSE(parentReady == childReady);
  REQUIRE(parentReady->id() != childReady->id());
}

// ---- api-web-frame-main-spec.ts -----------------------------------------------------------------

TEST_CASE("electron webFrameMain: WebFrame.send: works") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("preload-ping", [&] { window.send("preload-pong", window.peer().id()); });
  std::optional<std::uint64_t> pong;
  bus.main().on("preload-pong", [&](std::uint64_t id) { pong = id; });
  tincan::Peer const frame = *bus.main().renderer("window");
  REQUIRE(frame.send("preload-ping") == SendResult::Queued);
  takeTurns(window, bus.main());
  REQUIRE(pong == frame.id());
}

TEST_CASE(
    "electron webFrameMain: RenderFrame lifespan: returns null upon accessing senderFrame after "
    "cross-origin navigation") {
  tincan::Bus bus;
  std::optional<tincan::Peer> sender;
  bus.main().on("preload-ran", [&](tincan::Event& event) { sender = event.sender; });
  auto window = bus.attach("window");
  window.send("preload-ran");
  bus.main().poll();
  REQUIRE(sender->alive());
  window = bus.attach("window");  // another one in its place
  REQUIRE_FALSE(sender->alive());
  REQUIRE_FALSE(*sender == window.peer());
}

TEST_CASE(
    "electron webFrameMain: RenderFrame lifespan: is detached when unload handler sends IPC") {
  tincan::Bus bus;
  std::optional<std::uint64_t> id;
  std::optional<bool> wasAlive;
  bus.main().on("preload-unload", [&](tincan::Event& event) {
    id = event.sender.id();
    wasAlive = event.sender.alive();
  });
  auto window = std::make_optional(bus.attach("window"));
  auto const expected = window->peer().id();
  window->send("preload-unload");
  window.reset();
  bus.main().poll();
  REQUIRE(wasAlive == false);
  REQUIRE(id == expected);  // still said
}

TEST_CASE(
    "electron webFrameMain: RenderFrame lifespan: disposes detached frame after cross-origin "
    "navigation") {
  tincan::Bus bus;
  std::optional<tincan::Peer> sender;
  bus.main().on("preload-unload", [&](tincan::Event& event) { sender = event.sender; });
  {
    auto window = bus.attach("window");
    window.send("preload-unload");
  }
  bus.main().poll();
  REQUIRE(sender->send("x") == SendResult::Closed);
  REQUIRE(codeOf([&] { return sender->sendSync("x"); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return sender->invoke("x").get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return bus.main().from(*sender).on("x", [] {}); }) == Errc::Closed);
}

// ---- api-service-worker-main-spec.ts ------------------------------------------------------------

TEST_CASE("electron serviceWorkerMain: ipc: on(channel): can receive a message during startup") {
  tincan::Bus bus;
  std::optional<SendResult> result;
  auto worker = bus.spawn("worker", [&](tincan::Renderer& ipc) { result = ipc.send("ping"); });
  worker.join();  // it has sent, and is gone
  Log log;
  bus.main().on("ping", [&](tincan::Event& event) { log.push_back(event.sender.name()); });
  bus.main().poll();
  REQUIRE(result == SendResult::Queued);
  REQUIRE(log == Log{"worker"});
}

TEST_CASE("electron serviceWorkerMain: ipc: on(channel): receives a message") {
  tincan::Bus bus;
  int pings = 0;
  auto worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
    ipc.on("testSend", [&](std::string const& channel) { ipc.send(channel); });
    ipc.run();
  });
  bus.main().from(worker.peer()).on("ping", [&] {
    ++pings;
    bus.main().quit();
  });
  bus.onDeadLetter([&](tincan::DeadLetter const&) { bus.close(); });  // rather than wait for ever
  worker.peer().send("testSend", "ping");
  bus.main().run();
  REQUIRE(pings == 1);
}

TEST_CASE("electron serviceWorkerMain: ipc: handle(channel): receives and responds to message") {
  tincan::Bus bus;
  std::string pong;
  auto worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
    pong = ipc.invoke<std::string>("ping").get();
    bus.main().quit();
  });
  bus.main().from(worker.peer()).handle("ping", [] { return "pong"; });
  bus.main().run();
  worker.join();
  REQUIRE(pong == "pong");
}

// ---- webview-spec.ts ----------------------------------------------------------------------------

namespace {

/// A renderer in whose listener another one was made.
struct Embedder {
  Embedder() {
    host.once("open", [this] { guest = bus.attach("guest"); });
    host.peer().send("open");
    host.poll();
  }

  tincan::Bus bus;
  tincan::Renderer host = bus.attach("host");
  std::optional<tincan::Renderer> guest;
};

}  // namespace

TEST_CASE("electron webview: ipc-message event: emits when guest sends an ipc message to browser") {
  Embedder e;
  Log log;
  e.host.on("channel",
            [&](tincan::Event& event, std::string const& first, std::string const& second) {
              log.push_back(event.sender.name() + " " + first + " " + second);
            });
  e.bus.main().on("channel", [&](std::string const&) { log.push_back("main"); });
  REQUIRE(e.guest->sendToHost("channel", "arg1", "arg2") == SendResult::Queued);
  takeTurns(e.bus.main(), e.host);
  REQUIRE(log == Log{"guest arg1 arg2"});
}

TEST_CASE("electron webview: preload: receives ipc message in preload script") {
  Embedder e;
  Log log;
  e.guest->on("ping", [&](std::string const& text) { e.guest->sendToHost("pong", text); });
  e.host.on("pong", [&](std::string const& text) { log.push_back(text); });
  e.host.peer("guest")->send("ping", "boom!");
  takeTurns(*e.guest, e.bus.main(), e.host);
  REQUIRE(log == Log{"boom!"});
}

// ---- api-utility-process-spec.ts ----------------------------------------------------------------

TEST_CASE(
    "electron utilityProcess: postMessage() API: establishes a default ipc channel with the child "
    "process") {
  tincan::Bus bus;
  std::string got;
  auto child = bus.spawn("child", [](tincan::Renderer& ipc) {
    ipc.on("message", [&](std::string const& text) { ipc.send("message", text); });
    ipc.send("spawn");
    ipc.run();
  });
  bus.main().on("spawn",
                [](tincan::Event& event) { event.sender.send("message", "I will be echoed."); });
  bus.main().on("message", [&](std::string const& text) {
    got = text;
    bus.main().quit();
  });
  bus.main().run();
  REQUIRE(got == "I will be echoed.");
  REQUIRE(child.peer().alive());
  bus.close();
  child.join();
  REQUIRE_FALSE(child.peer().alive());
}

TEST_CASE(
    "electron utilityProcess: postMessage() API: supports queuing messages on the receiving end") {
  tincan::Bus bus;
  Latch areQueued(1);
  std::string text;
  auto child = bus.spawn("child", [&](tincan::Renderer& ipc) {
    areQueued.wait();
    ipc.on("message", [&](std::string const& part) { text += part; });
    ipc.run();
  });
  child.peer().send("message", "This message");
  child.peer().send("message", " is");
  child.peer().send("message", " queued");
  areQueued.count_down();
  { auto const end = std::move(child); }  // quit(), then join()
  REQUIRE(text == "This message is queued");
}

TEST_CASE(
    "electron utilityProcess: postMessage() API: handles the parent port trying to send an "
    "non-clonable object") {
  tincan::Bus bus;
  std::string got;
  bus.main().on("message", [&](std::string const& text) {
    got = text;
    bus.main().quit();
  });
  auto child = bus.spawn("child", [](tincan::Renderer& ipc) {
    OnCopy const object([] { throw std::runtime_error("not to be copied"); });
    try {
      ipc.send("message", object);
    } catch (std::runtime_error const&) {
      ipc.send("message", "caught-non-cloneable");
    }
  });
  bus.main().run();
  child.join();
  REQUIRE(got == "caught-non-cloneable");
  REQUIRE(bus.stats().sent == 1);
}
