// tests/unit/invoke_all.cpp - invokeAll: one call at each renderer
#include <memory>
#include <string>
#include <vector>

#include "coroutine_fixture.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Future;
using tincan::Task;

namespace {

constexpr tincan::Channel<int(std::string)> lengthChannel{"length"};

/// Main and three windows, each of which answers with its number, on one thread.
struct Windows {
  Windows() {
    for (int number = 1; number <= 3; ++number) {
      windows.push_back(bus.attach("window" + std::to_string(number)));
      windows.back().handle("times", [number](int n) { return number * n; });
      windows.back().handle(lengthChannel,
                            [](std::string const& text) { return static_cast<int>(text.size()); });
    }
  }
  void pollAll() {
    for (auto& window : windows) window.poll();
    bus.main().poll();
  }

  tincan::Bus bus;
  std::vector<tincan::Renderer> windows;
};

template <class R>
std::vector<R> answersOf(std::vector<Future<R>> futures) {
  std::vector<R> answers;
  for (auto& future : futures) answers.push_back(future.get());
  return answers;
}

}  // namespace

TEST_CASE_METHOD(Windows, "invokeAll: calls every renderer, and the futures are in their order") {
  auto futures = bus.main().invokeAll<int>("times", 10);
  REQUIRE(futures.size() == 3);
  pollAll();
  REQUIRE(answersOf(std::move(futures)) == std::vector<int>{10, 20, 30});
}

TEST_CASE_METHOD(Windows, "invokeAll: typed channels, whose answer they know, also with braces") {
  SECTION("a typed channel") {
    auto futures = bus.main().invokeAll(lengthChannel, "four");
    pollAll();
    REQUIRE(answersOf(std::move(futures)) == std::vector<int>{4, 4, 4});
  }
  SECTION("braces") {
    auto futures = bus.main().invokeAll(lengthChannel, {'a', 'b'});
    pollAll();
    REQUIRE(answersOf(std::move(futures)) == std::vector<int>{2, 2, 2});
  }
  SECTION("with the answer's type spelled out") {
    auto futures = bus.main().invokeAll<int>(lengthChannel, "four");
    pollAll();
    REQUIRE(answersOf(std::move(futures)) == std::vector<int>{4, 4, 4});
  }
}

TEST_CASE_METHOD(Windows, "invokeAll: each answers for itself, whatever becomes of the others") {
  windows[1].removeHandler("times");
  auto futures = bus.main().invokeAll<int>("times", 1);
  windows[2].close();
  pollAll();
  REQUIRE(futures[0].get() == 1);
  REQUIRE(codeOf([&] { return futures[1].get(); }) == Errc::NoHandler);
  REQUIRE(codeOf([&] { return futures[2].get(); }) == Errc::Closed);
}

TEST_CASE("invokeAll: of no renderers there are no futures") {
  tincan::Bus bus;
  REQUIRE(bus.main().invokeAll("times", 1).empty());
  bus.close();
  REQUIRE(codeOf([&] { return bus.main().invokeAll("times", 1); }) == Errc::Closed);
}

TEST_CASE_METHOD(Windows, "invokeAll: the calls come from main, and all() awaits their answers") {
  bus.main().poll();
  std::string who;
  windows[0].handle("who", [&](tincan::InvokeEvent& event) { who = event.sender.name(); });
  auto const asked = bus.main().invokeAll<void>("who");
  std::vector<int> answers;
  auto const coroutine = [&]() -> Task<> {
    answers = co_await tincan::all(bus.main().invokeAll<int>("times", 2));
  };
  auto const task = coroutine();
  pollAll();
  REQUIRE(task.ready());
  REQUIRE(who == "main");
  REQUIRE(answers == std::vector<int>{2, 4, 6});
}

TEST_CASE_METHOD(Windows,
                 "4: invokeAll: if capturing throws, the calls that were made are given up") {
  struct Throws {
    explicit Throws(int& left) : copies(&left) {}
    Throws(Throws const& other) : copies(other.copies) {
      if (--*copies < 0) throw std::runtime_error("no more copies");
    }
    Throws& operator=(Throws const&) = default;
    int* copies;
  };
  int calls = 0;
  for (auto& window : windows) window.handle("throws", [&](Throws const&) { ++calls; });
  int copies = 2;
  Throws const argument(copies);
  REQUIRE_THROWS_AS(bus.main().invokeAll<void>("throws", argument), std::runtime_error);
  pollAll();
  REQUIRE(calls == 0);
  REQUIRE(addsUp(bus.stats()));
}
