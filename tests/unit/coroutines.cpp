// tests/unit/coroutines.cpp - co_await: where a coroutine goes on, and in which order
#include <atomic>
#include <chrono>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

// ---- where a coroutine goes on ------------------------------------------------------------------

TEST_CASE("co_await: a coroutine of a renderer's body goes on inside its poll, on its thread") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
  std::vector<std::thread::id> threads;
  std::vector<bool> wasPolling;
  std::thread::id body;
  std::atomic<bool> isOver{false};
  Latch waits(1);  // main answers nothing before
  int sum = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    bool isPolling = false;
    body = std::this_thread::get_id();
    auto const coroutine = [&]() -> Task<> {
      for (int i = 1; i < 4; ++i) {
        auto future = ipc.request<int>("x", i);
        sum += co_await future;
        threads.push_back(std::this_thread::get_id());
        wasPolling.push_back(isPolling);
      }
    };
    Task<> const task = coroutine();
    isPolling = true;
    waits.count_down();
    while (!task.ready()) ipc.poll();
    isOver = true;
  });
  waits.wait();
  pollUntil(bus.main(), [&] { return isOver.load(); });
  window.join();
  REQUIRE(sum == 6);
  REQUIRE(threads == std::vector(3, body));
  REQUIRE(wasPolling.back());
}

TEST_CASE("co_await: a coroutine that a listener begins goes on in a later poll") {
  Pair pair;
  Outcome outcome;
  pair.window.on("go", [&] { static_cast<void>(await(pair.later(), outcome)); });
  pair.window.peer().send("go");
  pair.window.poll();
  pair.bus.main().poll();
  REQUIRE(pair.replies.size() == 1);
  pair.replies[0].set(5);
  REQUIRE_FALSE(outcome.isOver);  // not inside of set()
  REQUIRE(pair.window.poll() == 1);
  REQUIRE(outcome.number == 5);
}

TEST_CASE("co_await: what it sends after going on comes from its endpoint") {
  Pair pair;
  std::string sender;
  pair.bus.main().on("after", [&](tincan::Event& event) { sender = event.sender.name(); });
  auto const coroutine = [&](Future<int> future) -> Task<> {
    co_await future;
    pair.bus.main().peer().send("after");
  };
  static_cast<void>(coroutine(pair.now(1)));
  pair.pump();
  REQUIRE(sender == "window");
}

TEST_CASE("co_await: the answer may come from any thread, the coroutine stays on its own") {
  for (int round = 0; round < 100; ++round) {
    Pair pair;
    std::thread::id where;
    Outcome outcome;
    auto const coroutine = [&](Future<int> future) -> Task<> {
      outcome.number = co_await future;
      where = std::this_thread::get_id();
      outcome.isOver = true;
    };
    static_cast<void>(coroutine(pair.later()));
    pair.bus.main().poll();
    std::thread answering([&] { pair.replies[0].set(3); });  // and ends right after
    if (round % 2 == 0) answering.join();
    pollUntil(pair.window, [&] { return outcome.isOver; });
    if (answering.joinable()) answering.join();
    REQUIRE(outcome.number == 3);
    REQUIRE(where == std::this_thread::get_id());
  }
}

TEST_CASE("co_await: a renderer that ends right after its answer") {
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    bus.main().poll();
    Outcome outcome;
    Latch isAwaited(1);  // else the answer may be there at once
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      isAwaited.wait();
      bool isDone = false;
      ipc.on("x", [&](tincan::Event& event) {
        event.reply("before");
        event.returnValue = 4;
        isDone = true;
      });
      pollUntil(ipc, [&] { return isDone; });
    });
    bool hasComeBefore = false;
    bus.main().on("before", [&] { hasComeBefore = !outcome.isOver; });
    static_cast<void>(await(window.peer().request<int>("x"), outcome));
    isAwaited.count_down();
    if (round % 2 == 0) window.join();
    pollUntil(bus.main(), [&] { return outcome.isOver; });
    REQUIRE(outcome.number == 4);
    REQUIRE(hasComeBefore);
  }
}

