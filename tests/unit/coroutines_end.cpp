// tests/unit/coroutines_end.cpp - co_await: coroutines that end their endpoint or are destroyed
#include <chrono>
#include <coroutine>
#include <memory>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

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

}  // namespace

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
  pair.pump();
  for (auto& reply : pair.replies) reply.set(5);
  pair.pump();
  REQUIRE(number == 0);
  REQUIRE_FALSE(pair.window.nextDeadline().has_value());
  REQUIRE(addsUp(pair.bus.stats()));
}

TEST_CASE("co_await: a coroutine of another kind goes on like a Task") {
  Pair pair;
  int number = 0;
  Owned const waiting = awaitOwned(pair.now(4), number, Counted(1));
  REQUIRE_FALSE(waiting.done());
  pair.pump();
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
  pair.pump();  // the Task is done, and nobody waits for it
  REQUIRE(number == 0);
  REQUIRE(task.ready());
}
