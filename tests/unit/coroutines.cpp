// tests/unit/coroutines.cpp - Task and co_await outside of handlers
#include <algorithm>
#include <atomic>
#include <chrono>
#include <coroutine>
#include <memory>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// What a coroutine got: a number, or the code of the Error.
struct Outcome {
  int number = 0;
  std::optional<Errc> code;
  bool isOver = false;
};

/// Waits for the answer, and keeps something alive meanwhile.
Task<> await(Future<int> future, Outcome& outcome, [[maybe_unused]] Counted held = Counted(1)) {
  try {
    outcome.number = co_await future;
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  }
  outcome.isOver = true;
}

Task<int> twice(Future<int> future) {
  int const number = co_await future;
  co_return 2 * number;
}

Task<> keep(Task<int>& task, Outcome& outcome, [[maybe_unused]] Counted held = Counted(1)) {
  try {
    outcome.number = co_await task;
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  }
  outcome.isOver = true;
}

/// A coroutine that its owner may destroy at any point.
class Owned {
 public:
  struct promise_type {
    Owned get_return_object() {
      return Owned(std::coroutine_handle<promise_type>::from_promise(*this));
    }
    std::suspend_never initial_suspend() const noexcept { return {}; }
    std::suspend_always final_suspend() const noexcept { return {}; }
    void return_void() const noexcept {}
    void unhandled_exception() noexcept { exception = std::current_exception(); }
    std::exception_ptr exception;
  };
  Owned(Owned&& other) noexcept : coroutine_(std::exchange(other.coroutine_, nullptr)) {}
  Owned& operator=(Owned&& other) noexcept {
    std::swap(coroutine_, other.coroutine_);
    return *this;
  }
  ~Owned() {
    if (coroutine_ != nullptr) coroutine_.destroy();
  }
  bool done() const { return coroutine_.done(); }

 private:
  explicit Owned(std::coroutine_handle<promise_type> coroutine) : coroutine_(coroutine) {}
  std::coroutine_handle<promise_type> coroutine_;
};

Owned awaitOwned(Future<int> future, int& number, [[maybe_unused]] Counted held) {
  number = co_await future;
}
Owned awaitOwned(Task<int>& task, int& number, [[maybe_unused]] Counted held) {
  number = co_await task;
}

/// Main, which defers its answers, and a window on the same thread.
struct Pair {
  Pair() : reports(bus), window(bus.attach("window")) {
    window.poll();
    bus.main().on("later", [this](tincan::Event& event) { replies.push_back(event.defer()); });
    bus.main().on("now", [](tincan::Event& event, int n) { event.returnValue = n; });
    bus.main().poll();
  }
  ~Pair() { bus.close(); }  // before what the hooks and listeners write to goes
  Pair(Pair const&) = delete;
  Pair& operator=(Pair const&) = delete;
  /// A request whose answer is one of the replies, once main has polled.
  Future<int> later() { return window.request<int>("later"); }
  Future<int> now(int n) { return window.request<int>("now", n); }
  void pollBoth() {
    while (bus.main().poll() + window.poll() != 0) {
    }
  }

  tincan::Bus bus;
  Reports reports;
  std::vector<tincan::Reply> replies;
  tincan::Renderer window;
};

std::uintptr_t stackPlace() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

}  // namespace

// ---- where a coroutine goes on ------------------------------------------------------------------

TEST_CASE("co_await: a coroutine of a renderer's body goes on inside its poll, on its thread") {
  tincan::Bus bus;
  bus.main().on("x", [](tincan::Event& event, int n) { event.returnValue = n; });
  std::vector<std::thread::id> threads;
  std::vector<bool> wasPolling;
  std::thread::id body;
  std::atomic<bool> isOver{false};
  std::latch waits(1);  // main answers nothing before
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
  pair.pollBoth();
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
    std::atomic<bool> isAwaited = false;  // else the answer may be there at once
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      isAwaited.wait(false);
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
    isAwaited = true;
    isAwaited.notify_one();
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
  std::latch waits(1);
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
    pair.pollBoth();
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
  pair.pollBoth();
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
  pair.pollBoth();
  REQUIRE(outcome.number == 0);
}

