// tests/unit/all_any.cpp - all and any: a coroutine awaits several things at once
#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <variant>
#include <vector>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

namespace test {

/// An awaitable that is no part of the library. (g++ 12 warns of coroutines in templates that have a local type.)
struct AwaitableThree {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { waiting = self; }
  int await_resume() const noexcept { return 3; }
  std::coroutine_handle<>& waiting;
};

}  // namespace test

namespace {

/// Awaits something, and notes how often that was, and the Error.
template <class A>
Task<> into(
    A awaitable,
    std::optional<decltype(tincan::detail::awaiterOf(std::declval<A&>()).await_resume())>& result,
    Outcome& outcome) {
  try {
    result.emplace(co_await awaitable);
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  } catch (int number) {
    outcome.number = number;
  }
  outcome.isOver = true;
}

Task<std::string> text(Future<int> future) { co_return std::to_string(co_await future); }
Task<> nothing(Future<int> future) { static_cast<void>(co_await future); }
Task<int> throws(Future<int> future) { throw co_await future; }

/// Main, which defers its answers, and a window that asks for several.
struct Several : Pair {
  /// So many requests, which main has taken.
  std::vector<Future<int>> ask(std::size_t count) {
    std::vector<Future<int>> futures;
    for (std::size_t i = 0; i < count; ++i) futures.push_back(later());
    bus.main().poll();
    return futures;
  }
  Outcome outcome;
};

}  // namespace

// ---- all ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(Several, "all: waits for all, in whatever order they come, and returns a tuple") {
  auto futures = ask(3);
  std::optional<std::tuple<int, std::string, std::monostate>> result;
  auto const task = into(tincan::all(std::move(futures[0]), text(std::move(futures[1])),
                                     nothing(std::move(futures[2]))),
                         result, outcome);
  for (std::size_t const at : {2u, 0u, 1u}) {
    REQUIRE_FALSE(outcome.isOver);
    replies[at].set(static_cast<int>(at) + 10);
    pump();
  }
  REQUIRE(task.ready());
  REQUIRE(result.has_value());
  REQUIRE(std::get<0>(*result) == 10);
  REQUIRE(std::get<1>(*result) == "11");
}

TEST_CASE_METHOD(Several, "all: of what is ready it does not wait, and of nothing neither") {
  auto future = now(5);
  bus.main().poll();
  SECTION("futures and tasks") {
    std::optional<std::tuple<int, int>> result;
    auto ready = []() -> Task<int> { co_return 7; };
    auto const task = into(tincan::all(future, ready()), result, outcome);
    REQUIRE(task.ready());
    REQUIRE(result == std::tuple(5, 7));
  }
  SECTION("nothing") {
    std::optional<std::tuple<>> result;
    auto const task = into(tincan::all(), result, outcome);
    REQUIRE(result.has_value());
  }
  SECTION("no futures") {
    std::optional<std::vector<int>> result;
    auto const task = into(tincan::all(std::vector<Future<int>>()), result, outcome);
    REQUIRE(result->empty());
  }
}

TEST_CASE_METHOD(Several, "all: waits for all, then throws the first failure in the order given") {
  auto futures = ask(3);
  std::optional<std::tuple<int, int, int>> result;
  auto const task =
      into(tincan::all(std::move(futures[0]), throws(std::move(futures[1])), std::move(futures[2])),
           result, outcome);
  replies[2].fail(std::make_exception_ptr(3));
  pump();
  replies[1].set(2);
  pump();
  REQUIRE_FALSE(outcome.isOver);
  replies[0].set(1);
  pump();
  REQUIRE(task.ready());
  REQUIRE(outcome.number == 2);
  REQUIRE_FALSE(result.has_value());
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Several, "all: of a vector of futures, or of Tasks, returns a vector") {
  auto futures = ask(3);
  SECTION("futures") {
    std::optional<std::vector<int>> result;
    auto const task = into(tincan::all(std::move(futures)), result, outcome);
    for (std::size_t const at : {1u, 2u, 0u}) {
      REQUIRE_FALSE(task.ready());
      replies[at].set(static_cast<int>(at));
      pump();
    }
    REQUIRE(result == std::vector<int>{0, 1, 2});
  }
  SECTION("Tasks") {
    std::vector<Task<std::string>> tasks;
    for (auto& future : futures) tasks.push_back(text(std::move(future)));
    std::optional<std::vector<std::string>> result;
    auto const task = into(tincan::all(std::move(tasks)), result, outcome);
    for (auto& reply : replies) reply.set(4);
    pump();
    REQUIRE(result == std::vector<std::string>{"4", "4", "4"});
  }
  SECTION("void ones") {
    std::vector<Task<>> tasks;
    for (auto& future : futures) tasks.push_back(nothing(std::move(future)));
    std::optional<std::vector<std::monostate>> result;
    auto const task = into(tincan::all(std::move(tasks)), result, outcome);
    for (auto& reply : replies) reply.set(4);
    pump();
    REQUIRE(result->size() == 3);
  }
}

