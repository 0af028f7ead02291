// tests/unit/own_closed_verbs.cpp - behaviour 20: the verbs of and to the closed that closed.cpp leaves out
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;
using namespace std::chrono_literals;

namespace {

template <class F>
void isClosed(char const* verb, F&& call) {
  INFO(verb);
  CHECK(codeOf([&] {
          call();
          return 0;
        }) == Errc::Closed);
}

}  // namespace

TEST_CASE("20: every verb of one's own closed endpoint throws Closed") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  auto const other = bus.attach("other");
  tincan::MessageChannel channel;
  tincan::Peer const given = *window.peer("other");  // by a handle, in its name
  bool const isPolled = GENERATE(false, true);
  if (isPolled) window.poll();
  window.close();
  isClosed("send", [&] { window.send("x"); });
  isClosed("sendLatest", [&] { window.sendLatest("x"); });
  isClosed("sendSync", [&] { window.sendSync("x"); });
  isClosed("request", [&] { static_cast<void>(window.request("x")); });
  isClosed("invoke", [&] { static_cast<void>(window.invoke("x")); });
  isClosed("within, sendSync", [&] { window.within(1h).sendSync("x"); });
  isClosed("within, request", [&] { static_cast<void>(window.within(1h).request("x")); });
  isClosed("postMessage", [&] { window.postMessage("x", 1); });
  isClosed("postMessage, port", [&] { window.postMessage("x", 1, std::move(channel.port1)); });
  CHECK_NOTHROW(channel.port1.postMessage(1));  // it stays
  isClosed("sendToHost", [&] { window.sendToHost("x"); });
  isClosed("post", [&] { window.post([] {}); });
  isClosed("on", [&] { window.on("x", [] {}); });
  isClosed("once", [&] { window.once("x", [] {}); });
  isClosed("handle", [&] { window.handle("x", [] { return 1; }); });
  isClosed("handleOnce", [&] { window.handleOnce("x", [] { return 1; }); });
  isClosed("onAny", [&] { window.onAny([](tincan::Event&, tincan::Arguments const&) {}); });
  isClosed("keepLast", [&] { window.keepLast("x"); });
  isClosed("after", [&] { window.after(1s, [] {}); });
  isClosed("every", [&] { window.every(1s, [] {}); });
  isClosed("release", [&] { window.release(); });
  isClosed("handle, send", [&] { given.send("x"); });
  isClosed("handle, sendLatest", [&] { given.sendLatest("x"); });
  isClosed("handle, sendSync", [&] { given.sendSync("x"); });
  isClosed("handle, post", [&] { given.post([] {}); });
  isClosed("handle, call", [&] { static_cast<void>(given.call([] {})); });
  isClosed("handle, within", [&] { static_cast<void>(given.within(1h).invoke("x")); });
  isClosed("handle, within call", [&] { static_cast<void>(given.within(1h).call([] {})); });
  isClosed("handle, postMessage", [&] { given.postMessage("x", 1); });
  isClosed("handle, onClose", [&] { given.onClose([] {}); });
  std::optional<Errc> slept;
  static auto const sleeps = [](tincan::Endpoint& at, std::optional<Errc>& code) -> tincan::Task<> {
    try {
      co_await at.sleep(1h);
    } catch (tincan::Error const& error) {
      code = error.code();
    }
  };
  auto const task = sleeps(window, slept);
  CHECK(slept == Errc::Closed);
  CHECK(bus.stats().sent == 0);
}

TEST_CASE("20: every verb of main, whose bus is closed, throws Closed") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  tincan::Main& main = bus.main();
  auto scope = main.from(window.peer());
  bus.close();
  isClosed("broadcast", [&] { main.broadcast("x"); });
  isClosed("invokeAll", [&] { static_cast<void>(main.invokeAll("x")); });
  isClosed("from, on", [&] { main.from(window.peer()).on("x", [] {}); });
  isClosed("scope, on", [&] { scope.on("x", [] {}); });
  isClosed("scope, handle", [&] { scope.handle("x", [] {}); });
  isClosed("on", [&] { main.on("x", [] {}); });
  isClosed("post", [&] { main.post([] {}); });
  isClosed("attach", [&] { static_cast<void>(bus.attach("late")); });
  isClosed("spawn", [&] { static_cast<void>(bus.spawn("late", [](tincan::Renderer&) {})); });
  CHECK(main.poll() == 0);
  CHECK(main.poll(1) == 0);
  CHECK(main.pollFor(1h) == 0);
  CHECK(main.runFor(1h) == 0);
  main.run();
  tincan::runAll(main);
  main.quit();
}

TEST_CASE("20: every verb to somebody else's closed endpoint returns or answers Closed") {
  tincan::Bus bus;
  auto window = std::make_optional(bus.attach("window"));
  auto own = bus.attach("own");
  tincan::Peer const peer = *own.peer("window");
  SECTION("closed") { window->close(); }
  SECTION("ended") { window.reset(); }
  SECTION("ended by another thread") {
    std::thread([&] { window.reset(); }).join();
  }
  tincan::MessageChannel channel;
  CHECK(peer.send("x") == SendResult::Closed);
  CHECK(peer.sendLatest("x") == SendResult::Closed);
  CHECK(peer.post([] {}) == SendResult::Closed);
  CHECK(peer.postMessage("x", 1) == SendResult::Closed);
  CHECK(peer.postMessage("x", 1, std::move(channel.port1)) == SendResult::Closed);
  CHECK_NOTHROW(channel.port1.postMessage(1));
  isClosed("sendSync", [&] { peer.sendSync("x"); });
  isClosed("within", [&] { peer.within(1h).sendSync("x"); });
  // These do not throw, but answer.
  auto request = peer.request("x");
  auto invoke = peer.invoke("x");
  auto call = peer.call([] { return 1; });
  auto within = peer.within(1h).request("x");
  auto withinCall = peer.within(1h).call([] { return 1; });
  isClosed("request", [&] { request.get(); });
  isClosed("invoke", [&] { invoke.get(); });
  isClosed("call", [&] { call.get(); });
  isClosed("within request", [&] { within.get(); });
  isClosed("within call", [&] { withinCall.get(); });
  CHECK(bus.main().broadcast("x") == 1);  // own
  CHECK_FALSE(own.peer("window").has_value());
}

TEST_CASE("20: event.sender of one that has ended returns Closed") {
  tincan::Bus bus;
  auto window = std::make_optional(bus.attach("window"));
  std::vector<SendResult> results;
  bus.main().on("x", [&](tincan::Event& event) {
    window.reset();
    results.push_back(event.reply("y"));
    results.push_back(event.sender.send("y"));
  });
  window->send("x");
  bus.main().poll();
  CHECK(results == std::vector{SendResult::Closed, SendResult::Closed});
}
