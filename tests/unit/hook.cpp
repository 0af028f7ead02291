// tests/unit/hook.cpp - hooks: what may be done in one, and when it is not called any more
#include <memory>
#include <optional>
#include <thread>

#include "../joining_thread.hpp"
#include "child.hpp"
#include "hooked_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::DeadLetter;
using tincan::Errc;
using tincan::ErrorReport;

// ---- the end of a hook ------------------------------------------------------------------------------

namespace {

/// A hook that is entered by one thread, and looks whether another one takes it for ended meanwhile.
class SlowHook {
 public:
  void operator()() {
    if (isEntered_.exchange(true)) return;
    entered_.count_down();
    // As long as it takes for one that does not wait to go on, and then the hook's end.
    for (int i = 0; i < 2'000 && !isOver_; ++i) std::this_thread::yield();
    ranOn_ = isOver_.load();
  }
  void waitUntilEntered() { entered_.wait(); }
  /// From now on it must not be running.
  void over() { isOver_ = true; }
  bool ranOn() const { return ranOn_; }

 private:
  Latch entered_{1};
  std::atomic<bool> isEntered_{false}, isOver_{false}, ranOn_{false};
};

}  // namespace

TEST_CASE_METHOD(HookedWindow, "onWake: when the hook's end has returned, it is not running") {
  Guard const guard;
  SlowHook slow;
  window->onWake([&] { slow(); });
  std::thread sender([&] { peer.send("x"); });
  slow.waitUntilEntered();
  SECTION("by onWake({})") { window->onWake({}); }
  SECTION("by another hook") {
    window->onWake([] {});
  }
  SECTION("by the end of the renderer") { window.reset(); }
  SECTION("by a renderer that is assigned to it") { *window = bus->attach("another"); }
  SECTION("by the end of the bus") { bus.reset(); }
  slow.over();
  sender.join();
  REQUIRE_FALSE(slow.ranOn());
}

TEST_CASE("onWake: when the bus has ended, main's hook is not running") {
  Guard const guard;
  SlowHook slow;
  std::optional<tincan::Bus> bus(std::in_place);
  bus->main().poll();
  bus->main().onWake([&] { slow(); });
  std::thread sender([&, peer = bus->main().peer()] { peer.send("x"); });
  slow.waitUntilEntered();
  bus.reset();
  slow.over();
  sender.join();
  REQUIRE_FALSE(slow.ranOn());
}

TEST_CASE_METHOD(HookedWindow, "onWake: when the hook's end has returned, it never runs again") {
  SECTION("by onWake({})") { window->onWake({}); }
  SECTION("by another hook") {
    window->onWake([] {});
  }
  SECTION("by the end of the renderer") { window.reset(); }
  SECTION("by the end of the bus") { bus.reset(); }
  rings = 0;
  peer.send("x");
  std::thread([&] { peer.send("x"); }).join();
  if (window.has_value()) window->poll();
  peer.send("x");
  if (bus.has_value()) bus->close();
  REQUIRE(rings == 0);
}

TEST_CASE("onWake: hooks come and go while others send, and none is called after its end") {
  Guard const guard;
  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  window.on("x", [] {});
  std::atomic<bool> isOver{false};
  std::vector<test::JoiningThread> senders;
  for (int t = 0; t < 2; ++t) {
    senders.emplace_back([&, peer = window.peer()] {
      while (!isOver) {
        peer.send("x");
        std::this_thread::yield();
      }
    });
  }
  std::atomic<int> late{0}, calls{0};
  for (int round = 0; round < 300; ++round) {
    // Plain: whoever ends the hook may use what it has used without more ado.
    auto isAlive = std::make_unique<bool>(true);
    window.onWake([&late, &calls, alive = isAlive.get()] {
      ++calls;
      if (!*alive) ++late;
    });
    window.poll();
    if (round % 2 == 0) window.onWake({});
    else window.onWake([] {});
    *isAlive = false;
    window.poll();
    window.onWake({});
  }
  isOver = true;
  senders.clear();
  REQUIRE(late == 0);
}

// ---- the bus's hooks --------------------------------------------------------------------------------

namespace {

/// Another thread on which a hook of the bus runs.
struct HookedBus {
  std::optional<tincan::Bus> bus{std::in_place};
  SlowHook slow;

