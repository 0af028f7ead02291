// tests/unit/cost_elsewhere.cpp - behaviour 22 to 24: the forms and bursts that cost.cpp leaves out
#include "allocations.hpp"
#include "support.hpp"

#if defined(__linux__)

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iterator>
#include <optional>
#include <string>
#include <thread>
#include <vector>

using namespace test;
using namespace std::chrono_literals;

namespace {

struct Forty {
  unsigned char bytes[40];
};
constexpr tincan::Channel<void(int, double, std::uint64_t)> typedNumbers("numbers");
constexpr tincan::Channel<int(int)> typedAsk("ask");

/// What so many calls allocate, when as many have gone before.
std::int64_t allocatedBy(std::function<void()> const& use, int times = 100) {
  for (int i = 0; i < times; ++i) use();
  std::int64_t const before = allocationCount();
  for (int i = 0; i < times; ++i) use();
  return allocationCount() - before;
}

}  // namespace

TEST_CASE("22: a send allocates nothing in steady state, whoever sends, and how") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  main.poll();
  auto window = bus.attach("window");
  auto bounded = bus.attach("bounded", {1000, tincan::Overflow::Block});
  window.poll();
  int got = 0;
  for (tincan::Endpoint* const at :
       {static_cast<tincan::Endpoint*>(&main), static_cast<tincan::Endpoint*>(&window),
        static_cast<tincan::Endpoint*>(&bounded)}) {
    at->on("numbers", [&](int, double, std::uint64_t) { ++got; });
    at->on("forty", [&](Forty const&) { ++got; });
    at->on("by value", [&](Forty) { ++got; });
    at->on("converted", [&](tincan::Event&, double, std::int8_t) { ++got; });
    at->on("fewer", [&](int) { ++got; });
    at->on("optional", [&](int, std::optional<int>) { ++got; });
    at->on("view", [&](std::string_view) { ++got; });
    at->on("mutable", [&](Forty& forty) { forty.bytes[0] = 1, ++got; });
  }
  main.on("reply",
          [](tincan::Event& event, int n) { event.reply("numbers", n, 1.0, std::uint64_t{2}); });
  main.from(window.peer()).on("scoped", [&](int) { ++got; });
  main.onAny([&](tincan::Event&, tincan::Arguments const&) { ++got; });
  std::string const runTime(60, 'n');
  main.on(runTime, [&](int) { ++got; });
  tincan::Peer const toBounded = *main.renderer("bounded");
  CHECK(allocatedBy([&] {
          for (int i = 0; i < 30; ++i) {
            window.send("numbers", 1, 2.0, std::uint64_t{3});
            window.send(typedNumbers, 1, 2, 3U);
            window.send("forty", Forty{});
            window.send("by value", Forty{});
            window.send("mutable", Forty{});
            window.send("converted", 1, 2);
            window.send("fewer", 1, 2, 3);
            window.send("optional", 1);
            window.send("view", "short");
            window.send("reply", 1);
            window.send("scoped", 1);
            window.send(runTime, 1);
            window.send("nobody", 1);
            toBounded.send("numbers", 1, 2.0, std::uint64_t{3});
            main.peer().send("fewer", 1);
            window.sendToHost("fewer", 1);
          }
          main.poll();
          window.poll();
          bounded.poll();
        }) == 0);
  CHECK(got > 0);
}

TEST_CASE("22: a send of a thread without an endpoint, and of many threads, allocates nothing") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("x", [](int) {});
    ipc.on("done", [](tincan::Event& event) { event.returnValue = 1; });
    ipc.run();
  });
  std::int64_t allocated = -1;
  std::thread([&] {
    tincan::Peer const peer = window.peer();
    allocated = allocatedBy(
        [&] {
          for (int i = 0; i < 30; ++i) peer.send("x", i);
          peer.sendSync<int>("done");
        },
        300);
  }).join();
  CHECK(allocated <= 8);  // chunks that are under way from one side to the other, as in cost.cpp
}

