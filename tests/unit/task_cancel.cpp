// tests/unit/task_cancel.cpp - Task::cancel: what a coroutine awaits ends with Cancelled
#include <chrono>
#include <coroutine>
#include <memory>
#include <optional>
#include <thread>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

/// Awaits one future after the other, and notes what came of each.
Task<> awaitBoth(Future<int> first, Future<int> second, Outcome& one, Outcome& two) {
  try {
    one.number = co_await first;
  } catch (tincan::Error const& error) {
    one.code = error.code();
  }
  one.isOver = true;
  try {
    two.number = co_await second;
  } catch (tincan::Error const& error) {
    two.code = error.code();
  }
  two.isOver = true;
}

Task<int> pass(Task<int> inner) { co_return co_await inner + 1; }

Task<> note(Task<int> inner, Outcome& outcome) {
  try {
    outcome.number = co_await inner;
  } catch (tincan::Error const& error) {
    outcome.code = error.code();
  }
  outcome.isOver = true;
}

/// An awaitable that is no part of the library.
struct Elses {
  bool await_ready() const noexcept { return false; }
  void await_suspend(std::coroutine_handle<> self) const noexcept { waiting = self; }
  void await_resume() const noexcept {}
  std::coroutine_handle<>& waiting;
};

Task<> awaitElses(std::coroutine_handle<>& waiting, Outcome& outcome) {
  co_await Elses{waiting};
  outcome.isOver = true;
}

}  // namespace