  /// Calls the error hook: its listener throws.
  std::thread makeError() {
    return std::thread([renderer = bus->attach("throwing")]() mutable {
      renderer.on("x", [] { throw std::runtime_error("oh"); });
      renderer.peer().send("x");
      renderer.poll();
    });
  }
  /// Calls the dead letter hook.
  std::thread makeDeadLetter() {
    return std::thread([renderer = bus->attach("silent")]() mutable {
      renderer.peer().send("x");
      renderer.poll();
    });
  }
  void expectNotRunning(std::thread other) {
    slow.over();
    other.join();
    REQUIRE_FALSE(slow.ranOn());
  }
};

}  // namespace

TEST_CASE_METHOD(HookedBus, "onError: when the hook's end has returned, it is not running") {
  Guard const guard;
  bus->onError([&](ErrorReport const&) { slow(); });
  std::thread other = makeError();
  slow.waitUntilEntered();
  SECTION("by onError({})") { bus->onError({}); }
  SECTION("by another hook") {
    bus->onError([](ErrorReport const&) {});
  }
  SECTION("by the end of the bus") { bus.reset(); }
  expectNotRunning(std::move(other));
}

TEST_CASE_METHOD(HookedBus, "onDeadLetter: when the hook's end has returned, it is not running") {
  Guard const guard;
  bus->onDeadLetter([&](DeadLetter const&) { slow(); });
  std::thread other = makeDeadLetter();
  slow.waitUntilEntered();
  SECTION("by onDeadLetter({})") { bus->onDeadLetter({}); }
  SECTION("by another hook") {
    bus->onDeadLetter([](DeadLetter const&) {});
  }
  SECTION("by the end of the bus") { bus.reset(); }
  expectNotRunning(std::move(other));
}

TEST_CASE_METHOD(HookedBus, "onHighWater: when the hook's end has returned, it is not running") {
  Guard const guard;
  bus->onHighWater([&](tincan::HighWater const&) { slow(); });
  tincan::InboxOptions options;
  options.highWater = 2;
  std::thread other([renderer = bus->attach("slow", options)]() mutable {
    for (int i = 0; i < 3; ++i) renderer.peer().send("x");
  });
  slow.waitUntilEntered();
  SECTION("by onHighWater({})") { bus->onHighWater({}); }
  SECTION("by another hook") {
    bus->onHighWater([](tincan::HighWater const&) {});
  }
  SECTION("by the end of the bus") { bus.reset(); }
  expectNotRunning(std::move(other));
}

TEST_CASE("the bus's hooks come and go while they are called, and none is called after its end") {
  Guard const guard;
  tincan::Bus bus;
  std::atomic<bool> isOver{false};
  std::vector<test::JoiningThread> others;
  for (int t = 0; t < 2; ++t) {
    others.emplace_back([&, renderer = bus.attach("throwing")]() mutable {
      renderer.on("x", [] { throw 1; });
      while (!isOver) {
        renderer.peer().send("x");
        renderer.peer().send("nobody");
        renderer.poll();
      }
    });
  }
  std::atomic<int> late{0};
  for (int round = 0; round < 300; ++round) {
    auto isAlive = std::make_unique<bool>(true);
    auto const look = [&late, alive = isAlive.get()](auto const&) {
      if (!*alive) ++late;
    };
    bus.onError(look);
    bus.onDeadLetter(look);
    std::this_thread::yield();
    bus.onError([](ErrorReport const&) {});
    bus.onDeadLetter([](DeadLetter const&) {});
    *isAlive = false;
  }
  isOver = true;
  others.clear();
  REQUIRE(late == 0);
}

// ---- inside of a hook -------------------------------------------------------------------------------

TEST_CASE_METHOD(HookedWindow, "onWake: a hook may end or replace itself, and runs to its end") {
  Guard const guard;
  std::string text;
  int second = 0;
  std::string const captured(100, 'x');
  SECTION("by onWake({})") {
    window->onWake([&, captured] {
      window->onWake({});
      text = captured;
    });
  }
  SECTION("by another hook") {
    window->onWake([&, captured] {
      window->onWake([&] { ++second; });
      text = captured;
    });
  }
  peer.send("x");
  REQUIRE(text == captured);
  window->poll();
  int const before = second;
  text.clear();
  peer.send("x");
  REQUIRE(text.empty());
  REQUIRE(second - before <= 1);
}

TEST_CASE_METHOD(HookedWindow, "onWake: a hook may end its endpoint, and runs to its end") {
  Guard const guard;
  std::string text;
  std::string const captured(100, 'x');
  SECTION("by close()") {
    window->onWake([&, captured] {
      if (!text.empty()) return;
      text = captured;
      window->close();
      text = captured;
    });
  }
  SECTION("by its end") {
    window->onWake([&, captured] {
      if (!text.empty()) return;
      text = "begun";
      window.reset();
      text = captured;
    });
  }
  SECTION("by closing the bus") {
    window->onWake([&, captured] {
      if (!text.empty()) return;
      text = captured;
      bus->close();
      text = captured;
    });
  }
  SECTION("by the end of the bus") {
    window->onWake([&, captured] {
      if (!text.empty()) return;
      text = "begun";
      bus.reset();
      text = captured;
    });
  }
  peer.send("x");
  REQUIRE(text == captured);
  REQUIRE_FALSE(peer.alive());
}

TEST_CASE_METHOD(HookedWindow, "onWake: a hook on another thread may close the bus") {
  Guard const guard;
  window->onWake([&] {
    ++rings;
    bus->close();
  });
  std::thread([&] { peer.send("x"); }).join();
  REQUIRE(rings >= 1);
  REQUIRE(window->poll() == 0);
}

TEST_CASE_METHOD(HookedWindow, "onWake: a hook may call any verb") {
  Guard const guard;
  auto worker = bus->spawn("worker", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event) { event.returnValue = 5; });
    ipc.run();
  });
  int answer = 0;
  bool posted = false;
  std::optional<Errc> self;
  std::optional<tincan::Future<int>> future;
  window->onWake([&] {
    if (rings++ > 0) return;
    answer = worker.peer().sendSync<int>("ask");
    future = worker.peer().request<int>("ask");
    self = codeOf([&] { peer.sendSync("x"); });
    peer.send("x");
    window->send("nobody");
    window->post([&] { posted = true; });
    window->quit();
    window->on("y", [] {});
    static_cast<void>(bus->stats());
    window->poll();
  });
  rings = 0;
  peer.send("x");
  window->run();
  REQUIRE(answer == 5);
  REQUIRE(future->get() == 5);
  REQUIRE(self == Errc::Deadlock);
  REQUIRE(posted);
  REQUIRE(handled == 2);
}

