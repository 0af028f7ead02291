// tests/unit/cost.cpp - behaviour 22 to 24: what messages cost
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "../asleep.hpp"
#include "allocations.hpp"
#include "support.hpp"

#if defined(__linux__)
#include <malloc.h>

#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <new>

#include "cpu_clock.hpp"
#endif

// ---- counting -----------------------------------------------------------------------------------

namespace {
constinit std::atomic<std::int64_t> callCount{0}, byteCount{0};
constinit thread_local std::int64_t beforeFailure = -1;  // so many succeed; negative: all do
constinit thread_local bool failsFromThen = false;
using Function = void (*)();
constinit thread_local Function calledBeforehand = nullptr;

[[maybe_unused]] bool mustFail() {
  if (beforeFailure < 0) return false;
  if (beforeFailure-- > 0) return false;
  if (failsFromThen) beforeFailure = 0;
  return true;
}
}  // namespace
namespace test {
std::int64_t allocationCount() { return callCount.load(); }
std::int64_t allocatedBytes() { return byteCount.load(); }
void failAllocation(std::int64_t n, bool all) {
  beforeFailure = n - 1;
  failsFromThen = all;
}
void onAllocation(void (*function)()) { calledBeforehand = function; }
bool countsAllocations() {
  std::int64_t const before = allocationCount();
  auto const something = std::make_unique<std::string>(100, 'x');
  return allocationCount() != before;
}
}  // namespace test

#if defined(__linux__)

namespace {

void* take(std::size_t size, std::size_t alignment) {
  if (mustFail()) throw std::bad_alloc();
  if (auto* const function = std::exchange(calledBeforehand, nullptr)) {
    function();
    calledBeforehand = function;
  }
  std::size_t const rounded = (size + alignment) / alignment * alignment;
  void* const memory = alignment <= alignof(std::max_align_t)
                           ? std::malloc(rounded)
                           : std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) throw std::bad_alloc();
  callCount.fetch_add(1, std::memory_order_relaxed);
  byteCount.fetch_add(static_cast<std::int64_t>(malloc_usable_size(memory)),
                      std::memory_order_relaxed);
  return memory;
}

void giveBack(void* memory) {
  if (memory == nullptr) return;
  byteCount.fetch_sub(static_cast<std::int64_t>(malloc_usable_size(memory)),
                      std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace

// The other forms end up in these. Weak: they give way to those of a sanitizer.
[[gnu::weak]] void* operator new(std::size_t size) { return take(size, 1); }
[[gnu::weak]] void* operator new(std::size_t size, std::align_val_t alignment) {
  return take(size, static_cast<std::size_t>(alignment));
}
[[gnu::weak]] void operator delete(void* memory) noexcept { giveBack(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t) noexcept { giveBack(memory); }
[[gnu::weak]] void operator delete(void* memory, std::align_val_t) noexcept { giveBack(memory); }
[[gnu::weak]] void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  giveBack(memory);
}

// ---- tests --------------------------------------------------------------------------------------

using namespace test;

namespace {

struct FortyBytes {
  unsigned char bytes[40];
};

}  // namespace

TEST_CASE("22: a send whose arguments fit 40 bytes allocates nothing") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.attach("window");
  std::uint64_t sum = 0;
  window.on("numbers", [&](int a, double b, std::uint64_t c) {
    sum += static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b) + c;
  });
  window.on("string", [&](std::string const& text) { sum += text.size(); });
  window.on("forty", [&](FortyBytes const& forty) { sum += forty.bytes[0]; });
  tincan::Peer const peer = window.peer();
  std::string const runTime = "num" + std::string("bers");
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      for (int j = 0; j < 50; ++j) {
        peer.send("numbers", 1, 2.0, std::uint64_t{3});
        peer.send(runTime, 1, 2.0, std::uint64_t{3});
        peer.send("string", "short");
        peer.send("forty", FortyBytes{});
        peer.send("nobody", 1);
      }
      window.poll();
    }
  };
  use(100);
  std::int64_t const before = allocationCount();
  use(100);
  REQUIRE(allocationCount() == before);
}

TEST_CASE("22: neither does a request on one thread, nor an answer") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("forty",
            [](tincan::Event& event, FortyBytes const& forty) { event.returnValue = forty; });
  window.on("short",
            [](tincan::Event& event, std::string const& text) { event.returnValue = text; });
  tincan::Peer const peer = window.peer();
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      auto a = peer.request<FortyBytes>("forty", FortyBytes{});
      auto b = peer.request<std::string>("short", "text");
      window.poll();
      static_cast<void>(a.get());
      static_cast<void>(b.get());
    }
  };
  use(200);
  std::int64_t const before = allocationCount();
  use(1000);
  REQUIRE(allocationCount() == before);
}

