// tests/unit/continuing.cpp - what waits goes on once, on its thread, without memory, too
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <ratio>
#include <thread>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

TEST_CASE("then: its function is called once, also if the bus is closed at that moment") {
  for (int round = 0; round < 300; ++round) {
    int calls = 0, threw = 0;
    {
      tincan::Bus bus;
      tincan::Renderer ipc = bus.attach("window");
      ipc.poll();
      bus.main().on("x", [](tincan::Event& event) { event.returnValue = 7; });
      auto future = ipc.request<int>("x");
      if (round % 2 == 0) bus.main().poll();
      for (int i = 0; i < round % 70; ++i) ipc.post([] {});  // somewhere a block is full
      std::thread closing([&] { bus.close(); });
      try {
        std::move(future).then(ipc, [&](Future<int>) { ++calls; });
      } catch (tincan::Error const&) {
        ++threw;
      }
      closing.join();
    }
    REQUIRE(calls + threw == 1);
  }
}

TEST_CASE("then: for an endpoint of another thread, once, and there") {
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    bus.main().on("x", [](tincan::Event& event) { event.returnValue = 7; });
    int calls = 0;
    std::thread::id where;
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      // Main may not have been polled yet: it is set up by its own thread, not by this one.
      ipc.request<int>("x").then(bus.main(), [&](Future<int>) {
        ++calls;
        where = std::this_thread::get_id();
      });
      ipc.run();
    });
    bus.main().on("y", [] {});
    pollUntil(bus.main(), [&] { return calls != 0; });
    bus.close();
    window.join();
    bus.main().poll();
    REQUIRE(calls == 1);
    REQUIRE(where == std::this_thread::get_id());
  }
}

TEST_CASE("then: at an endpoint that another thread begins to poll just now") {
  bool const isAskedByMaker = GENERATE(false, true);
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    auto const window = bus.spawn("window", [](tincan::Renderer& ipc) {
      ipc.on("x", [](tincan::Event& event) { event.returnValue = 7; });
      ipc.run();
    });
    constexpr int Requests = 20;
    int sum = 0, elsewhere = 0;  // of the thread that polls
    Latch begun(2);
    auto const ask = [&, peer = window.peer()] {
      begun.arrive_and_wait();
      for (int i = 0; i < Requests; ++i) {
        auto const asking = i % 2 == 0 ? peer.within(1h) : peer.within(std::chrono::hours::max());
        asking.request<int>("x").then(
            bus.main(), [&, requester = std::this_thread::get_id()](Future<int> future) {
              sum += future.get();
              elsewhere += std::this_thread::get_id() == requester ? 1 : 0;
            });
      }
    };
    auto const poll = [&] {
      begun.arrive_and_wait();
      pollUntil(bus.main(), [&] { return sum == 7 * Requests; });
    };
    std::thread other([&] { isAskedByMaker ? poll() : ask(); });
    isAskedByMaker ? ask() : poll();
    other.join();
    REQUIRE(elsewhere == 0);
    bus.close();
  }
}

TEST_CASE("then: at an endpoint that nobody has polled, with an answer that is there already") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  int got = 0;
  std::thread([&] {
    auto other = bus.attach("other");
    other.on("x", [](tincan::Event& event) { event.returnValue = 7; });
    auto future = window.peer().request<int>("nobody");
    auto answered = other.peer().request<int>("x");
    other.poll();
    std::move(answered).then(bus.main(), [&](Future<int> ready) { got = ready.get(); });
    std::move(future).then(bus.main(), [&](Future<int>) { got = -1; });
  }).join();
  REQUIRE(got == 0);
  bus.main().poll();
  REQUIRE(got == 7);
  bus.close();
}

TEST_CASE("then: at an endpoint that nobody has polled when the bus is closed, with Closed") {
  bool const isOwn = GENERATE(false, true);
  bool const isFirstPolledThen = GENERATE(false, true);
  CAPTURE(isOwn, isFirstPolledThen);
  int calls = 0;
  std::optional<Errc> code;
  {
    tincan::Bus bus;
    auto window = bus.attach("window");
    auto const ask = [&] {
      bus.main().peer().request<int>("x").then(bus.main(), [&](Future<int> future) {
        ++calls;
        code = codeOf([&] { return future.get(); });
      });
    };
    if (isOwn) ask();
    else std::thread(ask).join();
    bus.close();
    if (isFirstPolledThen) bus.main().poll();
  }
  REQUIRE(calls == 1);
  REQUIRE(code == Errc::Closed);
}