TEST_CASE("a hook of the bus may end or replace itself, and runs to its end") {
  Guard const guard;
  std::string const captured(100, 'x');
  std::string text;
  std::optional<tincan::Bus> bus(std::in_place);
  tincan::Renderer window = bus->attach("window");
  window.on("throw", [] { throw std::runtime_error("oh"); });
  SECTION("onError, by onError({})") {
    bus->onError([&, captured](ErrorReport const&) {
      bus->onError([](ErrorReport const&) {});
      text = captured;
    });
  }
  SECTION("onError, by the end of the bus") {
    bus->onError([&, captured](ErrorReport const&) {
      bus.reset();
      text = captured;
    });
  }
  SECTION("onError, by closing the bus") {
    bus->onError([&, captured](ErrorReport const&) {
      bus->close();
      text = captured;
    });
  }
  window.peer().send("throw");
  window.poll();
  REQUIRE(text == captured);
}

TEST_CASE("a dead letter hook may end or replace itself, and runs to its end") {
  Guard const guard;
  std::string const captured(100, 'x');
  std::string text;
  std::optional<tincan::Bus> bus(std::in_place);
  tincan::Renderer window = bus->attach("window");
  SECTION("by onDeadLetter") {
    bus->onDeadLetter([&, captured](DeadLetter const&) {
      bus->onDeadLetter([](DeadLetter const&) {});
      text = captured;
    });
  }
  SECTION("by the end of the bus") {
    bus->onDeadLetter([&, captured](DeadLetter const&) {
      bus.reset();
      text = captured;
    });
  }
  window.peer().send("nobody");
  window.poll();
  REQUIRE(text == captured);
}

// ---- hooks that wait --------------------------------------------------------------------------------

