// tests/unit/wait_edges_late.cpp - behaviour 14: what completes a cycle of waits later, and what nobody polls
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "child.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::Reply;
using tincan::Task;
using namespace std::chrono_literals;

// Nothing tells a test that another thread sleeps in a wait. Where it must, the others pause; if they do so for too short a
// time, the waits begin in another order, in which a test finds less and does not fail.

namespace {

void letOthersSleep() { std::this_thread::sleep_for(20ms); }

/// A listener that lets another thread drop its Reply a little later.
struct DroppedElsewhere {
  void operator()(Event& event) {
    reply = event.defer();
    thread = std::thread([this] {
      letOthersSleep();  // until the other listener blocks
      reply.reset();
    });
  }
  std::optional<Reply> reply;
  std::thread thread;
};

/// Asks main by "x", and keeps how that ended; then lets main quit, and serves "ask".
auto asksMain(std::optional<Errc>& code, tincan::Main& main) {
  return [&code, &main](Renderer& ipc) {
    ipc.poll();
    code = codeOf([&] { ipc.sendSync<int>("x"); });
    main.quit();
    servesAsk(ipc);
  };
}

void waitUntil(std::function<bool()> const& isSo) {
  while (!isSo()) std::this_thread::yield();
}

}  // namespace

TEST_CASE("14: a Reply that another thread drops leaves a listener that blocks for who waits") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  main.poll();
  DroppedElsewhere keeps;
  std::optional<Errc> code, asked;
  auto const ask = [&] { main.renderer("window")->sendSync<int>("ask"); };
  main.on("x", [&](Event& event) { keeps(event); });
  SECTION("a listener") {
    main.on("x", [&](Event&) { code = codeOf(ask); });
  }
  SECTION("a Task, which has gone on") {
    main.on("x", [&](Event&) -> Task<> {
      co_await main.sleep(1ms);
      code = codeOf(ask);
    });
  }
  auto const window = bus.spawn("window", asksMain(asked, main));
  main.run();
  keeps.thread.join();
  CHECK(code == Errc::Deadlock);
  CHECK(asked == Errc::NoReply);
}

TEST_CASE("19: the end of a thread ends waits that lead to main, which nobody has polled") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<bool> ends{false}, asks{false};
  std::optional<Errc> code;
  auto const b = bus.spawn("b", [&](Renderer& ipc) {
    ipc.on("y", [] {});
    ipc.poll();
    asks = true;
    static_cast<void>(codeOf([&] { ipc.sendSync<int>("x"); }));
  });
  std::optional<tincan::RendererThread> a = bus.spawn("a", [&](Renderer& ipc) {
    waitUntil([&] { return ends && asks; });
    letOthersSleep();  // until main waits for the end of this
    code = codeOf([&] { ipc.peer("b")->sendSync<int>("y"); });
  });
  ends = true;
  a.reset();
  CHECK(code == Errc::Closed);
}

TEST_CASE("19: the end of a thread in the end of a thread ends waits for main, polled or not") {
  Guard const guard;
  tincan::Bus bus;
  bool const isPolled = GENERATE(false, true);
  int const depth = GENERATE(1, 2, 3);
  CAPTURE(isPolled, depth);
  if (isPolled) bus.main().poll();
  bus.main().on("x", [](Event& event) { event.returnValue = 1; });
  std::optional<Errc> code;
  std::function<void(Renderer&, int)> const body = [&](Renderer& ipc, int left) {
    if (left == 0) {
      letOthersSleep();  // until the others wait for ends
      code = codeOf([&] { ipc.sendSync<int>("x"); });
    } else {
      auto const inner = bus.spawn("inner " + std::to_string(left),
                                   [&, left](Renderer& of) { body(of, left - 1); });
    }
  };
  {
    auto const outer = bus.spawn("outer", [&](Renderer& ipc) { body(ipc, depth); });
  }
  CHECK(code == Errc::Closed);
}

TEST_CASE(
    "14: a wait that closes a cycle, and is in a hook that waits, is not relied on by another") {
  Guard const guard;
  tincan::Bus bus;
  bus.main().poll();
  std::atomic<bool> isInHook{false}, isSuspended{false}, isKept{false}, hasWaitedInside{false};
  std::atomic<int> ready{0};
  std::optional<Reply> kept;
  std::optional<Errc> ofB, ofC, inner;
  std::atomic<std::thread::id> thread{};
  auto const ask = [&](char const* name) { return bus.main().renderer(name)->request<int>("ask"); };
  auto const serve = [&](Renderer& ipc) {
    ipc.on("ask", [](Event& event) { event.returnValue = 1; });
    ipc.poll();
    ++ready;
  };
  auto const d = bus.spawn("d", [&](Renderer& ipc) {
    ipc.on("slow", [&](Event& event) {
      kept = event.defer();
      isKept = true;
    });
    ipc.on("ask", [](Event& event) { event.returnValue = 1; });
    ipc.poll();
    ++ready;
    ipc.run();
  });
  // Answers b, and needs b and c for that. Its hook runs where b sends.
  auto const h = bus.spawn("h", [&](Renderer& ipc) {
    ipc.on("x", [&](Event& event) -> Task<> {
      isSuspended = true;
      auto const [one, two] = co_await tincan::all(ask("b"), ask("c"));
      event.returnValue = one + two;
    });
    ipc.poll();
    ipc.onWake([&] {
      if (thread.load() != std::this_thread::get_id() || isInHook.exchange(true)) return;
      letOthersSleep();  // until c has looked
      inner = codeOf([&] { bus.main().renderer("d")->sendSync<int>("slow"); });
      hasWaitedInside = true;
    });
    ++ready;
    while (!ipc.stopToken().stop_requested()) {
      if (ipc.poll() == 0) std::this_thread::yield();
    }
  });
  // Answers c, and needs c and b for that.
  auto const k = bus.spawn("k", [&](Renderer& ipc) {
    ipc.handle("y", [&]() -> Task<int> {
      auto const [one, two] = co_await tincan::all(ask("c"), ask("b"));
      co_return one + two;
    });
    ipc.poll();
    ++ready;
    ipc.run();
  });
  std::atomic<bool> isBOver{false};
  auto b = bus.spawn("b", [&](Renderer& ipc) {
    serve(ipc);
    for (int i = 0; i < 200; ++i) {  // so that its wait is the later one
      static_cast<void>(codeOf([&] { bus.main().renderer("d")->sendSync<int>("ask"); }));
    }
    waitUntil([&] { return ready == 5; });
    thread = std::this_thread::get_id();
    ofB = codeOf([&] { bus.main().renderer("h")->sendSync<int>("x"); });
    isBOver = true;
    ipc.run();
  });
  auto const c = bus.spawn("c", [&](Renderer& ipc) {
    serve(ipc);
    waitUntil([&] { return isInHook && isSuspended; });
    ofC = codeOf([&] { bus.main().renderer("k")->invoke<int>("y").get(); });
    waitUntil([&] { return isKept.load(); });
    kept->set(5);
    waitUntil([&] { return isBOver.load(); });
    bus.close();
  });
  b.join();
  CHECK(ofC == Errc::Deadlock);
  CHECK(hasWaitedInside);
  CHECK_FALSE(inner.has_value());
  CHECK(ofB == Errc::Deadlock);
}