TEST_CASE(
    "then: at an endpoint that its own thread closes in the midst of a send, once, and there") {
  constexpr int Requests = 20;
  for (int round = 0; round < 200; ++round) {
    int calls = 0;  // of the endpoint's thread
    int threw = 0;  // of the other one
    tincan::Bus bus;
    auto window = bus.attach("window");
    std::optional<tincan::Renderer> ipc(bus.attach("ipc"));
    window.poll();
    ipc->poll();
    Latch begun(2);
    std::thread other([&, peer = bus.main().peer()] {
      begun.arrive_and_wait();
      for (int i = 0; i < Requests; ++i) {
        try {
          peer.request<int>("never").then(*ipc, [&](Future<int>) { ++calls; });
        } catch (tincan::Error const&) {
          ++threw;
        }
      }
    });
    begun.arrive_and_wait();
    OnCopy const argument([&] {
      for (int i = 0; i < round % 10; ++i) ipc->poll();
      ipc->close();
      if (round % 2 != 0) return;
      other.join();
      ipc.reset();  // it lets go of what it has once the send is over
    });
    static_cast<void>(codeOf([&] { return ipc->peer("window")->send("x", argument); }));
    if (other.joinable()) other.join();
    ipc.reset();
    REQUIRE(calls + threw == Requests);
  }
}

TEST_CASE_METHOD(Pair, "25: then without memory throws, and the future is as it was") {
  if (!countsAllocations()) return;
  for (int kind = 0; kind < 4; ++kind) {
    CAPTURE(kind);
    for (std::int64_t n = 1; n < 20; ++n) {
      int calls = 0, sum = 0;
      auto future =
          kind % 2 == 0 ? window.request<int>("now", 5) : window.within(1h).request<int>("now", 5);
      if (kind >= 2) bus.main().poll();
      auto const onReady = [&](Future<int> ready) {
        ++calls;
        sum += ready.get();
      };
      bool const isSet = runsWithout(n, false, [&] { std::move(future).then(window, onReady); });
      if (!isSet) std::move(future).then(window, onReady);
      pump();
      REQUIRE(calls == 1);
      REQUIRE(sum == 5);
      if (isSet) break;
      REQUIRE(n < 19);
    }
  }
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Pair, "25: co_await without memory throws, and the future can be awaited again") {
  if (!countsAllocations()) return;
  for (std::int64_t n = 1; n < 20; ++n) {
    int got = 0;
    bool hasThrown = false;
    auto const coroutine = [&](Future<int> future) -> Task<> {
      try {
        failAllocation(n);
        got += co_await future;
      } catch (std::bad_alloc const&) {
        hasThrown = true;
      }
      failAllocation(0);
      if (hasThrown) got += co_await future;
    };
    Task<> const task = coroutine(window.within(1h).request<int>("now", 5));
    failAllocation(0);
    pump();
    REQUIRE(task.ready());
    REQUIRE(got == 5);
    if (!hasThrown) return;
  }
  FAIL("twenty allocations are too many");
}

TEST_CASE_METHOD(Pair, "25: an answer comes, though there is no memory to bring it") {
  if (!countsAllocations()) return;
  int got = 0, rings = 0;
  auto const coroutine = [&](Future<int> future) -> Task<> { got = co_await future; };
  SECTION("to a coroutine") { static_cast<void>(coroutine(window.request<int>("later"))); }
  SECTION("to a function") {
    window.request<int>("later").then(window, [&](Future<int> future) { got = future.get(); });
  }
  bus.main().poll();
  window.onWake([&] { ++rings; });
  bool isTaken = false;
  std::thread([&] {  // which has no lane to the window yet
    failAllocation(1, true);
    isTaken = replies.at(0).set(5);
    failAllocation(0);
  })
      .join();
  REQUIRE(isTaken);
  REQUIRE(rings == 1);
  window.onWake({});
  window.poll();
  REQUIRE(got == 5);
}

TEST_CASE("25: an answer that is brought without memory wakes the one who sleeps") {
  if (!countsAllocations()) return;
  tincan::Bus bus;
  std::optional<tincan::Reply> reply;
  int got = 0;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    ipc.request<int>("x").then(ipc, [&](Future<int> future) {
      got = future.get();
      ipc.quit();
    });
    ipc.run();
  });
  pollUntil(bus.main(), [&] { return reply.has_value(); });
  std::thread([&] {
    failAllocation(1, true);
    reply->set(5);
    failAllocation(0);
  }).join();
  window.join();
  REQUIRE(got == 5);
}

