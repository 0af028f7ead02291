// tests/unit/small_print.cpp - signatures, and other halves of sentences of the contract
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <type_traits>
#include <vector>

#include "child.hpp"
#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::InboxOptions;
using tincan::Overflow;
using tincan::Peer;
using tincan::SendResult;
using tincan::Value;
using namespace std::chrono_literals;

// ---- signatures --------------------------------------------------------------------------------
static_assert(noexcept(std::declval<tincan::Error const&>().code()));
static_assert(noexcept(std::declval<tincan::Error const&>().channel()));
static_assert(
    std::is_same_v<decltype(std::declval<tincan::Error const&>().channel()), std::string const&>);
static_assert(std::is_same_v<decltype(std::declval<Peer const&>().sendSync("x")), Value>);
static_assert(std::is_same_v<decltype(std::declval<Peer const&>().request("x")), Future<Value>>);
static_assert(std::is_same_v<decltype(std::declval<Peer const&>().invoke("x")), Future<Value>>);
static_assert(
    std::is_same_v<decltype(std::declval<Peer const&>().onClose([] {})), tincan::Listener>);
static_assert(std::is_same_v<decltype(std::declval<tincan::Main&>().invokeAll("x")),
                             std::vector<Future<Value>>>);
static_assert(std::is_convertible_v<decltype(std::declval<tincan::Main&>().renderer("x")),
                                    std::optional<Peer>>);
static_assert(std::is_convertible_v<decltype(std::declval<tincan::Renderer&>().peer("x")),
                                    std::optional<Peer>>);
static_assert(std::is_same_v<decltype(std::declval<tincan::Event&>().sender), Peer const&> ||
              std::is_same_v<decltype(std::declval<tincan::Event&>().sender), Peer const>);
static_assert(InboxOptions().capacity == 0 && InboxOptions().overflow == Overflow::Fail);
static_assert(!std::is_convertible_v<tincan::BusOptions, tincan::Bus>);  // explicit

TEST_CASE_METHOD(MainAndWindow,
                 "a Peer keeps name and id after its endpoint and its bus have ended") {
  std::optional<Peer> peer, mainPeer;
  std::uint64_t id = 0, mainId = 0;
  {
    tincan::Bus brief;
    auto one = brief.attach("one");
    auto other = brief.attach("one");
    peer = one.peer();
    mainPeer = brief.main().peer();
    id = peer->id();
    mainId = mainPeer->id();
    CHECK(id != 0);
    CHECK(id != mainId);
    CHECK(other.peer().id() != id);
    CHECK_FALSE(other.peer() == *peer);
    CHECK(brief.main().renderer("one")->id() == id);
  }
  CHECK(peer->name() == "one");
  CHECK(peer->id() == id);
  CHECK(mainPeer->id() == mainId);
  CHECK_FALSE(peer->alive());
  CHECK_FALSE(mainPeer->alive());
  Peer const copy = *peer;
  CHECK(copy == *peer);
}

TEST_CASE("spawn takes a limit for the inbox and a body with a stop token together") {
  Guard const guard;
  tincan::Bus bus;
  Latch full(1);
  std::vector<SendResult> results;
  bool wasStopped = false;
  {
    auto window = bus.spawn("window", InboxOptions{2, Overflow::Fail},
                            [&](tincan::Renderer& ipc, tincan::StopToken stop) {
                              full.wait();
                              ipc.on("x", [] {});
                              ipc.run(stop);
                              wasStopped = stop.stop_requested();
                            });
    for (int i = 0; i < 3; ++i) results.push_back(window.peer().send("x"));
    full.count_down();
  }
  CHECK(results == std::vector{SendResult::Queued, SendResult::Queued, SendResult::Full});
  CHECK(wasStopped);
}

TEST_CASE_METHOD(MainAndWindow, "R may be void everywhere") {
  Guard const guard;
  main.on("x", [](tincan::Event& event) { event.returnValue = Value(); });
  main.handle("x", [] {});
  ipc.handle("x", [] {});
  auto window = bus.spawn("other", [&](tincan::Renderer& other) {
    other.on("x", [](tincan::Event& event) { event.returnValue = Value(); });
    other.handle("x", [] {});
    other.run();
  });
  window.peer().sendSync<void>("x");
  window.peer().within(1h).sendSync<void>("x");
  CHECK(window.peer().sendSync("x").empty());
  CHECK(window.peer().invoke("x").get().empty());
  window.peer().call([] {}).getFor(1h);
  auto a = ipc.request<void>("x");
  auto b = ipc.within(1h).request<void>("x");
  auto c = ipc.within(1h).invoke<void>("x");
  main.poll();
  a.getFor(1h);
  b.get();
  CHECK(c.waitFor(1h));
  c.get();
  std::vector<Future<void>> all = main.invokeAll<void>("x");
  ipc.poll();
  CHECK(all.size() == 2);
  for (auto& one : all) one.get();
}

TEST_CASE_METHOD(MainAndWindow,
                 "a deadline of a renderer's own verbs is for call, too, which runs at main") {
  auto called = ipc.within(1h).call([&] {
    log.push_back("main's");
    return 5;
  });
  ipc.poll();
  CHECK(log.empty());
  main.poll();
  CHECK(called.get() == 5);
  ipc.post([&] { log.push_back("my own"); });
  main.poll();
  CHECK(log.size() == 1);
  ipc.poll();
  CHECK(log.size() == 2);
  ipc.main().post([&] { log.push_back("main's"); });
  ipc.poll();
  CHECK(log.size() == 2);
  main.poll();
  CHECK(log.size() == 3);
}

TEST_CASE("the hooks of a bus run on the thread where it happens") {
  tincan::Bus bus;
  auto gone = bus.attach("gone");
  Peer const peer = gone.peer();
  gone.close();
  auto window = bus.attach("window");
  window.on("x", [] { throw 1; });
  window.peer().send("x");
  std::thread::id letterAt, errorAt, there;
  bus.onDeadLetter([&](tincan::DeadLetter const&) { letterAt = std::this_thread::get_id(); });
  bus.onError([&](tincan::ErrorReport const&) { errorAt = std::this_thread::get_id(); });
  std::thread([&] {
    there = std::this_thread::get_id();
    peer.send("x");
    window.poll();
  }).join();
  CHECK(letterAt == there);
  CHECK(errorAt == there);
  bus.onDeadLetter({});
}

TEST_CASE_METHOD(MainAndWindow,
                 "a null function of a Scope and of once, handle and call with a deadline") {
  auto scope = main.from(ipc.peer());
  std::function<void()> const none;
  CHECK_THROWS_AS(scope.once("x", none), std::invalid_argument);
  CHECK_THROWS_AS(scope.handle("x", none), std::invalid_argument);
  CHECK_THROWS_AS(scope.handleOnce("x", none), std::invalid_argument);
  CHECK_THROWS_AS(main.peer().onClose(none), std::invalid_argument);
  CHECK_FALSE(scope.hasHandler("x"));
  CHECK(scope.listenerCount("x") == 0);
}