TEST_CASE("co_await: on a thread without endpoint throws WrongThread") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event) { event.returnValue = 1; });
  Outcome outcome;
  std::thread([&] {
    static_cast<void>(await(bus.main().peer().request<int>("x"), outcome));
  }).join();
  REQUIRE(outcome.isOver);
  REQUIRE(outcome.code == Errc::WrongThread);
  bus.main().poll();
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE("co_await: a future that was moved to another thread") {
  tincan::Bus bus;
  std::optional<tincan::Reply> reply;
  bus.main().on("x", [&](tincan::Event& event) { reply = event.defer(); });
  auto requester = bus.attach("asker");
  requester.poll();
  auto future = requester.request<int>("x");
  bus.main().poll();
  Outcome outcome;
  std::thread::id where, body;
  Latch waits(1);
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    body = std::this_thread::get_id();
    auto const coroutine = [&](Future<int> mine) -> Task<> {
      outcome.number = co_await mine;
      where = std::this_thread::get_id();
      outcome.isOver = true;
    };
    static_cast<void>(coroutine(std::move(future)));
    waits.count_down();
    pollUntil(ipc, [&] { return outcome.isOver; });
  });
  waits.wait();
  SECTION("it is answered") { reply->set(6); }
  SECTION("the one who asked ends, and then it is answered") {
    requester.close();
    reply->set(6);
  }
  window.join();
  REQUIRE(outcome.number == 6);
  REQUIRE(where == body);
}

// ---- futures ------------------------------------------------------------------------------------

TEST_CASE("co_await: an answer that is there does not suspend") {
  Pair pair;
  Outcome outcome;
  auto future = pair.now(7);
  pair.bus.main().poll();
  REQUIRE(future.ready());
  Task<> const task = await(std::move(future), outcome);
  REQUIRE(outcome.number == 7);
  REQUIRE(task.ready());
}

TEST_CASE("co_await: throws what get would throw, as the type it was thrown with") {
  Pair pair;
  pair.bus.main().handle("int", []() -> int { throw 42; });
  pair.bus.main().handle("text", [] { return std::string("text"); });
  Log log;
  auto const coroutine = [&](Future<int> future) -> Task<> {
    try {
      co_await future;
    } catch (int number) {
      log.push_back(std::to_string(number));
    } catch (tincan::Error const& error) {
      log.push_back(std::string(tincan::toString(error.code())) + " " + error.channel());
    }
  };
  for (char const* channel : {"int", "text", "nobody"}) {
    static_cast<void>(coroutine(pair.window.invoke<int>(channel)));
    static_cast<void>(coroutine(pair.window.request<int>(channel)));
    pair.pump();
  }
  REQUIRE(log == Log{"42", "NoListener int", "TypeMismatch text", "NoListener text",
                     "NoHandler nobody", "NoListener nobody"});
}

TEST_CASE("co_await: a future that was cancelled, one that is empty, and a Reply that dies") {
  Pair pair;
  Outcome cancelled, empty, unanswered;
  auto future = pair.later();
  future.cancel();
  static_cast<void>(await(std::move(future), cancelled));
  REQUIRE(cancelled.code == Errc::Cancelled);
  static_cast<void>(await(Future<int>(), empty));
  REQUIRE(empty.code == Errc::AlreadyRetrieved);
  static_cast<void>(await(pair.later(), unanswered));
  pair.bus.main().poll();
  pair.replies.clear();
  pair.pump();
  REQUIRE(unanswered.code == Errc::NoReply);
  REQUIRE(addsUp(pair.bus.stats()));
}

TEST_CASE("co_await: a deadline passes inside poll, and a late answer is counted") {
  Pair pair;
  Outcome outcome;
  static_cast<void>(await(pair.window.within(1ms).request<int>("later"), outcome));
  pair.bus.main().poll();
  pollUntil(pair.window, [&] { return outcome.isOver; });
  REQUIRE(outcome.code == Errc::Timeout);
  REQUIRE_FALSE(pair.window.nextDeadline().has_value());
  for (auto& reply : pair.replies) REQUIRE_FALSE(reply.set(1));
  pair.pump();
  REQUIRE(outcome.number == 0);
}

TEST_CASE("co_await: a deadline that has passed is Timeout, on one thread too") {
  Pair pair;
  Outcome other, own;
  static_cast<void>(await(pair.window.within(0ns).request<int>("now", 1), other));
  static_cast<void>(await(pair.window.peer().within(0ns).request<int>("x"), own));
  pair.pump();
  REQUIRE(other.isOver);
  REQUIRE(own.isOver);
  CHECK(other.code == Errc::Timeout);
  CHECK(own.code == Errc::Timeout);
}

TEST_CASE("co_await: an answer that is there goes before a deadline that has passed") {
  for (int round = 0; round < 100; ++round) {
    Pair pair;
    Outcome outcome;
    static_cast<void>(await(pair.window.within(50ms).request<int>("later"), outcome));
    if (outcome.isOver) continue;  // this thread was away for so long
    pair.bus.main().poll();
    if (pair.replies.empty()) continue;
    pair.replies[0].set(1);
    while (auto const at = pair.window.nextDeadline()) {
      if (std::chrono::steady_clock::now() < *at) {
        std::this_thread::yield();
        continue;
      }
      pair.window.poll();
    }
    REQUIRE(outcome.number == 1);
    return;
  }
}