TEST_CASE_METHOD(Pair, "Task::cancel: the future that it awaits ends with Cancelled, at once") {
  Outcome outcome;
  auto const task = await(later(), outcome);
  bus.main().poll();
  REQUIRE_FALSE(replies.at(0).cancelled());
  task.cancel();
  REQUIRE(task.ready());
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE(replies[0].cancelled());
  pump();
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(Pair, "Task::cancel: a request that nobody has handled never is") {
  Outcome outcome;
  auto const task = await(later(), outcome);
  task.cancel();
  bus.main().poll();
  REQUIRE(replies.empty());
}

TEST_CASE_METHOD(Pair, "Task::cancel: an answer that is on its way is dropped, and counted") {
  Outcome outcome;
  auto const task = await(now(5), outcome);
  bus.main().poll();
  task.cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  pump();
  REQUIRE(bus.stats().lateAnswers == 1);
}

TEST_CASE_METHOD(Pair, "Task::cancel: one await only") {
  Outcome one, two;
  auto first = later();
  auto const task = awaitBoth(std::move(first), later(), one, two);
  bus.main().poll();
  task.cancel();
  REQUIRE(one.code == Errc::Cancelled);
  REQUIRE_FALSE(two.isOver);
  SECTION("the next one goes on") {
    replies.at(1).set(5);
    pump();
    REQUIRE(two.number == 5);
  }
  SECTION("the next one may be cancelled, too") {
    task.cancel();
    REQUIRE(two.code == Errc::Cancelled);
  }
}

TEST_CASE_METHOD(Pair,
                 "Task::cancel: goes on to the Task that it awaits, and to what that awaits") {
  Outcome outcome;
  auto const task = note(pass(pass(twice(later()))), outcome);
  bus.main().poll();
  task.cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE(replies.at(0).cancelled());
}

TEST_CASE_METHOD(Pair, "Task::cancel: a time that it sleeps ends with Cancelled") {
  static auto const sleeps = [](tincan::Renderer& ipc, Outcome& into) -> Task<> {
    try {
      co_await ipc.sleep(1h);
    } catch (tincan::Error const& error) {
      into.code = error.code();
    }
    into.isOver = true;
  };
  Outcome outcome;
  auto const task = sleeps(window, outcome);
  REQUIRE(window.nextDeadline().has_value());
  task.cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE(task.ready());
  REQUIRE_FALSE(window.nextDeadline().has_value());
}

TEST_CASE_METHOD(Pair, "Task::cancel: a Task that takes it goes on, and so does who awaits it") {
  static auto const instead = [](Future<int> future, Future<int> other) -> Task<int> {
    try {
      co_return co_await future;
    } catch (tincan::Error const&) {
    }
    co_return co_await other;
  };
  Outcome outcome;
  auto const task = note(instead(later(), now(7)), outcome);
  task.cancel();
  REQUIRE_FALSE(outcome.isOver);
  pump();
  REQUIRE(outcome.number == 7);
}

TEST_CASE_METHOD(Pair, "Task::cancel: what is not suspended in an await stays as it is") {
  Outcome outcome;
  SECTION("it is done") {
    auto const task = await(now(5), outcome);
    pump();
    task.cancel();
    REQUIRE(outcome.number == 5);
  }
  SECTION("it was moved from") {
    auto task = await(now(5), outcome);
    auto const other = std::move(task);
    task.cancel();  // NOLINT: that is the point
    pump();
    REQUIRE(outcome.number == 5);
  }
  SECTION("it awaits something of somebody else") {
    std::coroutine_handle<> waiting;
    auto const task = awaitElses(waiting, outcome);
    task.cancel();
    REQUIRE_FALSE(outcome.isOver);
    waiting.resume();
    REQUIRE(task.ready());
  }
  SECTION("it runs, and cancels itself") {
    static auto const self = [](std::optional<Task<>>& own, Future<int> first, Future<int> second,
                                Outcome& into) -> Task<> {
      static_cast<void>(co_await first);
      own->cancel();
      into.number = co_await second;
    };
    std::optional<Task<>> task;
    task.emplace(self(task, now(1), now(2), outcome));
    pump();
    REQUIRE(task->ready());
    REQUIRE(outcome.number == 2);
  }
}

TEST_CASE_METHOD(Pair, "Task::cancel: one that is dropped and ends with Cancelled is silent") {
  {
    auto const task = twice(later());
    task.cancel();
  }
  pump();
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(Pair, "Task::cancel: a coroutine that drops its own Task meanwhile") {
  static auto const dropping = [](std::optional<Task<>>& own, Future<int> future,
                                  Outcome& outcome) -> Task<> {
    outcome.code = std::nullopt;
    try {
      static_cast<void>(co_await future);
    } catch (tincan::Error const& error) {
      outcome.code = error.code();
    }
    own.reset();
    outcome.isOver = true;
  };
  Outcome outcome;
  std::optional<Task<>> task;
  task.emplace(dropping(task, later(), outcome));
  task->cancel();
  REQUIRE(outcome.code == Errc::Cancelled);
  REQUIRE_FALSE(task.has_value());
}

TEST_CASE_METHOD(Pair, "Task::cancel: goes on in the name of its endpoint") {
  std::string who;
  bus.main().on("who", [&](tincan::Event& event) { who = event.sender.name(); });
  static auto const speak = [](Future<int> future, tincan::Peer main) -> Task<> {
    try {
      static_cast<void>(co_await future);
    } catch (tincan::Error const&) {
    }
    main.send("who");
  };
  std::optional<Task<>> task;
  window.post([&, peer = bus.main().peer()] {
    task.emplace(speak(peer.request<int>("later"), tincan::Peer(peer)));
  });
  window.poll();
  bus.main().post([&] { task->cancel(); });
  bus.main().poll();
  bus.main().poll();
  REQUIRE(who == "window");
}

TEST_CASE("Task::cancel: from another thread, in the next poll of its endpoint") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  std::vector<tincan::Reply> replies;
  bus.main().on("later", [&](tincan::Event& event) { replies.push_back(event.defer()); });
  bus.main().on("now", [](tincan::Event& event, int n) { event.returnValue = n; });
  Outcome outcome, second;
  std::optional<Task<>> task;
  SECTION("it awaits a future") {
    task.emplace(await(window.request<int>("later"), outcome));
    std::thread([&] { task->cancel(); }).join();
    REQUIRE_FALSE(outcome.isOver);
    window.poll();
    REQUIRE(outcome.code == Errc::Cancelled);
  }
  SECTION("it awaits a Task") {
    task.emplace(note(twice(window.request<int>("later")), outcome));
    std::thread([&] { task->cancel(); }).join();
    window.poll();
    REQUIRE(outcome.code == Errc::Cancelled);
  }
  SECTION("several are one until then") {
    task.emplace(
        awaitBoth(window.request<int>("later"), window.request<int>("later"), outcome, second));
    std::thread([&] {
      task->cancel();
      task->cancel();
    }).join();
    window.poll();
    REQUIRE(outcome.code == Errc::Cancelled);
    REQUIRE_FALSE(second.isOver);
  }
  SECTION("the Task is dropped meanwhile") {
    task.emplace(await(window.request<int>("later"), outcome));
    std::thread([&] { task->cancel(); }).join();
    task.reset();
    window.poll();
    REQUIRE(outcome.code == Errc::Cancelled);
  }
  SECTION("the Task is done and dropped meanwhile") {
    task.emplace(await(window.request<int>("now", 5), outcome));
    bus.main().poll();
    window.poll(0);
    std::thread([&] { task->cancel(); }).join();
    task.reset();
    window.poll();
    REQUIRE(outcome.isOver);
  }
  SECTION("the endpoint is closed first") {
    task.emplace(await(window.request<int>("later"), outcome));
    std::thread([&] { task->cancel(); }).join();
    window.close();
    REQUIRE(outcome.isOver);
  }
  SECTION("the endpoint was closed") {
    task.emplace(await(window.request<int>("later"), outcome));
    window.close();
    REQUIRE(outcome.code == Errc::Closed);
    std::thread([&] { task->cancel(); }).join();
  }
  bus.close();
}

TEST_CASE("Task::cancel: goes on to a Task of another endpoint, when that polls", "[threads]") {
  tincan::Bus bus;
  bus.main().on("later", [replies = std::make_shared<std::vector<tincan::Reply>>()](
                             tincan::Event& event) { replies->push_back(event.defer()); });
  bus.main().poll();
  std::optional<Task<int>> inner;
  Latch isBegun(1);
  auto far = bus.spawn("far", [&](tincan::Renderer& ipc) {
    inner.emplace(twice(ipc.request<int>("later")));
    isBegun.count_down();
    ipc.run();
  });
  isBegun.wait();
  bus.main().poll();
  Outcome outcome;
  auto const outer = note(std::move(*inner), outcome);
  outer.cancel();
  pollUntil(bus.main(), [&] { return outer.ready(); });
  REQUIRE(outcome.code == Errc::Cancelled);
  bus.close();
  far.join();
}

TEST_CASE("Task::cancel: a Task at the end of its endpoint gets Closed, whatever it awaits") {
  tincan::Bus bus;
  std::vector<tincan::Reply> replies;
  bus.main().on("later", [&](tincan::Event& event) { replies.push_back(event.defer()); });
  auto window = std::make_unique<tincan::Renderer>(bus.attach("window"));
  window->poll();
  Outcome future, inner;
  auto const first = await(window->request<int>("later"), future);
  auto const second = note(pass(twice(window->request<int>("later"))), inner);
  bus.main().poll();
  SECTION("by close()") { window->close(); }
  SECTION("by its destructor") { window.reset(); }
  SECTION("by the bus") { bus.close(); }
  REQUIRE(future.code == Errc::Closed);
  REQUIRE(inner.code == Errc::Closed);
  first.cancel();
  second.cancel();
}

TEST_CASE("Task::cancel: by another thread, while answers come", "[threads]") {
  tincan::Bus bus;
  auto window = bus.attach("window");
  window.poll();
  bus.main().on("now", [](tincan::Event& event, int n) { event.returnValue = n; });
  constexpr std::size_t Times = 200;
  std::vector<Outcome> outcomes(Times);
  std::vector<Task<>> tasks;
  for (std::size_t i = 0; i < Times; ++i) {
    tasks.push_back(await(window.request<int>("now", static_cast<int>(i)), outcomes[i]));
  }
  std::atomic<bool> isOver{false};
  std::thread canceller([&] {
    for (auto const& task : tasks) task.cancel();
    isOver = true;
  });
  while (!isOver || window.poll() != 0 || bus.main().poll(3) != 0) bus.main().poll(3);
  canceller.join();
  while (window.poll() + bus.main().poll() != 0) {
  }
  for (std::size_t i = 0; i < Times; ++i) {
    REQUIRE(outcomes[i].isOver);
    bool const isRight =
        outcomes[i].code == Errc::Cancelled || outcomes[i].number == static_cast<int>(i);
    REQUIRE(isRight);
  }
}
