// tests/unit/threads.cpp - which thread an endpoint lives on, and who speaks on which thread
#include <algorithm>
#include <chrono>
#include <fstream>
#include <memory>

#include "allocations.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;

namespace {

/// Who sent "who?" to main.
struct ThreadFixture {
  tincan::Bus bus;
  tincan::Peer main = bus.main().peer();
  Log who;

  ThreadFixture() {
    bus.main().on("who?", [this](tincan::Event& event) {
      who.push_back(event.sender.id() == 0 ? "nobody" : event.sender.name());
    });
  }
};

}  // namespace

TEST_CASE("an endpoint lives on the thread that polls it first, and another one gets WrongThread") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::thread([&] {  // before its first poll, any one thread at a time may set it up
    window.on("x", [] {});
    window.send("x");
  })
      .join();
  REQUIRE(window.listenerCount("x") == 1);
  window.poll();
  tincan::Listener const listener = window.on("y", [] {});
  std::vector<std::optional<Errc>> codes;
  bool alive = false;
  std::string name;
  std::thread([&] {
    codes.push_back(codeOf([&] { window.poll(); }));
    codes.push_back(codeOf([&] { window.poll(1); }));
    codes.push_back(codeOf([&] { window.run(); }));
    codes.push_back(codeOf([&] { window.on("z", [] {}); }));
    codes.push_back(codeOf([&] { window.once("z", [] {}); }));
    codes.push_back(codeOf([&] { window.off(listener); }));
    codes.push_back(codeOf([&] { listener.remove(); }));
    codes.push_back(codeOf([&] { window.removeAllListeners("x"); }));
    codes.push_back(codeOf([&] { window.removeAllListeners(); }));
    codes.push_back(codeOf([&] { window.listenerCount("x"); }));
    codes.push_back(codeOf([&] { window.channels(); }));
    codes.push_back(codeOf([&] { window.send("x"); }));
    codes.push_back(codeOf([&] { window.sendSync("x"); }));
    codes.push_back(codeOf([&] { static_cast<void>(window.request("x")); }));
    codes.push_back(codeOf([&] { window.onWake([] {}); }));
    codes.push_back(codeOf([&] { window.close(); }));
    codes.push_back(codeOf([&] { window.handle("z", [] {}); }));
    codes.push_back(codeOf([&] { window.removeHandler("z"); }));
    codes.push_back(codeOf([&] { window.onAny([](tincan::Event&, tincan::Arguments const&) {}); }));
    codes.push_back(codeOf([&] { window.keepLast("z"); }));
    codes.push_back(codeOf([&] { window.allow("z", {}); }));
    codes.push_back(codeOf([&] { window.allowAll("z"); }));
    codes.push_back(codeOf([&] { window.sendLatest("x"); }));
    codes.push_back(codeOf([&] { window.sendToHost("x"); }));
    codes.push_back(codeOf([&] { window.postMessage("x", 1); }));
    codes.push_back(codeOf([&] { static_cast<void>(window.invoke("x")); }));
    codes.push_back(
        codeOf([&] { static_cast<void>(window.within(std::chrono::hours(1)).request("x")); }));
    codes.push_back(codeOf([&] { tincan::runAll(window); }));
    // These are for any thread.
    alive = window.peer().alive();
    name = window.name();
    static_cast<void>(window.stopToken());
    window.post([] {});
    window.quit();
  }).join();
  for (auto const& code : codes) REQUIRE(code == Errc::WrongThread);
  REQUIRE(alive);
  REQUIRE(name == "window");
  REQUIRE(window.poll() == 1);
}

TEST_CASE("main may live on any thread") {
  tincan::Bus bus;
  int got = 0;
  bus.main().on("x", [&] { ++got; });
  std::thread mainThread([&] { bus.main().run(); });
  bus.main().peer().send("x");
  bus.main().quit();
  mainThread.join();
  REQUIRE(got == 1);
}

TEST_CASE_METHOD(ThreadFixture, "a thread without an endpoint sends as nobody") {
  std::thread([&] { main.send("who?"); }).join();
  bus.main().poll();
  REQUIRE(who == Log{"nobody"});
}