TEST_CASE("co_await: deadlines pass in their order, not in that of the coroutines") {
  for (bool isOrdered = false; !isOrdered;) {
    Pair pair;
    std::vector<int> order;
    isOrdered = true;
    auto const coroutine = [&](Future<int> future, int n) -> Task<> {
      try {
        co_await future;
      } catch (tincan::Error const& error) {
        if (error.code() == Errc::Timeout) order.push_back(n);
      }
    };
    auto last = std::chrono::steady_clock::time_point::max();
    for (int i = 0; i < 10; ++i) {
      auto const most = 100ms - i * 5ms;
      static_cast<void>(coroutine(pair.window.within(most).request<int>("later"), i));
      auto const next = pair.window.nextDeadline();
      // Else this thread was away for so long: once more.
      isOrdered = isOrdered && next.has_value() && *next < last && order.empty();
      last = next.value_or(last);
    }
    if (!isOrdered) continue;
    pair.bus.main().poll();
    pollUntil(pair.window, [&] { return order.size() == 10; });
    REQUIRE(order == std::vector<int>{9, 8, 7, 6, 5, 4, 3, 2, 1, 0});
  }
}

TEST_CASE("co_await: run() keeps the deadlines while nothing comes") {
  tincan::Bus bus;
  Outcome outcomes[3];
  bus.main().on("x", [](tincan::Event&) {});
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    auto const coroutine = [&]() -> Task<> {
      for (auto& outcome : outcomes) {
        auto task = await(ipc.within(1ms).request<int>("x"), outcome);
        co_await task;
      }
      ipc.quit();
    };
    static_cast<void>(coroutine());
    ipc.run();
  });
  window.join();
  for (auto const& outcome : outcomes) REQUIRE(outcome.code == Errc::Timeout);
}

// ---- order --------------------------------------------------------------------------------------

TEST_CASE("18: what was sent before the answer is handled before the coroutine goes on") {
  Pair pair;
  Log log;
  pair.bus.main().on("ask", [&](tincan::Event& event) {
    event.sender.send("x", "before");
    event.returnValue = 1;
    event.sender.send("x", "after");
  });
  pair.bus.main().handle("ask", [&](tincan::InvokeEvent& event) {
    event.sender.send("x", "before");
    return 2;
  });
  pair.window.on("x", [&](std::string const& text) { log.push_back(text); });
  auto const coroutine = [&](Future<int> future) -> Task<> {
    log.push_back("answer " + std::to_string(co_await future));
  };
  auto const first = coroutine(pair.window.request<int>("ask"));
  auto const second = coroutine(pair.window.invoke<int>("ask"));
  pair.bus.main().poll();
  REQUIRE(log.empty());
  pair.window.poll();
  REQUIRE(log == Log{"before", "answer 1", "after", "before", "answer 2"});
}

TEST_CASE("18: coroutines go on in the order in which the answers were given") {
  Pair pair;
  std::vector<int> order;
  auto const coroutine = [&](Future<int> future) -> Task<> { order.push_back(co_await future); };
  for (int i = 0; i < 4; ++i) static_cast<void>(coroutine(pair.later()));
  pair.bus.main().poll();
  for (std::size_t const i : {2u, 0u, 3u, 1u}) pair.replies[i].set(static_cast<int>(i));
  pair.window.poll();
  REQUIRE(order == std::vector<int>{2, 0, 3, 1});
}

TEST_CASE("18: the order holds between two threads") {
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.on("ask", [](tincan::Event& event, int n) {
      event.reply("x", n);
      event.returnValue = n;
    });
    ipc.run();
  });
  constexpr int Total = 3'000;
  int lastSeen = -1, violations = 0, ended = 0;
  bool isPolling = false;
  bus.main().on("x", [&](int n) { lastSeen = n; });
  auto const coroutine = [&](Future<int> future) -> Task<> {
    int const n = co_await future;
    // One whose answer was there at once did not wait for its turn.
    violations += isPolling && n != lastSeen ? 1 : 0;
    ++ended;
  };
  for (int i = 0; i < Total; ++i) {
    static_cast<void>(coroutine(window.peer().request<int>("ask", i)));
    isPolling = true;
    if (i % 3 == 0) bus.main().poll();
    isPolling = false;
  }
  isPolling = true;
  pollUntil(bus.main(), [&] { return ended == Total; });
  while (bus.main().poll() != 0) {
  }
  REQUIRE(lastSeen == Total - 1);
  REQUIRE(violations == 0);
}
