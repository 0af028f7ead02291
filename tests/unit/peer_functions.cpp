// tests/unit/peer_functions.cpp - Peer::post and Peer::call: a function that another endpoint runs
#include <chrono>
#include <memory>
#include <thread>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::SendResult;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

struct PeerFunctions : MainAndWindow {
  tincan::Peer window = ipc.peer();
};

char const* textOfLiteral() { return "text"; }

}  // namespace

TEST_CASE_METHOD(PeerFunctions, "2: Peer::post runs a function in its place among the messages") {
  main.on("a", [&] { log.push_back("a"); });
  main.on("b", [&] { log.push_back("b"); });
  ipc.send("a");
  REQUIRE(ipc.main().post([&] { log.push_back("posted"); }) == SendResult::Queued);
  ipc.send("b");
  REQUIRE(log.empty());
  REQUIRE(main.poll() == 3);
  REQUIRE(log == Log{"a", "posted", "b"});
}

TEST_CASE_METHOD(PeerFunctions, "Peer::post to an endpoint that is closed destroys the function") {
  int const before = Counted::alive;
  ipc.close();
  bool hasRun = false;
  REQUIRE(window.post([&, held = Counted(1)] { hasRun = held.number > 0; }) == SendResult::Closed);
  REQUIRE(Counted::alive == before);
  REQUIRE(tincan::Peer().post([&, held = Counted(1)] { hasRun = true; }) == SendResult::Closed);
  REQUIRE(Counted::alive == before);
  REQUIRE_FALSE(hasRun);
}

TEST_CASE_METHOD(PeerFunctions,
                 "a posted function that waits when its endpoint closes is destroyed") {
  int const before = Counted::alive;
  bool hasRun = false;
  REQUIRE(window.post([&, held = Counted(1)] { hasRun = true; }) == SendResult::Queued);
  REQUIRE(Counted::alive == before + 1);
  ipc.close();
  REQUIRE(Counted::alive == before);
  REQUIRE_FALSE(hasRun);
}

TEST_CASE_METHOD(PeerFunctions, "what a function of Peer::post throws goes to onError") {
  window.post([] { throw std::runtime_error("posted"); });
  ipc.poll();
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(contains(reports.errors()[0], ">window: posted"));
}