TEST_CASE_METHOD(HookedWindow,
                 "onWake: a hook that waits for who waits for its end is a Deadlock") {
  Guard const guard;
  bool const replaces = GENERATE(false, true);
  std::optional<Errc> inHook, atEnd;
  Latch entered(1);
  std::atomic<bool> isLeft{false}, isEntered{false};
  window->on("ask", [](tincan::Event& event) { event.returnValue = 1; });
  window->onWake([&] {
    if (isEntered.exchange(true)) return;
    entered.count_down();
    inHook = codeOf([&] { peer.sendSync<int>("ask"); });
  });
  std::thread sender([&] {
    peer.send("x");
    isLeft = true;
  });
  entered.wait();
  atEnd = codeOf([&] {
    if (replaces) window->onWake([] {});
    else window->onWake({});
    return 0;
  });
  pollUntil(*window, [&] { return isLeft.load(); });
  sender.join();
  INFO("in the hook: " << inHook.has_value() << ", at its end: " << atEnd.has_value());
  REQUIRE(inHook.has_value() != atEnd.has_value());
  REQUIRE((inHook == Errc::Deadlock || atEnd == Errc::Deadlock));
}

TEST_CASE_METHOD(HookedWindow,
                 "onWake: a hook that waits for an endpoint that ends gets Closed or Deadlock") {
  Guard const guard;
  std::optional<Errc> inHook;
  Latch entered(1);
  std::atomic<bool> isEntered{false};
  window->onWake([&] {
    if (isEntered.exchange(true)) return;
    entered.count_down();
    inHook = codeOf([&] { peer.sendSync<int>("ask"); });
  });
  std::thread sender([&] { peer.send("x"); });
  entered.wait();
  SECTION("the renderer") { window.reset(); }
  SECTION("the bus") { bus.reset(); }
  sender.join();
  REQUIRE((inHook == Errc::Closed || inHook == Errc::Deadlock));
}

TEST_CASE("a hook of the bus that waits for who waits for its end is a Deadlock, or Closed") {
  Guard const guard;
  std::optional<tincan::Bus> bus(std::in_place);
  bus->main().poll();
  bus->main().on("ask", [](tincan::Event& event) { event.returnValue = 1; });
  std::optional<Errc> inHook, atEnd;
  Latch entered(1);
  std::atomic<bool> isEntered{false}, isLeft{false};
  bus->onDeadLetter([&, main = bus->main().peer()](DeadLetter const&) {
    // The end of the bus has a dead letter, too: what is asked here.
    if (isEntered.exchange(true)) return;
    entered.count_down();
    inHook = codeOf([&] { main.sendSync<int>("ask"); });
  });
  std::thread other([&, renderer = bus->attach("silent")]() mutable {
    renderer.peer().send("nobody");
    renderer.poll();
    isLeft = true;
  });
  entered.wait();
  SECTION("by onDeadLetter({})") {
    atEnd = codeOf([&] {
      bus->onDeadLetter([](DeadLetter const&) {});
      return 0;
    });
    pollUntil(bus->main(), [&] { return isLeft.load(); });
    other.join();
    REQUIRE(inHook.has_value() != atEnd.has_value());
    REQUIRE((inHook == Errc::Deadlock || atEnd == Errc::Deadlock));
  }
  SECTION("by the end of the bus") {
    bus.reset();
    other.join();
    REQUIRE((inHook == Errc::Closed || inHook == Errc::Deadlock));
  }
}

// ---- replacing --------------------------------------------------------------------------------------

TEST_CASE("hooks: who replaces one waits for a call of the one before the last, too") {
  using tincan::detail::Inside;
  tincan::detail::Hook hook;
  using Function = std::function<void()>;
  bool mustWait = false;
  static_cast<void>(hook.replace(std::make_shared<Function>([&] {
    std::thread([&] {
      auto const first = hook.replace(std::make_shared<Function>([] {}));
      auto second = hook.replace(nullptr);
      tincan::detail::HookWaiter waiter;
      mustWait = second.next(nullptr, waiter, [](auto const&) {});
      second.forget(waiter);
    }).join();
  })));
  std::uint64_t const clock = 0;
  tincan::detail::RunningHook* calls = nullptr;
  hook.call(clock, calls, nullptr, Inside::IsCalled,
            [](void const* function) { (*static_cast<Function const*>(function))(); });
  REQUIRE(mustWait);
}