TEST_CASE_METHOD(Several, "all: results that can only be moved") {
  bus.main().handle("unique", [](int n) { return std::make_unique<int>(n); });
  auto const ask = [&](int n) { return window.invoke<std::unique_ptr<int>>("unique", n); };
  int sum = 0;
  auto const coroutine = [&]() -> Task<> {
    auto [one, two] = co_await tincan::all(ask(1), ask(2));
    sum = *one + *two;
  };
  auto const task = coroutine();
  pump();
  REQUIRE(sum == 3);
}

TEST_CASE_METHOD(Several, "all: a Task that is given as an lvalue stays with its owner") {
  auto futures = ask(2);
  auto const first = text(std::move(futures[0]));
  auto second = text(std::move(futures[1]));
  std::optional<std::tuple<std::string, std::string>> result;
  auto const coroutine = [&]() -> Task<> { result = co_await tincan::all(first, second); };
  auto const task = coroutine();
  replies[0].set(1);
  second.cancel();
  pump();
  REQUIRE(first.ready());
  REQUIRE(second.ready());
  REQUIRE(task.ready());
  REQUIRE_FALSE(result.has_value());
}

TEST_CASE_METHOD(Several, "all: whatever has co_await may be awaited, too, also all and any") {
  auto futures = ask(3);
  std::coroutine_handle<> waiting;
  int sum = 0;
  auto const coroutine = [&]() -> Task<> {
    auto const [elses, both, any] = co_await tincan::all(
        AwaitableThree{waiting}, tincan::all(std::move(futures[0]), std::move(futures[1])),
        tincan::any(std::move(futures[2])));
    sum = elses + std::get<0>(both) + std::get<1>(both) + any;
  };
  auto const task = coroutine();
  for (auto& reply : replies) reply.set(10);
  pump();
  REQUIRE_FALSE(task.ready());
  waiting.resume();
  REQUIRE(task.ready());
  REQUIRE(sum == 33);
}

TEST_CASE_METHOD(Several, "all: Task::cancel cancels all that it waits for") {
  auto futures = ask(3);
  std::optional<std::tuple<int, std::string, int>> result;
  auto const task =
      into(tincan::all(std::move(futures[0]), text(std::move(futures[1])), std::move(futures[2])),
           result, outcome);
  replies[0].set(1);
  pump();
  task.cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE(replies[1].cancelled());
  REQUIRE(replies[2].cancelled());
  pump();
  REQUIRE(addsUp(bus.stats()));
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Several, "all: each keeps its own deadline, while it waits for others") {
  auto first = later();
  bus.main().poll();
  std::optional<std::tuple<int, int>> result;
  auto second = window.within(0s).request<int>("later");
  auto const task = into(tincan::all(first, second), result, outcome);
  bus.main().poll();
  REQUIRE(replies.size() == 1);  // the second one has never been handled
  window.poll();
  REQUIRE_FALSE(task.ready());
  replies[0].set(1);
  pump();
  REQUIRE(outcome.code == Errc::Timeout);
}

TEST_CASE_METHOD(Several, "all: the endpoint is closed, and it throws Closed") {
  auto futures = ask(2);
  std::optional<std::tuple<int, std::string>> result;
  auto const task =
      into(tincan::all(std::move(futures[0]), text(std::move(futures[1]))), result, outcome);
  SECTION("by close()") { window.close(); }
  SECTION("by the bus") { bus.close(); }
  REQUIRE(outcome.code == Errc::Closed);
  REQUIRE(task.ready());
}

TEST_CASE_METHOD(Several, "all: what was not awaited gives up its requests, and Tasks go on") {
  auto futures = ask(2);
  Outcome inner;
  { auto const dropped = tincan::all(std::move(futures[0]), await(std::move(futures[1]), inner)); }
  REQUIRE(replies[0].cancelled());
  replies[1].set(5);
  pump();
  REQUIRE(inner.number == 5);
}

TEST_CASE_METHOD(Several, "all: what cannot be awaited is a failure, like others") {
  Future<int> none;
  Task<std::string> moved = text(now(1));
  auto const other = std::move(moved);
  std::optional<std::tuple<int, std::string>> result;
  auto const task = into(tincan::all(std::move(none), moved), result, outcome);  // NOLINT
  REQUIRE(outcome.code == Errc::AlreadyRetrieved);
  std::optional<std::tuple<std::string>> one;
  auto const waiting = into(tincan::all(other), one, outcome);
  pump();
  REQUIRE(one == std::tuple<std::string>("1"));
}