TEST_CASE("co_await: a deadline that has passed is Timeout, on one thread too") {
  Pair pair;
  Outcome other, own;
  static_cast<void>(await(pair.window.within(0ns).request<int>("now", 1), other));
  static_cast<void>(await(pair.window.peer().within(0ns).request<int>("x"), own));
  pair.pollBoth();
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

// ---- Task ---------------------------------------------------------------------------------------

TEST_CASE("Task: runs at once up to the first wait, and its result is awaited") {
  Pair pair;
  Outcome outcome;
  Log log;
  auto const coroutine = [&]() -> Task<int> {
    log.push_back("begun");
    auto future = pair.now(4);
    int const n = co_await future;
    log.push_back("gone on");
    co_return n;
  };
  Task<int> task = coroutine();
  REQUIRE(log == Log{"begun"});
  REQUIRE_FALSE(task.ready());
  Task<> const waiter = keep(task, outcome);
  REQUIRE_FALSE(outcome.isOver);
  pair.pollBoth();
  REQUIRE(outcome.number == 4);
  REQUIRE(task.ready());
  REQUIRE(waiter.ready());
}

TEST_CASE("Task: one that is done does not suspend the one who waits") {
  Outcome outcome;
  auto const coroutine = []() -> Task<int> { co_return 3; };
  Task<int> task = coroutine();
  REQUIRE(task.ready());
  REQUIRE(keep(task, outcome).ready());
  REQUIRE(outcome.number == 3);
}

TEST_CASE("Task: exceptions, void, and results that can only be moved") {
  Pair pair;
  Log log;
  auto const throws = [](Future<int> future) -> Task<int> {
    co_await future;
    throw std::runtime_error("thrown");
  };
  auto const nothing = [](Future<int> future) -> Task<void> { co_await future; };
  auto const pointer = [](Future<int> future) -> Task<std::unique_ptr<int>> {
    int const n = co_await future;
    co_return std::make_unique<int>(n);
  };
  auto const coroutine = [&]() -> Task<> {
    try {
      co_await throws(pair.now(1));
    } catch (std::runtime_error const& error) {
      log.push_back(error.what());
    }
    co_await nothing(pair.now(2));
    log.push_back("nothing");
    auto const three = co_await pointer(pair.now(3));
    log.push_back(std::to_string(*three));
    try {
      co_await nothing(pair.window.request<int>("nobody"));
    } catch (tincan::Error const& error) {
      log.push_back(std::string(tincan::toString(error.code())));
    }
  };
  Task<> const task = coroutine();
  pair.pollBoth();
  REQUIRE(task.ready());
  REQUIRE(log == Log{"thrown", "nothing", "3", "NoListener"});
  REQUIRE(pair.reports.errors().empty());
}

TEST_CASE("Task: the second one who waits, or asks again, gets AlreadyRetrieved") {
  Pair pair;
  Outcome first, second, third;
  Task<int> task = twice(pair.now(2));
  static_cast<void>(keep(task, first));
  static_cast<void>(keep(task, second));
  REQUIRE(second.code == Errc::AlreadyRetrieved);
  REQUIRE_FALSE(first.isOver);
  pair.pollBoth();
  REQUIRE(first.number == 4);
  static_cast<void>(keep(task, third));
  REQUIRE(third.code == Errc::AlreadyRetrieved);
}

TEST_CASE("Task: one that was moved from, and one that was moved to") {
  Pair pair;
  Outcome old, fresh;
  Task<int> task = twice(pair.now(2));
  Task<int> other = std::move(task);
  static_cast<void>(keep(task, old));
  REQUIRE(old.code == Errc::AlreadyRetrieved);
  REQUIRE(task.ready());
  static_cast<void>(keep(other, fresh));
  pair.pollBoth();
  REQUIRE(fresh.number == 4);
}

TEST_CASE("Task: a Task is moved while somebody waits for it") {
  Pair pair;
  Outcome outcome;
  Task<int> task = twice(pair.now(2));
  static_cast<void>(keep(task, outcome));
  Task<int> const other = std::move(task);
  pair.pollBoth();
  REQUIRE(outcome.number == 4);
}

TEST_CASE("Task: assignment drops the one that was there, and that goes on") {
  Pair pair;
  Outcome first, second;
  {
    Task<> task = await(pair.now(1), first);
    task = await(pair.now(2), second);
  }
  pair.pollBoth();
  REQUIRE(first.number == 1);
  REQUIRE(second.number == 2);
  REQUIRE(Counted::alive == 0);
}

TEST_CASE("Task: one that is dropped goes on, and its exception goes to onError") {
  Pair pair;
  bool hasGoneOn = false;
  auto const coroutine = [&](Future<int> future) -> Task<> {
    [[maybe_unused]] Counted const held(1);
    co_await future;
    hasGoneOn = true;
    throw std::runtime_error("thrown");
  };
  SECTION("begun in a handler, before it goes on") {
    pair.window.post([&] { static_cast<void>(coroutine(pair.now(1))); });
    pair.pollBoth();
  }
  SECTION("begun in a handler, when it is done") {
    std::optional<Task<>> task;
    pair.window.post([&] { task.emplace(coroutine(pair.now(1))); });
    pair.pollBoth();
    REQUIRE(task->ready());
    REQUIRE(pair.reports.errors().empty());
    task.reset();
  }
  SECTION("begun outside of handlers, on the thread of an endpoint") {
    static_cast<void>(coroutine(pair.now(1)));
    pair.pollBoth();
  }
  REQUIRE(hasGoneOn);
  REQUIRE(Counted::alive == 0);
  REQUIRE(pair.reports.errors() == Log{" window>window: thrown"});
}

TEST_CASE("Task: one that ends with Closed because its endpoint is closed is silent") {
  Pair pair;
  static_cast<void>(twice(pair.later()));
  static_cast<void>(twice(pair.later()));
  pair.window.close();
  pair.window.poll();
  REQUIRE(pair.reports.errors().empty());
}

TEST_CASE("Task: another exception after the close, and Closed of somebody else, are reported") {
  Pair pair;
  auto other = pair.bus.attach("other");
  static_cast<void>(twice(other.peer().request<int>("x")));
  // Outside of every handler it belongs to nobody, in one to its endpoint.
  pair.window.post([&] { static_cast<void>(twice(other.peer().request<int>("x"))); });
  auto const throws = [](Future<int> future) -> Task<> {
    try {
      co_await future;
    } catch (tincan::Error const&) {
    }
    throw std::runtime_error("thrown");
  };
  pair.window.post([&] { static_cast<void>(throws(pair.later())); });
  pair.window.poll();
  other.close();
  pair.window.poll();
  std::size_t const before = pair.reports.errors().size();
  REQUIRE(before >= 1);
  REQUIRE(contains(pair.reports.errors()[0], "'other'"));
  pair.window.close();
  pair.window.poll();
  REQUIRE(pair.reports.errors().size() == before + 1);
  REQUIRE(contains(pair.reports.errors().back(), "thrown"));
}

TEST_CASE("Task: a Task that goes away while somebody waits for it") {
  int const before = Counted::alive;
  Outcome outcome;
  {
    Pair pair;
    {
      Task<int> task = twice(pair.now(2));
      static_cast<void>(keep(task, outcome));
    }
    pair.pollBoth();
  }
  CHECK(outcome.isOver);
  CHECK(Counted::alive == before);
}

TEST_CASE("Task: a chain of coroutines that wait for one another") {
  Pair pair;
  constexpr int Depth = 300;
  std::function<Task<int>(int)> const chain = [&](int depth) -> Task<int> {
    if (depth == 0) {
      auto future = pair.now(1);
      co_return co_await future;
    }
    int const below = co_await chain(depth - 1);
    co_return below + 1;
  };
  Outcome outcome;
  Task<int> task = chain(Depth);
  static_cast<void>(keep(task, outcome));
  pair.pollBoth();
  REQUIRE(outcome.number == Depth + 1);
}

// ---- many ---------------------------------------------------------------------------------------

TEST_CASE("co_await: ten thousand waits of one coroutine do not pile up on the stack") {
  Pair pair;
  constexpr int Total = 10'000;
  std::uintptr_t lowest = UINTPTR_MAX, highest = 0;
  int sum = 0;
  auto const note = [&] {
    lowest = std::min(lowest, stackPlace());
    highest = std::max(highest, stackPlace());
  };
  auto const coroutine = [&]() -> Task<> {
    for (int i = 0; i < Total; ++i) {
      if (i % 2 == 0) {
        auto future = pair.now(1);
        sum += co_await future;
      } else {
        sum += co_await twice(pair.now(1));
      }
      note();
    }
  };
  Task<> const task = coroutine();
  while (!task.ready()) pair.pollBoth();
  REQUIRE(sum == Total / 2 * 3);
  REQUIRE(highest - lowest < 100'000);
}

TEST_CASE("co_await: ten thousand answers and tasks that are there do not pile up either") {
  Pair pair;
  constexpr int Total = 10'000;
  std::uintptr_t lowest = UINTPTR_MAX, highest = 0;
  auto const three = []() -> Task<int> { co_return 3; };
  int sum = 0;
  auto const coroutine = [&]() -> Task<> {
    for (int i = 0; i < Total; ++i) {
      sum += co_await three();
      auto future = pair.now(1);
      pair.bus.main().poll();
      sum += co_await future;
      lowest = std::min(lowest, stackPlace());
      highest = std::max(highest, stackPlace());
    }
  };
  REQUIRE(coroutine().ready());
  REQUIRE(sum == Total * 4);
  REQUIRE(highest - lowest < 1'000);
}

TEST_CASE("co_await: an endpoint that asks itself ten thousand times") {
  tincan::Bus bus;
  bus.main().poll();
  bus.main().handle("x", [](int n) { return n + 1; });
  int n = 0;
  auto const coroutine = [&]() -> Task<> {
    while (n < 10'000) {
      auto future = bus.main().peer().invoke<int>("x", n);
      n = co_await future;
    }
  };
  Task<> const task = coroutine();
  pollUntil(bus.main(), [&] { return task.ready(); });
  REQUIRE(n == 10'000);
}

TEST_CASE("co_await: ten thousand coroutines that wait at once all end with Closed") {
  constexpr std::size_t Total = 10'000;
  for (int how = 0; how < 6; ++how) {
    CAPTURE(how);
    int const before = Counted::alive;
    {
      std::vector<Outcome> outcomes(Total);
      tincan::Bus bus;
      Reports const reports(bus);
      std::vector<tincan::Reply> replies;
      bus.main().on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
      std::optional<tincan::Renderer> window(bus.attach("window"));
      auto other = bus.attach("other");
      window->poll();  // the first one: coroutines go on there
      bus.main().poll();
      for (std::size_t i = 0; i < Total; ++i) {
        if (how == 5) {
          static_cast<void>(await(other.peer().request<int>("x"), outcomes[i]));
        } else if (i % 3 == 0) {
          static_cast<void>(await(window->within(1h).request<int>("x"), outcomes[i]));
        } else {
          static_cast<void>(await(window->request<int>("x"), outcomes[i]));
        }
        if (i == Total / 2) bus.main().poll();
      }
      REQUIRE(Counted::alive == before + static_cast<int>(Total));
      switch (how) {
        case 0: window->close(); break;
        case 1: window.reset(); break;
        case 2: bus.close(); break;
        case 3: std::thread([&] { bus.close(); }).join(); break;
        case 4: window->post([&] { window->close(); }); break;
        default: other.close(); break;  // whom they have asked
      }
      if (window.has_value()) {
        window->poll();
        if (how == 5) window->poll();
      }
      REQUIRE(Counted::alive == before);
      std::size_t closed = 0;
      for (Outcome const& outcome : outcomes) closed += outcome.code == Errc::Closed ? 1 : 0;
      REQUIRE(closed == Total);
      REQUIRE(reports.errors().empty());
      replies.clear();
      bus.close();
      REQUIRE(addsUp(bus.stats()));
    }
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("co_await: coroutines of a thread that runs end when the bus is closed elsewhere") {
  int const before = Counted::alive;
  for (int round = 0; round < 10; ++round) {
    constexpr std::size_t Total = 500;
    std::vector<Outcome> outcomes(Total);
    tincan::Bus bus;
    std::vector<tincan::Reply> replies;
    bus.main().on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
    std::atomic<bool> isThere{false};
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      for (Outcome& outcome : outcomes) {
        static_cast<void>(await(ipc.request<int>("x"), outcome));
      }
      isThere = true;
      ipc.run();
    });
    pollUntil(bus.main(), [&] { return isThere.load(); });
    std::thread([&] {
      for (std::size_t i = 0; i < replies.size() / 2; ++i) replies[i].set(9);
      bus.close();
    }).join();
    window.join();
    for (Outcome const& outcome : outcomes) {
      REQUIRE(outcome.isOver);
      REQUIRE((outcome.code == Errc::Closed || outcome.number == 9));
    }
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("co_await: answers come while the endpoint ends") {
  int const before = Counted::alive;
  for (int round = 0; round < 50; ++round) {
    constexpr std::size_t Total = 50;
    std::vector<Outcome> outcomes(Total);
    tincan::Bus bus;
    std::vector<tincan::Reply> replies;
    bus.main().on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
    std::optional<tincan::Renderer> window(bus.attach("window"));
    window->poll();  // the first one: coroutines go on there
    bus.main().poll();
    for (Outcome& outcome : outcomes) {
      static_cast<void>(await(window->request<int>("x"), outcome));
    }
    bus.main().poll();
    REQUIRE(replies.size() == Total);
    std::thread answering([&] {
      for (auto& reply : replies) reply.set(1);
    });
    if (round % 3 == 0) window->poll();
    if (round % 3 == 1) window->close();
    window.reset();
    answering.join();
    for (Outcome const& outcome : outcomes) REQUIRE(outcome.isOver);
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("co_await: a coroutine that waits again after Closed gets Closed at once") {
  Pair pair;
  int closed = 0;
  auto const coroutine = [&]() -> Task<> {
    tincan::Peer const main = pair.bus.main().peer();
    for (int i = 0; i < 5; ++i) {
      try {
        auto future = main.request<int>("later");
        co_await future;
      } catch (tincan::Error const& error) {
        closed += error.code() == Errc::Closed ? 1 : 0;
      }
    }
  };
  Task<> const task = coroutine();
  SECTION("its endpoint") {
    pair.window.close();
    pair.window.poll();
    // Whoever speaks for the thread next asks, and is answered.
    while (!task.ready()) {
      pair.bus.main().poll();
      pair.replies.clear();
      pair.window.poll();
    }
    REQUIRE(closed >= 1);
  }
  SECTION("the bus") {
    pair.bus.close();
    pair.window.poll();
    REQUIRE(task.ready());
    REQUIRE(closed == 5);
  }
}

// ---- ends from inside ---------------------------------------------------------------------------

TEST_CASE("co_await: a coroutine ends its own renderer, and the bus") {
  int const before = Counted::alive;
  for (int how = 0; how < 3; ++how) {
    auto bus = std::make_unique<tincan::Bus>();
    std::vector<tincan::Reply> replies;
    bus->main().on("x", [&](tincan::Event& event) { replies.push_back(event.defer()); });
    auto window = std::make_unique<tincan::Renderer>(bus->attach("window"));
    Outcome others[3];
    bool isOver = false;
    auto const coroutine = [&](Future<int> future) -> Task<> {
      [[maybe_unused]] Counted const held(1);
      co_await future;
      if (how == 0) window->close();
      if (how == 1) window.reset();
      if (how == 2) bus.reset();
      isOver = true;
    };
    window->poll();
    for (int i = 0; i < 2; ++i) static_cast<void>(await(window->request<int>("x"), others[i]));
    static_cast<void>(coroutine(window->request<int>("x")));
    static_cast<void>(await(window->request<int>("x"), others[2]));
    bus->main().poll();
    replies[2].set(1);
    replies[3].set(1);
    window->poll();
    REQUIRE(isOver);
    for (Outcome const& other : others) REQUIRE(other.code == Errc::Closed);
    window.reset();
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("co_await: a coroutine that polls its own endpoint") {
  Pair pair;
  std::vector<int> order;
  auto const coroutine = [&](Future<int> future) -> Task<> {
    int const n = co_await future;
    pair.window.poll();
    order.push_back(n);
  };
  for (int i = 0; i < 3; ++i) static_cast<void>(coroutine(pair.now(i)));
  pair.bus.main().poll();
  pair.window.poll();
  REQUIRE(order == std::vector<int>{2, 1, 0});
}

// ---- coroutines that are destroyed --------------------------------------------------------------

TEST_CASE("co_await: a coroutine that is destroyed while it waits for an answer") {
  int const before = Counted::alive;
  Pair pair;
  int number = 0;
  {
    auto waiting = std::make_unique<Owned>(awaitOwned(pair.later(), number, Counted(1)));
    auto timed = std::make_unique<Owned>(
        awaitOwned(pair.window.within(1h).request<int>("later"), number, Counted(2)));
    REQUIRE(Counted::alive == before + 2);
    SECTION("before main has seen the request") {}
    SECTION("before the answer") { pair.bus.main().poll(); }
    SECTION("when the answer is on its way") {
      pair.bus.main().poll();
      for (auto& reply : pair.replies) reply.set(5);
    }
    SECTION("when its endpoint is closed") {
      pair.bus.main().poll();
      pair.window.close();
    }
  }
  REQUIRE(Counted::alive == before);
  pair.pollBoth();
  for (auto& reply : pair.replies) reply.set(5);
  pair.pollBoth();
  REQUIRE(number == 0);
  REQUIRE_FALSE(pair.window.nextDeadline().has_value());
  REQUIRE(addsUp(pair.bus.stats()));
}

TEST_CASE("co_await: a coroutine of another kind goes on like a Task") {
  Pair pair;
  int number = 0;
  Owned const waiting = awaitOwned(pair.now(4), number, Counted(1));
  REQUIRE_FALSE(waiting.done());
  pair.pollBoth();
  REQUIRE(waiting.done());
  REQUIRE(number == 4);
}

TEST_CASE("co_await: coroutines that destroy one another as they go on") {
  int const before = Counted::alive;
  Pair pair;
  std::vector<std::optional<Owned>> all(10);
  int went = 0;
  auto const coroutine = [&](Future<int> future, std::size_t me, Counted) -> Owned {
    try {
      co_await future;
    } catch (tincan::Error const&) {
    }
    ++went;
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (i != me) all[i].reset();
    }
  };
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].emplace(coroutine(pair.later(), i, Counted(1)));
  }
  pair.bus.main().poll();
  SECTION("by answers") {
    for (auto& reply : pair.replies) reply.set(1);
    pair.window.poll();
  }
  SECTION("by the end of the endpoint") {
    pair.window.close();
    pair.window.poll();
  }
  REQUIRE(went == 1);
  all.clear();
  REQUIRE(Counted::alive == before);
}

TEST_CASE("co_await: a coroutine is destroyed while another thread answers it") {
  int const before = Counted::alive;
  for (int round = 0; round < 200; ++round) {
    Pair pair;
    int number = 0;
    auto waiting = std::make_unique<Owned>(awaitOwned(pair.later(), number, Counted(1)));
    pair.bus.main().poll();
    std::thread answering([&] { pair.replies[0].set(5); });
    waiting.reset();
    pair.window.poll();
    answering.join();
    pair.window.poll();
    REQUIRE(number == 0);
    REQUIRE(Counted::alive == before);
  }
}

TEST_CASE("co_await: a coroutine that is destroyed while it waits for a Task") {
  int const before = Counted::alive;
  Pair pair;
  int number = 0;
  Task<int> task = twice(pair.now(2));
  {
    auto waiting = std::make_unique<Owned>(awaitOwned(task, number, Counted(1)));
    REQUIRE_FALSE(waiting->done());
  }
  REQUIRE(Counted::alive == before);
  pair.pollBoth();  // the Task is done, and nobody waits for it
  REQUIRE(number == 0);
  REQUIRE(task.ready());
}