TEST_CASE("25: a Task of another thread is done, though there is no memory to say so") {
  if (!countsAllocations()) return;
  for (bool const isClosed : {false, true}) {
    CAPTURE(isClosed);
    tincan::Bus bus;
    bus.main().poll();
    std::optional<tincan::Reply> reply;
    bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
    std::optional<Task<int>> task;
    Latch isBegun(1);
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.poll();
      auto const coroutine = [](Future<int> future) -> Task<int> {
        int const number = co_await std::move(future);
        failAllocation(1, true);
        co_return number;
      };
      task.emplace(coroutine(ipc.request<int>("x")));
      isBegun.count_down();
      while (!task->ready()) ipc.poll();
      failAllocation(0);
    });
    isBegun.wait();
    int got = 0;
    std::optional<Errc> code;
    std::thread::id where;
    auto const waiter = [&]() -> Task<> {
      try {
        got = co_await *task;
      } catch (tincan::Error const& error) {
        code = error.code();
      }
      where = std::this_thread::get_id();
    };
    Task<> const waiting = waiter();
    pollUntil(bus.main(), [&] { return reply.has_value(); });
    if (isClosed) bus.close();
    else reply->set(5);
    window.join();
    pollUntil(bus.main(), [&] { return waiting.ready(); });
    REQUIRE((isClosed ? code == Errc::Closed : got == 5));
    REQUIRE(where == std::this_thread::get_id());
  }
}

TEST_CASE(
    "a Task of another endpoint: the end of the one who waits gives it Closed, on its thread") {
  tincan::Bus bus;
  std::optional<tincan::Reply> reply;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  bus.main().poll();
  auto working = bus.attach("working");
  std::optional<tincan::Renderer> waiting(bus.attach("waiting"));
  waiting->poll();
  std::optional<Task<int>> task;
  working.post([&] {
    auto const answer = [](Future<int> future) -> Task<int> {
      co_return co_await std::move(future);
    };
    task.emplace(answer(working.request<int>("x")));
  });
  working.poll();
  bus.main().poll();
  std::vector<Errc> codes;
  std::optional<Task<>> waiter;
  auto const coroutine = [&]() -> Task<> {
    try {
      co_await *task;
    } catch (tincan::Error const& error) {
      codes.push_back(error.code());
    }
  };
  waiting->post([&] { waiter.emplace(coroutine()); });
  waiting->poll();
  SECTION("it is closed") { waiting->close(); }
  SECTION("it ends") { waiting.reset(); }
  SECTION("inside of a send of its thread") {
    bus.main().on("copied", [](OnCopy const&) {});
    OnCopy const ends([&] { waiting.reset(); });
    working.send("copied", ends);
  }
  REQUIRE(waiter->ready());
  REQUIRE(codes == std::vector{Errc::Closed});
  reply->set(5);
  working.poll();
  REQUIRE(task->ready());
  REQUIRE(codes.size() == 1);
}

TEST_CASE_METHOD(Pair, "durations that are not a number, negative, infinite or long") {
  using Seconds = std::chrono::duration<double>;
  constexpr double Infinity = std::numeric_limits<double>::infinity();
  constexpr double NotANumber = std::numeric_limits<double>::quiet_NaN();
  auto const idle = bus.attach("idle");  // which no thread has polled
  auto future = idle.peer().request<int>("x");
  REQUIRE_FALSE(future.waitFor(Seconds(NotANumber)));
  REQUIRE_FALSE(future.waitFor(Seconds(-Infinity)));
  REQUIRE_FALSE(future.waitFor(-1h));
  REQUIRE(codeOf([&] { return future.getFor(Seconds(NotANumber)); }) == Errc::Timeout);

  auto late = idle.peer().within(Seconds(NotANumber)).request<int>("x");
  REQUIRE(codeOf([&] { return late.get(); }) == Errc::Timeout);
  auto negative = idle.peer().within(-1h).request<int>("x");
  REQUIRE(codeOf([&] { return negative.get(); }) == Errc::Timeout);

  auto endless = window.within(Seconds(Infinity)).request<int>("now", 1);
  auto longest = bus.main().peer().within(std::chrono::hours::max()).request<int>("now", 2);
  using Odd = std::chrono::duration<std::int64_t, std::ratio<1'000'000'007, 3>>;
  auto odd = window.within(Odd(11)).request<int>("now", 3);
  REQUIRE_FALSE(window.nextDeadline().has_value());
  bus.main().poll();
  REQUIRE(endless.getFor(Seconds(Infinity)) == 1);
  REQUIRE(longest.waitFor(std::chrono::hours::max()));
  REQUIRE(longest.get() == 2);
  REQUIRE(odd.getFor(Odd(11)) == 3);

  window.post([] {});
  REQUIRE(window.pollFor(Seconds(Infinity)) == 1);
  window.pollFor(Seconds(NotANumber));
}