// ---- any ----------------------------------------------------------------------------------------

TEST_CASE_METHOD(Several, "any: the first that is ready, and the others are cancelled") {
  auto futures = ask(3);
  std::optional<int> result;
  auto const task =
      into(tincan::any(std::move(futures[0]), twice(std::move(futures[1])), std::move(futures[2])),
           result, outcome);
  SECTION("a future") {
    replies[2].set(5);
    pump();
    REQUIRE(result == 5);
    REQUIRE(replies[1].cancelled());
  }
  SECTION("a Task") {
    replies[1].set(5);
    pump();
    REQUIRE(result == 10);
    REQUIRE(replies[2].cancelled());
  }
  REQUIRE(replies[0].cancelled());
  REQUIRE(task.ready());
  pump();
  REQUIRE(reports.errors().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(Several, "any: of several that are ready the first, in the order given") {
  auto one = now(1), two = now(2);
  bus.main().poll();
  REQUIRE(one.ready());
  REQUIRE(two.ready());
  std::optional<int> result;
  auto const task = into(tincan::any(later(), std::move(two), std::move(one)), result, outcome);
  REQUIRE(result == 2);
  bus.main().poll();
  REQUIRE(replies.empty());
}

TEST_CASE_METHOD(Several,
                 "any: of different types it returns a variant, which tells which it was") {
  auto futures = ask(3);
  std::optional<std::variant<int, std::string, std::monostate>> result;
  auto const task = into(tincan::any(std::move(futures[0]), text(std::move(futures[1])),
                                     nothing(std::move(futures[2]))),
                         result, outcome);
  std::size_t at = 3;
  SECTION("an int") { at = 0; }
  SECTION("a string") { at = 1; }
  SECTION("nothing") { at = 2; }
  replies[at].set(7);
  pump();
  REQUIRE(result->index() == at);
  if (at == 0) REQUIRE(std::get<0>(*result) == 7);
  if (at == 1) REQUIRE(std::get<1>(*result) == "7");
}

TEST_CASE_METHOD(Several, "any: void ones return nothing") {
  auto futures = ask(2);
  bool isOver = false;
  auto const coroutine = [&]() -> Task<> {
    co_await tincan::any(nothing(std::move(futures[0])), nothing(std::move(futures[1])));
    isOver = true;
  };
  auto const task = coroutine();
  replies[1].set(1);
  pump();
  REQUIRE(isOver);
}

TEST_CASE_METHOD(Several, "any: what the first one throws, leaves") {
  auto futures = ask(2);
  std::optional<int> result;
  auto const task =
      into(tincan::any(std::move(futures[0]), std::move(futures[1])), result, outcome);
  replies[1].fail(std::make_exception_ptr(42));
  pump();
  REQUIRE(outcome.number == 42);
  REQUIRE(replies[0].cancelled());
}

TEST_CASE_METHOD(Several, "any: of a vector of futures, or of Tasks") {
  auto futures = ask(3);
  std::optional<int> result;
  SECTION("futures") {
    auto const task = into(tincan::any(std::move(futures)), result, outcome);
    replies[1].set(5);
    pump();
    REQUIRE(task.ready());
    REQUIRE(result == 5);
  }
  SECTION("Tasks") {
    std::vector<Task<int>> tasks;
    for (auto& future : futures) tasks.push_back(twice(std::move(future)));
    auto const task = into(tincan::any(std::move(tasks)), result, outcome);
    replies[1].set(5);
    pump();
    REQUIRE(result == 10);
  }
  REQUIRE(replies[0].cancelled());
  REQUIRE(replies[2].cancelled());
}

TEST_CASE_METHOD(Several, "any: of an empty vector is an error") {
  bool isRefused = false;
  auto const coroutine = [&]() -> Task<> {
    try {
      co_await tincan::any(std::vector<Future<void>>());
    } catch (std::invalid_argument const&) {
      isRefused = true;
    }
  };
  auto const task = coroutine();
  REQUIRE(isRefused);
}

TEST_CASE_METHOD(Several, "any: Task::cancel cancels all that it waits for") {
  auto futures = ask(2);
  std::optional<int> result;
  auto const task =
      into(tincan::any(std::move(futures[0]), std::move(futures[1])), result, outcome);
  task.cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE(replies[0].cancelled());
  REQUIRE(replies[1].cancelled());
}

TEST_CASE_METHOD(Several, "any: a Task that does not end when it is cancelled goes on by itself") {
  static auto const stubborn = [](Future<int> first, Future<int> second,
                                  Outcome& into) -> Task<int> {
    try {
      co_await first;
    } catch (tincan::Error const& error) {
      into.code = error.code();
    }
    into.number = co_await second;
    into.isOver = true;
    co_return 0;
  };
  auto futures = ask(3);
  Outcome inner;
  std::optional<int> result;
  auto const task = into(tincan::any(stubborn(std::move(futures[0]), std::move(futures[1]), inner),
                                     std::move(futures[2])),
                         result, outcome);
  replies[2].set(5);
  pump();
  REQUIRE(result == 5);
  REQUIRE(inner.code == Errc::Cancelled);
  REQUIRE_FALSE(inner.isOver);
  replies[1].set(6);
  pump();
  REQUIRE(inner.number == 6);
}

TEST_CASE_METHOD(Several, "any: the endpoint is closed, and it throws Closed") {
  auto futures = ask(2);
  std::optional<int> result;
  auto const task =
      into(tincan::any(twice(std::move(futures[0])), std::move(futures[1])), result, outcome);
  window.close();
  REQUIRE(outcome.code == Errc::Closed);
}

TEST_CASE_METHOD(Several, "any: an answer, or a time that has passed") {
  std::optional<std::variant<int, std::monostate>> first;
  auto future = later();
  bus.main().poll();
  std::chrono::nanoseconds time = 1h;
  bool isInTime = true;
  SECTION("the answer is first") {}
  SECTION("the time has passed") {
    time = 0ns;
    isInTime = false;
  }
  auto const coroutine = [&]() -> Task<> {
    first = co_await tincan::any(std::move(future), window.sleep(time));
  };
  auto const task = coroutine();
  if (isInTime) replies.at(0).set(5);
  pump();
  REQUIRE(task.ready());
  REQUIRE(first->index() == (isInTime ? 0 : 1));
  REQUIRE(replies[0].cancelled());
  REQUIRE_FALSE(window.nextDeadline().has_value());
}

// ---- both ---------------------------------------------------------------------------------------

TEST_CASE_METHOD(Several, "all and any: ten thousand at once, on a small stack") {
  auto futures = ask(10'000);
  std::optional<std::vector<int>> all;
  std::optional<int> any;
  auto const each = into(tincan::all(std::move(futures)), all, outcome);
  auto const one = into(tincan::any(ask(10'000)), any, outcome);
  for (std::size_t i = replies.size(); i > 0; --i) replies[i - 1].set(1);
  pump();
  REQUIRE(all->size() == 10'000);
  REQUIRE(any == 1);
}

TEST_CASE("all and any: Tasks of another thread", "[threads]") {
  tincan::Bus bus;
  bus.main().on("now", [](tincan::Event& event, int n) { event.returnValue = n; });
  bus.main().on("never", [replies = std::make_shared<std::vector<tincan::Reply>>()](
                             tincan::Event& event) { replies->push_back(event.defer()); });
  bus.main().poll();
  std::vector<Task<int>> tasks;
  std::optional<Task<int>> never;
  Latch isBegun(1);
  auto far = bus.spawn("far", [&](tincan::Renderer& ipc) {
    for (int i = 0; i < 20; ++i) tasks.push_back(twice(ipc.request<int>("now", i)));
    never.emplace(twice(ipc.request<int>("never")));
    isBegun.count_down();
    ipc.run();
  });
  isBegun.wait();
  int sum = 0, first = -1;
  auto const coroutine = [&]() -> Task<> {
    for (int const one : co_await tincan::all(std::move(tasks))) sum += one;
    first = co_await tincan::any(*never, bus.main().peer().request<int>("now", 7));
  };
  auto const task = coroutine();
  pollUntil(bus.main(), [&] { return task.ready(); });
  REQUIRE(sum == 380);
  REQUIRE(first == 7);
  pollUntil(bus.main(), [&] { return never->ready(); });  // it was cancelled
  bus.close();
  far.join();
}

TEST_CASE("14: all: a wait for a handler's Task that waits for who waits is a Deadlock") {
  tincan::Bus bus;
  bus.main().poll();
  auto window = bus.spawn("window", [](tincan::Renderer& ipc) {
    ipc.handle("x", [](tincan::InvokeEvent& event) -> Task<int> {
      auto const [one, two] =
          co_await tincan::all(event.sender.request<int>("a"), event.sender.request<int>("b"));
      co_return one + two;
    });
    ipc.run();
  });
  auto future = bus.main().renderer("window")->invoke<int>("x");
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Deadlock);
  bus.close();
}
