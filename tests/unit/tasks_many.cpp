// tests/unit/tasks_many.cpp - Tasks in long chains, in loops, and of several threads
#include <atomic>
#include <coroutine>
#include <cstdint>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "amounts.hpp"
#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;

namespace {

/// Recursion overflows a small stack long before the smaller number.
int const Many = amounts::isQuick() ? 100'000 : 1'000'000;

Task<int> chain(int depth, Future<int> last) {
  if (depth == 0) co_return co_await std::move(last);
  int const below = co_await chain(depth - 1, std::move(last));
  co_return below + 1;
}
Task<int> readyChain(int depth) {
  if (depth == 0) co_return 0;
  int const below = co_await readyChain(depth - 1);
  co_return below + 1;
}
Task<> failingChain(int depth) {
  if (depth == 0) throw 42;
  co_await failingChain(depth - 1);
}

/// Keeps the one before, also when it has ended.
Task<int> keep(std::optional<Task<int>>) { co_return 1; }

Task<> outcomeOf(Task<int>& task, std::optional<int>& outcome) { outcome = co_await task; }

}  // namespace

// ---- chains -------------------------------------------------------------------------------------

TEST_CASE_METHOD(Pair, "a chain of a million Tasks begins, goes on and ends on a small stack") {
  std::optional<int> outcome;
  SECTION("whose last one waits") {
    Task<int> task = chain(Many, window.request<int>("now", 1));
    static_cast<void>(outcomeOf(task, outcome));
    REQUIRE_FALSE(outcome.has_value());
    bus.main().poll();
    window.poll();
    REQUIRE(outcome == Many + 1);
  }
  SECTION("none of which waits") {
    Task<int> task = readyChain(Many);
    REQUIRE(task.ready());
    static_cast<void>(outcomeOf(task, outcome));
    REQUIRE(outcome == Many);
  }
  SECTION("whose last one throws") {
    static_cast<void>(failingChain(Many));
    REQUIRE(reports.errors().size() == 1);
  }
  SECTION("whose endpoint ends") {
    Task<int> task = chain(Many, window.request<int>("later"));
    window.close();
    window.poll();
    REQUIRE(task.ready());
  }
}

TEST_CASE_METHOD(Pair,
                 "a million Tasks, each of which keeps the one before, end on a small stack") {
  std::optional<Task<int>> last;
  for (int i = 0; i < Many; ++i) last = keep(std::exchange(last, std::nullopt));
  REQUIRE(last->ready());
  last.reset();
}

TEST_CASE_METHOD(Pair, "a loop that awaits a million Tasks and answers needs a small stack") {
  int sum = 0;
  auto const one = []() -> Task<int> { co_return 1; };
  auto const coroutine = [&]() -> Task<> {
    for (int i = 0; i < Many; ++i) {
      sum += co_await one();
      if (i % 64 == 0) {
        auto future = window.request<int>("now", 1);
        bus.main().poll();
        sum += co_await future;
      }
    }
  };
  REQUIRE(coroutine().ready());
  REQUIRE(sum == Many + (Many + 63) / 64);
}

TEST_CASE_METHOD(Pair, "Tasks that begin one another deep inside all run, awaited or not") {
  // More of them than begin at once.
  constexpr int Deep = 2'000;
  int begun = 0, ended = 0;
  struct Recursion {
    int& begun;
    int& ended;
    Future<int> (*ask)(tincan::Renderer&);
    tincan::Renderer& window;
    Task<> operator()(int depth) {
      ++begun;
      std::optional<Task<>> held;
      if (depth > 0) held = (*this)(depth - 1);
      co_await ask(window);
      if (depth > 0 && depth % 3 == 0) co_await *held;
      ++ended;
    }
  };
  Recursion recursion{begun, ended,
                      [](tincan::Renderer& ipc) { return ipc.request<int>("now", 1); }, window};
  static_cast<void>(recursion(Deep));
  while (bus.main().poll() + window.poll() != 0) {
  }
  REQUIRE(begun == Deep + 1);
  REQUIRE(ended == Deep + 1);
}

