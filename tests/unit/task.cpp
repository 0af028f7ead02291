// tests/unit/task.cpp - Task outside of handlers
#include <memory>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;

namespace {

Task<> keepResult(Task<int>& task, Outcome& outcome, [[maybe_unused]] Counted held = Counted(1)) {
  try {
    outcome.number = co_await task;
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  }
  outcome.isOver = true;
}

}  // namespace

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
  Task<> const waiter = keepResult(task, outcome);
  REQUIRE_FALSE(outcome.isOver);
  pair.pump();
  REQUIRE(outcome.number == 4);
  REQUIRE(task.ready());
  REQUIRE(waiter.ready());
}

TEST_CASE("Task: one that is done does not suspend the one who waits") {
  Outcome outcome;
  auto const coroutine = []() -> Task<int> { co_return 3; };
  Task<int> task = coroutine();
  REQUIRE(task.ready());
  REQUIRE(keepResult(task, outcome).ready());
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
  pair.pump();
  REQUIRE(task.ready());
  REQUIRE(log == Log{"thrown", "nothing", "3", "NoListener"});
  REQUIRE(pair.reports.errors().empty());
}

TEST_CASE("Task: the second one who waits, or asks again, gets AlreadyRetrieved") {
  Pair pair;
  Outcome first, second, third;
  Task<int> task = twice(pair.now(2));
  static_cast<void>(keepResult(task, first));
  static_cast<void>(keepResult(task, second));
  REQUIRE(second.code == Errc::AlreadyRetrieved);
  REQUIRE_FALSE(first.isOver);
  pair.pump();
  REQUIRE(first.number == 4);
  static_cast<void>(keepResult(task, third));
  REQUIRE(third.code == Errc::AlreadyRetrieved);
}

TEST_CASE("Task: one that was moved from, and one that was moved to") {
  Pair pair;
  Outcome old, fresh;
  Task<int> task = twice(pair.now(2));
  Task<int> other = std::move(task);
  static_cast<void>(keepResult(task, old));
  REQUIRE(old.code == Errc::AlreadyRetrieved);
  REQUIRE(task.ready());
  static_cast<void>(keepResult(other, fresh));
  pair.pump();
  REQUIRE(fresh.number == 4);
}

TEST_CASE("Task: a Task is moved while somebody waits for it") {
  Pair pair;
  Outcome outcome;
  Task<int> task = twice(pair.now(2));
  static_cast<void>(keepResult(task, outcome));
  Task<int> const other = std::move(task);
  pair.pump();
  REQUIRE(outcome.number == 4);
}

TEST_CASE("Task: assignment drops the one that was there, and that goes on") {
  Pair pair;
  Outcome first, second;
  {
    Task<> task = await(pair.now(1), first);
    task = await(pair.now(2), second);
  }
  pair.pump();
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
    pair.pump();
  }
  SECTION("begun in a handler, when it is done") {
    std::optional<Task<>> task;
    pair.window.post([&] { task.emplace(coroutine(pair.now(1))); });
    pair.pump();
    REQUIRE(task->ready());
    REQUIRE(pair.reports.errors().empty());
    task.reset();
  }
  SECTION("begun outside of handlers, on the thread of an endpoint") {
    static_cast<void>(coroutine(pair.now(1)));
    pair.pump();
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
      static_cast<void>(keepResult(task, outcome));
    }
    pair.pump();
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
  static_cast<void>(keepResult(task, outcome));
  pair.pump();
  REQUIRE(outcome.number == Depth + 1);
}

TEST_CASE("Task: co_return takes what its result is made of in braces") {
  Pair pair;
  struct Point {
    int x, y;
  };
  auto const makePair = []() -> Task<std::pair<int, std::string>> { co_return {3, "text"}; };
  auto const makePoint = []() -> Task<Point> { co_return {1, 2}; };
  auto const makeNone = []() -> Task<std::optional<int>> { co_return {}; };
  bool isOver = false;
  auto const waits = [&]() -> Task<> {
    auto const [number, text] = co_await makePair();
    Point const point = co_await makePoint();
    isOver = number == 3 && text == "text" && point.y == 2 && !(co_await makeNone()).has_value();
  };
  Task<> const task = waits();
  REQUIRE(isOver);
}