TEST_CASE_METHOD(ThreadFixture,
                 "a thread speaks for the endpoint it runs, else for the first one bound") {
  auto first = bus.attach("first");
  auto second = bus.attach("second");
  first.on("go", [&] { main.send("who?"); });
  second.on("go", [&] {
    main.send("who?");
    first.poll();
    main.send("who?");
  });
  std::thread([&] {
    second.poll();
    first.poll();
    main.send("who?");  // second
    first.peer().send("go");
    first.poll();  // first
    first.peer().send("go");
    second.peer().send("go");
    second.poll();  // second, first, second
    first.send("who?");
    main.send("who?");  // second
    second.close();
    main.send("who?");  // first: the other one is closed
    first.close();
    main.send("who?");  // nobody
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"second", "first", "second", "first", "second", "first", "second", "first",
                     "nobody"});
}

TEST_CASE_METHOD(ThreadFixture,
                 "a spawned thread speaks for its renderer, before its first poll too") {
  auto window = bus.spawn("window", [&](tincan::Renderer&) { main.send("who?"); });
  window.join();
  bus.main().poll();
  REQUIRE(who == Log{"window"});
}

TEST_CASE_METHOD(ThreadFixture, "on another bus a thread is somebody else") {
  tincan::Bus other;
  auto window = other.attach("window");
  window.poll();
  window.on("go", [&] { main.send("who?"); });
  window.peer().send("go");
  window.poll();
  bus.main().poll();
  REQUIRE(who == Log{"main"});  // the first one of that bus, not the window that it runs
  std::thread([&] {
    auto foreign = other.attach("foreign");
    foreign.on("go", [&] { main.send("who?"); });
    foreign.peer().send("go");
    foreign.poll();
  }).join();
  bus.main().poll();
  REQUIRE(who == Log{"main", "nobody"});
}

TEST_CASE_METHOD(ThreadFixture,
                 "event.sender.send comes from the endpoint that handles the event") {
  auto window = bus.attach("window");
  bus.main().poll();
  window.poll();
  window.on("x", [](tincan::Event& event) {
    event.sender.send("who?");
    event.reply("who?");
  });
  main.send("who?");
  window.peer().send("x");
  window.poll();
  bus.main().poll();
  REQUIRE(who == Log{"main", "window", "window"});
}

namespace {
/// Sends when its thread ends.
struct Farewell {
  ~Farewell() {
    if (!peer.has_value()) return;
    result = peer->send("who?");
    syncCode = codeOf([&] { peer->sendSync("who?"); });
  }
  std::optional<tincan::Peer> peer;
  inline static SendResult result = SendResult::Full;
  inline static std::optional<Errc> syncCode;
};
thread_local Farewell farewell;
}  // namespace

TEST_CASE_METHOD(ThreadFixture, "destructors of thread_local objects may send") {
  Farewell::result = SendResult::Full;
  SECTION("of an object that is older than the thread's first use of the bus") {
    std::thread([&] {
      farewell.peer = main;
      main.send("x");
      bus.attach("window").poll();
    }).join();
    bus.main().poll();
    REQUIRE(who == Log{"nobody"});
    REQUIRE(Farewell::syncCode.has_value());  // it fails, and does not hang
  }
  SECTION("of an object that is younger") {
    bus.main().poll();
    bus.close();  // so that its sendSync does not wait
    std::thread([&] {
      main.send("x");
      farewell.peer = main;
    }).join();
    REQUIRE(Farewell::result == SendResult::Closed);
    REQUIRE(Farewell::syncCode == Errc::Closed);
  }
}

TEST_CASE("a sendSync to an endpoint whose thread has ended fails, and does not hang") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::thread([&] { window.poll(); }).join();
  std::optional<Errc> const code = codeOf([&] { window.peer().sendSync("x"); });
  REQUIRE(code == Errc::Deadlock);
  auto future = window.peer().request("x");
  REQUIRE(codeOf([&] { future.get(); }) == Errc::Deadlock);
  auto other = window.peer().request("x");
  REQUIRE(codeOf([&] { other.wait(); }) == Errc::Deadlock);
}

TEST_CASE("the thread of an endpoint ends while others wait for it") {
  for (int round = 0; round < 50; ++round) {
    tincan::Bus bus;
    auto window = bus.attach("window");
    std::vector<std::thread> waiting;
    std::atomic<int> failed{0};
    for (int i = 0; i < 3; ++i) {
      waiting.emplace_back([&, peer = window.peer()] {
        failed += codeOf([&] { peer.sendSync("x"); }).has_value() ? 1 : 0;
      });
    }
    std::thread([&] { window.poll(0); }).join();
    for (auto& thread : waiting) thread.join();
    REQUIRE(failed == 3);
  }
}