TEST_CASE("Tasks on a thread without endpoint begin when somebody looks at them") {
  int begun = 0;
  struct Recursion {
    int& begun;
    Task<int> operator()(int depth) {
      ++begun;
      if (depth == 0) co_return 0;
      auto task = (*this)(depth - 1);
      if (depth % 2 == 0) co_return 1 + co_await task;
      while (!task.ready()) {
      }
      co_return 1 + co_await task;
    }
  };
  Recursion recursion{begun};
  std::thread([&] { REQUIRE(recursion(1'000).ready()); }).join();
  REQUIRE(begun == 1'001);
}

// ---- results ------------------------------------------------------------------------------------

TEST_CASE_METHOD(Pair, "what a Task keeps and returns is aligned as its type says") {
  struct alignas(64) Wide {
    Wide() = default;
    Wide(Wide&& other) noexcept
        : wasAligned(other.wasAligned && isAligned(&other) && isAligned(this)) {}
    static bool isAligned(Wide const* at) {
      return reinterpret_cast<std::uintptr_t>(at) % alignof(Wide) == 0;
    }
    bool wasAligned = true;
  };
  auto const make = [](Future<int> future, Wide parameter) -> Task<Wide> {
    Wide local = std::move(parameter);
    co_await std::move(future);
    co_return local;
  };
  int aligned = 0;
  auto const coroutine = [&]() -> Task<> {
    for (int i = 0; i < 8; ++i) {
      Wide const result = co_await make(window.request<int>("now", 1), Wide{});
      aligned += result.wasAligned ? 1 : 0;
    }
  };
  Task<> const task = coroutine();
  while (!task.ready()) {
    bus.main().poll();
    window.poll();
  }
  REQUIRE(aligned == 8);
}

// ---- several threads ----------------------------------------------------------------------------

TEST_CASE("a Task of another thread: the one who waits goes on on its own, once") {
  for (int round = 0; round < 100; ++round) {
    tincan::Bus bus;
    bus.main().poll();
    bus.main().on("now", [](tincan::Event& event) { event.returnValue = 1; });
    std::optional<Task<int>> task;
    Latch isBegun(1);
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.poll();
      auto const coroutine = [](Future<int> future) -> Task<int> {
        co_return co_await std::move(future);
      };
      task.emplace(coroutine(ipc.request<int>("now")));
      isBegun.count_down();
      ipc.run();
    });
    isBegun.wait();
    int went = 0;
    std::thread::id where;
    auto const waiter = [&]() -> Task<> {
      went += co_await *task;
      where = std::this_thread::get_id();
    };
    Task<> const waiting = waiter();
    pollUntil(bus.main(), [&] { return waiting.ready(); });
    while (bus.main().poll() != 0) {
    }
    REQUIRE(went == 1);
    REQUIRE(where == std::this_thread::get_id());
    bus.close();
    window.join();
  }
}

TEST_CASE("a coroutine that waits for a Task of another thread, and is destroyed or closed") {
  struct Owned {
    struct promise_type {
      Owned get_return_object() {
        return {std::coroutine_handle<promise_type>::from_promise(*this)};
      }
      std::suspend_never initial_suspend() const noexcept { return {}; }
      std::suspend_always final_suspend() const noexcept { return {}; }
      void return_void() const noexcept {}
      void unhandled_exception() noexcept { std::terminate(); }
    };
    std::coroutine_handle<promise_type> coroutine;
  };
  int const before = Counted::alive;
  for (int round = 0; round < 200; ++round) {
    tincan::Bus bus;
    bus.main().on("now", [](tincan::Event& event) { event.returnValue = 1; });
    bus.main().poll();
    auto waiter = bus.attach("waiter");
    std::optional<Task<int>> task;
    Latch isBegun(1);
    Latch mayDrop(1);
    auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
      ipc.poll();
      auto const coroutine = [](Future<int> future, Counted) -> Task<int> {
        co_return co_await std::move(future);
      };
      task.emplace(coroutine(ipc.request<int>("now"), Counted(1)));
      isBegun.count_down();
      while (!task->ready()) ipc.poll();
      mayDrop.wait();
      task.reset();
    });
    isBegun.wait();
    waiter.poll();
    int went = 0;
    bool wasClosed = false;
    auto const waits = [&](Counted) -> Owned {
      tincan::Renderer& ipc = waiter;
      static_cast<void>(ipc);
      try {
        went += co_await *task;
      } catch (tincan::Error const& error) {
        wasClosed = error.code() == Errc::Closed;
      }
    };
    std::optional<Owned> owned;
    waiter.post([&] { owned.emplace(waits(Counted(1))); });
    waiter.poll();
    std::thread answering([&] { mayDrop.count_down(); });
    bus.main().poll();
    if (round % 2 == 0) {
      owned->coroutine.destroy();
    } else {
      waiter.close();
      waiter.poll();
      REQUIRE(owned->coroutine.done());
      REQUIRE((wasClosed || went == 1));
      owned->coroutine.destroy();
    }
    bus.main().poll();
    answering.join();
    window.join();
    waiter.poll();
    REQUIRE(went <= 1);
    task.reset();
  }
  REQUIRE(Counted::alive == before);
}

TEST_CASE("waiting for a Task of another thread, on a thread without endpoint, is WrongThread") {
  tincan::Bus bus;
  bus.main().on("later", [](tincan::Event&) {});
  auto window = bus.attach("window");
  window.poll();
  auto const coroutine = [](Future<int> future) -> Task<int> {
    co_return co_await std::move(future);
  };
  Task<int> const task = coroutine(window.request<int>("later"));
  std::optional<Errc> code;
  std::thread([&] {
    auto const waiter = [&]() -> Task<> {
      try {
        co_await task;
      } catch (tincan::Error const& error) {
        code = error.code();
      }
    };
    static_cast<void>(waiter());
  }).join();
  REQUIRE(code == Errc::WrongThread);
}