TEST_CASE(
    "22: a sendSync allocates nothing in steady state, with a deadline, typed, and by a renderer") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  std::int64_t allocated = -1;
  main.on("ask", [](tincan::Event& event, int n) { event.returnValue = n; });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    allocated = allocatedBy(
        [&] {
          for (int i = 0; i < 10; ++i) {
            ipc.sendSync<int>("ask", i);
            ipc.sendSync(typedAsk, i);
            ipc.within(1h).sendSync<int>("ask", i);
            ipc.main().within(1h).sendSync(typedAsk, i);
          }
        },
        300);
    main.quit();
  });
  main.run();
  window.join();
  CHECK(allocated <= 2);  // as in cost.cpp
}

// ---- 23 --------------------------------------------------------------------------------------------

TEST_CASE("23: each spawn starts one thread, and nothing else starts any") {
  auto const threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  auto const before = threads();
  tincan::Bus bus;
  auto one = bus.spawn("one", [](tincan::Renderer& ipc) { ipc.run(); });
  auto two = bus.spawn("two", [](tincan::Renderer& ipc) { ipc.run(); });
  CHECK(threads() == before + 2);
  auto own = bus.attach("own");
  own.after(1h, [] {});
  own.every(1h, [] {});
  auto silent = bus.attach("silent");
  tincan::MessageChannel channel;
  channel.port1.start(own);
  one.peer().within(1h).request("x").then(own, [](tincan::Future<tincan::Value>) {});
  silent.peer().within(1h).request("x").then(own, [](tincan::Future<tincan::Value>) {});
  one.peer().onClose([] {});
  own.runFor(1ms);
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  CHECK(threads() == before + 2);
}

// ---- 24 --------------------------------------------------------------------------------------------

TEST_CASE("24: the memory of a burst is given back, whatever came in it") {
  if (!countsAllocations()) return;
  std::string const what =
      GENERATE("ports", "started ports", "calls", "timers", "coroutines", "dead letters", "large",
               "superseded", "dropped", "names", "then", "renderers");
  CAPTURE(what);
  tincan::Bus bus;
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  tincan::Main& main = bus.main();
  main.poll();
  auto window = bus.attach("window");
  auto bounded = bus.attach("bounded", {10, tincan::Overflow::DropOldest});
  int got = 0;
  main.on("x", [&] { ++got; });
  main.on("large", [&](std::string const&) { ++got; });
  main.handle("x", [](int n) { return n; });
  tincan::MessageChannel channel;
  channel.port1.on("message", [&](int) { ++got; });
  constexpr int Many = 30'000;
  auto const burst = [&](int count) {
    std::vector<tincan::Task<>> tasks;
    if (what == "started ports") channel.port1.start(main);
    for (int i = 0; i < count; ++i) {
      if (what == "ports" || what == "started ports") channel.port2.postMessage(i);
      if (what == "calls") static_cast<void>(main.peer().call([i] { return i; }));
      if (what == "timers") main.after(0s, [&] { ++got; });
      if (what == "coroutines") {
        static auto const sleeps = [](tincan::Endpoint& at) -> tincan::Task<> {
          co_await at.sleep(0s);
        };
        tasks.push_back(sleeps(main));
      }
      if (what == "dead letters") window.send("nobody", i);
      if (what == "large") window.send("large", std::string(500, 'x'));
      if (what == "superseded") window.sendLatest("x");
      if (what == "dropped") bounded.peer().send("x", i);
      if (what == "names") window.send("name " + std::to_string(i));
      if (what == "then")
        window.invoke<int>("x", i).then(main, [&](tincan::Future<int>) { ++got; });
      if (what == "renderers" && i % 10 == 0) bus.attach("brief").send("x");
    }
    if (what == "ports") channel.port1.start(main);
    while (main.poll() + window.poll() + bounded.poll() > 0) {
    }
    main.poll();
  };
  burst(10);
  std::int64_t const before = allocatedBytes();
  burst(Many);
  std::int64_t const after = allocatedBytes();
  burst(Many);
  std::int64_t const twice = allocatedBytes();
  INFO("kept after one " << after - before << ", after two " << twice - before);
  // names: what a sender keeps of them is counted by growth.cpp
  CHECK(after - before <
        (what == "names" ? 16 : 2) * 8192 * 64);  // two endpoints have got something
  CHECK(twice - after < 4096 * 64);
}

#endif