TEST_CASE("22: a sendSync with such arguments and answer allocates nothing") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("forty",
           [](tincan::Event& event, FortyBytes const& forty) { event.returnValue = forty; });
    ipc.on("number", [](tincan::Event& event, int number) { event.returnValue = number; });
    ipc.run();
  });
  tincan::Peer const peer = window.peer();
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      static_cast<void>(peer.sendSync<FortyBytes>("forty", FortyBytes{}));
      static_cast<void>(peer.sendSync<int>("number", i));
    }
  };
  use(20'000);
  std::int64_t const before = allocationCount();
  use(2000);
  // Something is made once, when the first caller sleeps, and that may be now.
  REQUIRE(allocationCount() - before <= 2);
}

TEST_CASE("22: also a sendSync that has to sleep, between endpoints with long names") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto caller = bus.attach("a caller with a rather long name");
  caller.poll();
  long const self = ownThread();
  auto window = bus.spawn("a window with a rather long name", [&](tincan::Renderer& ipc) {
    ipc.on("x", [&](tincan::Event& event, int number) {
      while (!isAsleep(self)) std::this_thread::yield();
      event.returnValue = number;
    });
    ipc.run();
  });
  tincan::Peer const peer = window.peer();
  for (int i = 0; i < 20; ++i) static_cast<void>(peer.sendSync<int>("x", i));
  std::int64_t const before = allocationCount();
  for (int i = 0; i < 20; ++i) static_cast<void>(peer.sendSync<int>("x", i));
  REQUIRE(allocationCount() == before);
}

TEST_CASE("22: a lane in both directions between two threads allocates nothing") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("ping", [](tincan::Event& event, int number) { event.reply("pong", number); });
    ipc.run();
  });
  int pongs = 0;
  bus.main().on("pong", [&](int) { ++pongs; });
  bus.main().poll();  // from now on this thread speaks for main
  bus.main().poll();  // main is this thread's: what it sends comes from main
  auto const use = [&](int times) {
    for (int i = 0; i < times; ++i) {
      int const before = pongs;
      for (int j = 0; j < 20; ++j) window.peer().send("ping", j);
      pollUntil(bus.main(), [&] { return pongs == before + 20; });
    }
  };
  use(500);
  std::int64_t const before = allocationCount();
  use(500);
  // The few chunks of a lane may still be on their way from one side to the other.
  REQUIRE(allocationCount() - before <= 8);
}

TEST_CASE("23: no thread is started that the user did not ask for") {
  auto const threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  };
  auto const before = threads();
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [](tincan::Event& event) { event.returnValue = 1; });
  auto future = window.peer().request<int>("x");
  window.poll();
  REQUIRE(future.get() == 1);
  auto late = window.peer().request<int>("x");
  REQUIRE_FALSE(late.ready());
  window.pollFor(std::chrono::hours(1));
  REQUIRE(threads() == before);
}

TEST_CASE("23: a sleeping endpoint uses no CPU") {
  tincan::Bus bus;
  Latch known(1);
  CpuClock clock;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.on("x", [] {});
    clock.takeThread();
    known.count_down();
    ipc.run();
  });
  known.wait();
  window.peer().send("x");
  REQUIRE(clock.standsAsleep(20'000));
}

TEST_CASE("24: the memory of a burst is given back once it has been handled") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  window.on("x", [&](int, std::string const&) { ++got; });
  tincan::Peer const peer = window.peer();
  peer.send("x", 1, "warm up");
  window.poll();
  std::int64_t const before = allocatedBytes();
  for (int round = 0; round < 3; ++round) {
    got = 0;
    for (int i = 0; i < 100'000; ++i) peer.send("x", i, std::string(20, 'x'));
    std::int64_t const full = allocatedBytes() - before;
    REQUIRE(full > 100'000 * 64);
    REQUIRE(full < 100'000 * (72 + 40));  // a cell, and the string's own memory
    REQUIRE(window.poll() == 100'000);
    // A few thousand messages.
    REQUIRE(allocatedBytes() - before < 8192 * 64);
  }
}

TEST_CASE("24: so is that of a burst of requests, answers and posted functions") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.on("x", [&](tincan::Event& event, int number) { event.returnValue = number; });
  std::int64_t const before = allocatedBytes();
  {
    std::vector<tincan::Future<int>> futures;
    for (int i = 0; i < 20'000; ++i) {
      futures.push_back(window.peer().request<int>("x", i));
      window.post([] {});
    }
    window.poll();
    for (int i = 0; i < 20'000; ++i) REQUIRE(futures[static_cast<std::size_t>(i)].get() == i);
  }
  REQUIRE(allocatedBytes() - before < 8192 * 64);
}

#endif
