// tests/unit/causal_order.cpp - behaviour 3: what a thread learns by the bus counts as a message
#include <optional>
#include <thread>

#include "causal.hpp"
#include "child.hpp"
#include "support.hpp"

using namespace test;

TEST_CASE("3: join() tells what the thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            auto a = causal.bus.spawn("a", [&](tincan::Renderer&) { causal.sendX(); });
            a.join();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: the end of a RendererThread tells what the thread had sent") {
  REQUIRE(orderOf([](Causal& causal) {
            {
              auto const a = causal.bus.spawn("a", [&](tincan::Renderer&) { causal.sendX(); });
            }
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: join() tells what thread_local objects of the thread had sent at its end") {
  REQUIRE(orderOf([](Causal& causal) {
            struct AtItsEnd {
              Causal* causal = nullptr;
              ~AtItsEnd() {
                if (causal != nullptr) causal->sendX();
              }
            };
            auto a = causal.bus.spawn("a", [&](tincan::Renderer&) {
              static thread_local AtItsEnd atItsEnd;
              atItsEnd.causal = &causal;
            });
            a.join();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: the end of a bus tells what its threads had sent to another one") {
  REQUIRE(orderOf([](Causal& causal) {
            {
              Latch sent(1);
              tincan::Bus other;
              std::optional<tincan::RendererThread> a;
              a.emplace(other.spawn("a", [&](tincan::Renderer&) {
                sent.wait();
                causal.sendX();
              }));
              sent.count_down();
            }
            causal.sendM();
          }) == "xm");
}

// ---- while arguments are captured -------------------------------------------------------------------

namespace {

/// Asks when it is copied.
struct AsksWhenCopied {
  explicit AsksWhenCopied(std::function<void()> f) : ask(std::move(f)) {}
  AsksWhenCopied(AsksWhenCopied const& other) {
    if (other.ask) other.ask();
  }
  AsksWhenCopied& operator=(AsksWhenCopied const&) = delete;
  ~AsksWhenCopied() = default;
  std::function<void()> ask;  // a copy does not ask any more
};

}  // namespace

TEST_CASE("3: what capturing an argument has asked for comes before the message that carries it") {
  std::string const verb = GENERATE("send", "request", "invoke", "postMessage");
  CAPTURE(verb);
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            causal.c.handle("m", [&] { causal.got += "m"; });
            AsksWhenCopied const argument([&] { a.peer().sendSync<int>("ask"); });
            tincan::Future<tincan::Value> future;
            if (verb == "send") causal.toC.send("m", argument);
            if (verb == "request") future = causal.toC.request("m", argument);
            if (verb == "invoke") future = causal.toC.invoke("m", argument);
            if (verb == "postMessage") causal.toC.postMessage("m", argument);
            causal.c.poll();
          }) == "xm");
}

TEST_CASE("3: what copying a posted function has asked for comes before the function") {
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            AsksWhenCopied const argument([&] { a.peer().sendSync<int>("ask"); });
            causal.c.post([&causal, argument] { causal.got += "m"; });
          }) == "xm");
}

TEST_CASE("3: what capturing a broadcast's argument has asked for comes before its messages") {
  REQUIRE(orderOf([&](Causal& causal) {
            auto const a = spawnAnswering(causal);
            causal.bus.main().poll();
            bool hasAsked = false;
            AsksWhenCopied const argument([&] {
              if (std::exchange(hasAsked, true)) return;
              a.peer().sendSync<int>("ask");
            });
            causal.bus.main().broadcast("m", argument);
          }) == "xm");
}

// ---- endpoints that change their thread before their first poll ------------------------------------------

TEST_CASE("3: an endpoint that is used from two threads before its first poll keeps its order") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::string got;
    std::thread([&] {
      tincan::Bus bus;
      bus.main().on("x", [&] { got += "x"; });
      bus.main().on("m", [&] { got += "m"; });
      bus.main().on("noise", [] {});
      tincan::Renderer host = bus.attach("host");
      std::optional<tincan::Renderer> r;
      host.on("make", [&] { r.emplace(bus.attach("r")); });
      host.on("y", [&] { host.send("m"); });
      host.peer().send("make");
      host.poll();
      std::thread([&] {
        for (int i = 0; i < 100; ++i) r->send("noise");
        r->send("x");
      }).join();
      r->sendToHost("y");
      host.poll();
      bus.main().poll();
    }).join();
    REQUIRE(got == "xm");
  }
}

TEST_CASE("3: what an endpoint sends from two threads before its first poll is in order") {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::vector<int> got;
    tincan::Bus bus;
    bus.main().on("x", [&](int number) { got.push_back(number); });
    tincan::Renderer r = bus.attach("r");
    for (int i = 0; i < 5; ++i) {
      std::thread([&] {
        for (int k = 0; k < 10; ++k) r.send("x", 10 * i + k);
      }).join();
    }
    for (int k = 0; k < 10; ++k) r.send("x", 50 + k);
    bus.main().poll();
    std::vector<int> sent(60);
    for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<int>(i);
    REQUIRE(got == sent);
  }
}

TEST_CASE("3: an endpoint that was set up on one thread and is polled by another keeps its order") {
  REQUIRE(orderOf([](Causal& causal) {
            tincan::Renderer r = causal.bus.attach("r");
            r.on("go", [&] { causal.sendM(); });
            std::thread([&] {
              r.on("here", [] {});
              for (int i = 0; i < 100; ++i) r.peer("c")->send("noise");
              r.peer("c")->send("x");
            }).join();
            r.peer().send("go");
            r.poll();
          }) == "xm");
}

TEST_CASE("3: a listener that another thread has removed, by the end of its captures") {
  Causal causal;
  std::optional<tincan::ScopedListener> listener;
  Latch isSet(1), isRemoved(1);
  std::thread b([&] {
    auto window = causal.bus.attach("window");
    window.poll();
    listener.emplace(window.on("q", [held = std::make_shared<AtEnd>([&] { causal.sendM(); })] {}));
    isSet.count_down();
    isRemoved.wait();
    window.poll();
  });
  isSet.wait();
  std::thread([&] {
    causal.sendX();
    listener.reset();
  }).join();
  isRemoved.count_down();
  b.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}

TEST_CASE("3: a hook whose end was waited for") {
  Causal causal;
  auto window = causal.bus.attach("window");
  auto const toWindow = window.peer();
  window.poll();
  std::atomic<bool> isInside{false};
  Latch mayGoOn(1);
  window.onWake([&] {
    if (isInside.exchange(true)) return;
    mayGoOn.wait();
    causal.sendX();
  });
  std::thread a([&] { toWindow.send("go"); });
  while (!isInside) std::this_thread::yield();
  mayGoOn.count_down();
  window.onWake({});
  causal.sendM();
  a.join();
  causal.c.poll();
  REQUIRE(causal.got == "xm");
}