TEST_CASE_METHOD(PeerFunctions, "a coroutine that Peer::post runs lives until it has ended") {
  int const before = Counted::alive;
  main.handle("x", [](int n) { return n + 1; });
  window.post([&, held = std::make_unique<Counted>(5)]() -> Task<> {
    log.push_back(std::to_string(co_await ipc.invoke<int>("x", held->number)));
  });
  ipc.poll();
  REQUIRE(Counted::alive == before + 1);
  pump();
  REQUIRE(log == Log{"6"});
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(PeerFunctions,
                 "S: Peer::post by a handle of one's own endpoint that is closed throws") {
  tincan::Peer const toMain = ipc.main();
  ipc.close();
  REQUIRE(codeOf([&] { return toMain.post([] {}); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return toMain.call([] {}).ready(); }) == Errc::Closed);
}

TEST_CASE_METHOD(PeerFunctions,
                 "a null function of post and call is std::invalid_argument at once") {
  void (*const none)() = nullptr;
  REQUIRE_THROWS_AS(window.post(none), std::invalid_argument);
  REQUIRE_THROWS_AS(window.call(none), std::invalid_argument);
  REQUIRE_THROWS_AS(window.within(1s).call(none), std::invalid_argument);
  REQUIRE_THROWS_AS(window.post(std::function<void()>()), std::invalid_argument);
  REQUIRE_THROWS_AS(window.call(std::function<int()>()), std::invalid_argument);
}

TEST_CASE_METHOD(PeerFunctions, "the result of call comes by the future") {
  Future<int> number = window.call([] { return 5; });
  REQUIRE_FALSE(number.ready());
  REQUIRE(ipc.poll() == 1);
  REQUIRE(number.ready());
  REQUIRE(number.get() == 5);
}

TEST_CASE_METHOD(PeerFunctions, "2: call runs its function in its place among the messages") {
  main.on("a", [&] { log.push_back("a"); });
  main.on("b", [&] { log.push_back("b"); });
  ipc.send("a");
  auto const done = ipc.main().call([&] { log.push_back("called"); });
  ipc.send("b");
  main.poll();
  REQUIRE(log == Log{"a", "called", "b"});
  REQUIRE(done.ready());
}

TEST_CASE_METHOD(PeerFunctions, "the result of call is decayed, and text comes as a string") {
  static std::string const kept = "kept";
  Future<std::string> copy = window.call([]() -> std::string const& { return kept; });
  Future<std::string> text = window.call(textOfLiteral);
  Future<std::unique_ptr<int>> moved = window.call([] { return std::make_unique<int>(5); });
  Future<void> nothing = window.call([] {});
  ipc.poll();
  REQUIRE(copy.get() == "kept");
  REQUIRE(text.get() == "text");
  REQUIRE(*moved.get() == 5);
  nothing.get();
}

TEST_CASE_METHOD(PeerFunctions,
                 "16: what a function of call throws comes by the future, of its type") {
  auto thrown = window.call([]() -> int { throw 42; });
  auto error = window.call([] { throw std::out_of_range("far"); });
  ipc.poll();
  REQUIRE_THROWS_AS(thrown.get(), int);
  REQUIRE_THROWS_AS(error.get(), std::out_of_range);
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(PeerFunctions, "the function of call may be move-only, and ends with the call") {
  int const before = Counted::alive;
  auto number = window.call([held = std::make_unique<Counted>(7)] { return held->number; });
  REQUIRE(Counted::alive == before + 1);
  ipc.poll();
  REQUIRE(Counted::alive == before);
  REQUIRE(number.get() == 7);
}

TEST_CASE_METHOD(PeerFunctions, "the Task of a called function answers when it has ended") {
  main.handle("x", [](int n) { return n + 1; });
  int const before = Counted::alive;
  Future<int> number = window.call([&, held = Counted(5)]() -> Task<int> {
    co_return co_await ipc.invoke<int>("x", held.number) * 2;
  });
  ipc.poll();
  REQUIRE_FALSE(number.ready());
  pump();
  REQUIRE(number.get() == 12);
  REQUIRE(Counted::alive == before);
}

TEST_CASE_METHOD(PeerFunctions, "the Task of a called function may end at once, and throw") {
  Future<int> atOnce = window.call([]() -> Task<int> { co_return 3; });
  Future<void> thrown = window.call([]() -> Task<> {
    throw 42;
    co_return;
  });
  ipc.poll();
  REQUIRE(atOnce.get() == 3);
  REQUIRE_THROWS_AS(thrown.get(), int);
}

TEST_CASE_METHOD(PeerFunctions, "11: call at an endpoint that is closed answers Closed") {
  int const before = Counted::alive;
  bool hasRun = false;
  auto waits = window.call([&, held = Counted(1)] { hasRun = true; });
  ipc.close();
  REQUIRE(Counted::alive == before);
  REQUIRE(codeOf([&] { return waits.get(), 0; }) == Errc::Closed);
  auto late = window.call([&, held = Counted(1)] { hasRun = true; });
  REQUIRE(late.ready());
  REQUIRE(Counted::alive == before);
  REQUIRE(codeOf([&] { return late.get(), 0; }) == Errc::Closed);
  auto nobody = tincan::Peer().call([&] { hasRun = true; });
  REQUIRE(codeOf([&] { return nobody.get(), 0; }) == Errc::Closed);
  REQUIRE_FALSE(hasRun);
}

TEST_CASE_METHOD(PeerFunctions,
                 "11: an endpoint that closes while a called Task waits answers Closed") {
  main.handle("x", [](int n) { return n + 1; });
  auto number = window.call([&]() -> Task<int> { co_return co_await ipc.invoke<int>("x", 1); });
  ipc.poll();
  ipc.close();
  REQUIRE(codeOf([&] { return number.get(); }) == Errc::Closed);
}

TEST_CASE_METHOD(PeerFunctions, "a call that is given up does not run its function") {
  int const before = Counted::alive;
  bool hasRun = false;
  auto cancelled = window.call([&, held = Counted(1)] { hasRun = true; });
  cancelled.cancel();
  {
    auto const dropped = window.call([&] { hasRun = true; });
  }
  auto last = window.call([] { return 1; });
  ipc.poll();
  REQUIRE_FALSE(hasRun);
  REQUIRE(Counted::alive == before);
  REQUIRE(codeOf([&] { return cancelled.get(), 0; }) == Errc::Cancelled);
  REQUIRE(last.get() == 1);
}

TEST_CASE_METHOD(PeerFunctions,
                 "17: a call that is out of time ends with Timeout, and does not run") {
  bool hasRun = false;
  auto late = window.within(0s).call([&] { hasRun = true; });
  REQUIRE(codeOf([&] { return late.get(), 0; }) == Errc::Timeout);
  ipc.poll();
  REQUIRE_FALSE(hasRun);
  auto own = ipc.within(1h).call([] { return 3; });
  main.poll();
  REQUIRE(own.get() == 3);
}

TEST_CASE_METHOD(PeerFunctions, "call and post do not count in Stats") {
  auto done = window.call([] { return 5; });
  auto const cancelled = [&] {
    auto future = window.call([] { return 6; });
    future.cancel();
    return future.ready();
  }();
  window.post([] {});
  REQUIRE(bus.stats().pending == 0);
  pump();
  auto const closed = window.call([] {});
  ipc.close();
  auto const stats = bus.stats();
  REQUIRE(cancelled);
  REQUIRE(done.get() == 5);
  REQUIRE(stats.sent == 0);
  REQUIRE(stats.handled == 0);
  REQUIRE(stats.deadLetters.empty());
  REQUIRE(reports.deadLetters().empty());
}

TEST_CASE_METHOD(PeerFunctions, "the future of a call goes on by then and by co_await") {
  window.call([] { return 5; }).then(main, [&](Future<int> future) {
    log.push_back(std::to_string(future.get()));
  });
  main.post([&]() -> Task<> { log.push_back(co_await window.call([] { return "text"; })); });
  pump();
  REQUIRE(log == Log{"5", "text"});
}

TEST_CASE_METHOD(PeerFunctions, "14: to wait for a call to one's own thread is a Deadlock") {
  main.poll();
  ipc.poll();
  auto number = window.call([] { return 5; });
  REQUIRE(codeOf([&] { return number.get(); }) == Errc::Deadlock);
  ipc.poll();
  REQUIRE(number.get() == 5);
}

TEST_CASE("call runs its function on the other endpoint's thread") {
  tincan::Bus bus;
  auto const window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.run(); });
  auto const there = window.peer().call([] { return std::this_thread::get_id(); }).get();
  REQUIRE(there != std::this_thread::get_id());
  std::thread::id posted;
  REQUIRE(window.peer().post([&] { posted = std::this_thread::get_id(); }) == SendResult::Queued);
  REQUIRE(window.peer().call([&] { return posted; }).get() == there);
}

TEST_CASE("21: post and call are never refused for want of room") {
  tincan::Bus bus;
  auto ipc = bus.attach("window", {.capacity = 1});
  auto const window = ipc.peer();
  REQUIRE(window.send("x") == SendResult::Queued);
  REQUIRE(window.send("x") == SendResult::Full);
  REQUIRE(window.post([] {}) == SendResult::Queued);
  auto number = window.call([] { return 5; });
  ipc.on("x", [] {});
  ipc.poll();
  REQUIRE(number.get() == 5);
}
