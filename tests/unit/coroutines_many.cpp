// tests/unit/coroutines_many.cpp - co_await: many coroutines, and many waits of one
#include <algorithm>
#include <atomic>
#include <chrono>

#include "amounts.hpp"
#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

std::uintptr_t stackPlace() { return reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)); }

}  // namespace

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
  while (!task.ready()) pair.pump();
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
  std::size_t const Total = amounts::isQuick() ? 1'000 : 10'000;
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