TEST_CASE("several endpoints on one thread, each with its own messages") {
  tincan::Bus bus;
  Log log;
  std::vector<tincan::Renderer> renderers;
  for (int i = 0; i < 50; ++i) {
    renderers.push_back(bus.attach(std::to_string(i)));
    renderers.back().on("x", [&, i] { log.push_back(std::to_string(i)); });
  }
  for (auto& renderer : renderers) renderer.peer().send("x");
  for (auto& renderer : renderers) REQUIRE(renderer.poll() == 1);
  REQUIRE(log.size() == 50);
  REQUIRE(log[49] == "49");
  std::vector<std::uint64_t> ids;
  for (auto& renderer : renderers) ids.push_back(renderer.peer().id());
  std::sort(ids.begin(), ids.end());
  REQUIRE(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
}

TEST_CASE("threads that end leave no lane behind") {
  tincan::Bus bus;
  bus.main().on("x", [](std::string const&) {});
  bus.main().poll();
  auto const use = [&](int threads) {
    for (int i = 0; i < threads; ++i) {
      std::thread([peer = bus.main().peer()] { peer.send("x", "text"); }).join();
      auto window = bus.spawn("window", [](tincan::Renderer& ipc) { ipc.send("x", "text"); });
      window.join();
      bus.main().poll();
    }
    bus.main().poll();
  };
  use(10);
  std::int64_t const before = test::allocatedBytes();
  use(200);
  // A lane alone has 4 KiB.
  REQUIRE(test::allocatedBytes() - before < 100'000);
}

TEST_CASE("threads that only answer or only take answers leave nothing behind") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [](tincan::Event& event) { event.returnValue = 1; });
  auto const use = [&](int threads) {
    for (int i = 0; i < threads; ++i) {
      std::vector<tincan::Future<int>> futures;
      for (int j = 0; j < 20; ++j) futures.push_back(window.peer().request<int>("x"));
      window.poll();
      std::thread([taken = std::move(futures)]() mutable {
        for (auto& future : taken) static_cast<void>(future.get());
      }).join();
    }
  };
  use(5);
  std::int64_t const before = test::allocatedBytes();
  use(100);
  REQUIRE(test::allocatedBytes() - before < 50'000);  // 2,000 answers
}

TEST_CASE("renderers that come and go leave nothing behind") {
  tincan::Bus bus;
  bus.main().poll();
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto window = bus.attach("window " + std::to_string(i));
      window.on("x", [] {});
      window.send("hello", i);
      window.peer().send("x", i);
      window.poll();
      bus.main().poll();
      bus.main().broadcast("x");
    }
  };
  use(10);
  std::int64_t const before = test::allocatedBytes();
  use(300);
  REQUIRE(test::allocatedBytes() - before < 200'000);
}

TEST_CASE("channels that come and go in handlers leave nothing behind") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  std::optional<tincan::Listener> last;
  int number = 0;
  window.on("x", [&] {
    if (last.has_value()) last->remove();
    last = window.on("reply-" + std::to_string(++number), [] {});
  });
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      window.peer().send("x");
      window.poll();
    }
  };
  use(100);
  std::int64_t const before = test::allocatedBytes();
  use(20'000);
  REQUIRE(test::allocatedBytes() - before < 200'000);
}

#if defined(__linux__) && !defined(TINCAN_DETAIL_PORTABLE_PLATFORM)
TEST_CASE("a thread has its renderer's name, which is cut between two characters") {
  auto const nameOfThread = [](std::string const& name) {
    tincan::Bus bus;
    std::string got;
    bus.spawn(name,
              [&](tincan::Renderer&) {
                std::ifstream file("/proc/thread-self/comm");
                std::getline(file, got);
              })
        .join();
    return got;
  };
  REQUIRE(nameOfThread("window") == "window");
  REQUIRE(nameOfThread("a name of more than 15 bytes") == "a name of more ");
  REQUIRE(nameOfThread("fourteen bytes\xc3\xa4") == "fourteen bytes");
  REQUIRE(nameOfThread("thirteen byte\xc3\xa4\xc3\xa4") == "thirteen byte\xc3\xa4");
}
#endif
