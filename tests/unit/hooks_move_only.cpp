// tests/unit/hooks_move_only.cpp - hooks of any type: what cannot be copied, what is null
#include <functional>
#include <memory>
#include <vector>

#include "support.hpp"

using namespace test;
using tincan::DeadLetter;
using tincan::Errc;
using tincan::ErrorReport;
using tincan::HighWater;

TEST_CASE("hooks: each may be move-only, and what it holds ends when it is taken away") {
  int const before = Counted::alive;
  tincan::Bus bus;
  auto window = bus.attach("window", {.highWater = 1});
  window.poll();
  window.on("throws", [] { throw 1; });
  int errors = 0, letters = 0, highs = 0, wakes = 0;
  bus.onError([&errors, held = std::make_unique<Counted>(1)](ErrorReport const&) { ++errors; });
  bus.onDeadLetter(
      [&letters, held = std::make_unique<Counted>(1)](DeadLetter const& letter) mutable {
        held->number = static_cast<int>(letter.reason);
        ++letters;
      });
  bus.onHighWater([&highs, held = std::make_unique<Counted>(1)](HighWater const&) { ++highs; });
  window.onWake([&wakes, held = std::make_unique<Counted>(1)] { ++wakes; });
  REQUIRE(Counted::alive == before + 4);
  bus.main().peer();
  window.peer().send("throws");
  window.peer().send("nobody");
  window.poll();
  REQUIRE(errors == 1);
  REQUIRE(letters == 1);
  REQUIRE(highs > 0);
  REQUIRE(wakes > 0);
  SECTION("by {}") {
    bus.onError({});
    bus.onDeadLetter({});
    bus.onHighWater({});
    window.onWake({});
  }
  SECTION("by nullptr") {
    bus.onError(nullptr);
    bus.onDeadLetter(nullptr);
    bus.onHighWater(nullptr);
    window.onWake(nullptr);
  }
  SECTION("by an empty std::function, and a null pointer to a function") {
    bus.onError(std::function<void(ErrorReport const&)>());
    bus.onDeadLetter(static_cast<void (*)(DeadLetter const&)>(nullptr));
    bus.onHighWater(std::function<void(HighWater const&)>());
    window.onWake(static_cast<void (*)()>(nullptr));
  }
  REQUIRE(Counted::alive == before);
  window.peer().send("nobody");
  window.poll();
  REQUIRE(letters == 1);
}

TEST_CASE("hooks: a std::function, and an lvalue, which is copied") {
  tincan::Bus bus;
  int calls = 0;
  std::function<void(DeadLetter const&)> hook = [&](DeadLetter const&) { ++calls; };
  bus.onDeadLetter(hook);
  bus.main().peer().send("nobody");
  bus.main().poll();
  hook = nullptr;
  bus.main().peer().send("nobody");
  bus.main().poll();
  REQUIRE(calls == 2);
}

TEST_CASE("allow: a predicate may be move-only, and ends with its rule") {
  int const before = Counted::alive;
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  int got = 0;
  bus.main().on("x", [&](int n) { got += n; });
  bus.main().allow(
      "x", [only = std::make_unique<std::string>("window"), held = std::make_unique<Counted>(1)](
               tincan::Peer const& sender) { return sender.name() == *only; });
  REQUIRE(Counted::alive == before + 1);
  auto other = bus.attach("other");
  window.send("x", 1);
  other.send("x", 10);
  bus.main().poll();
  REQUIRE(got == 1);
  bus.main().allowAll("x");
  REQUIRE(Counted::alive == before);
  other.send("x", 10);
  bus.main().poll();
  REQUIRE(got == 11);
}

TEST_CASE("allow: a null predicate is std::invalid_argument, and the rule stays") {
  tincan::Bus bus;
  Reports const reports(bus);
  auto window = bus.attach("window");
  int got = 0;
  bus.main().on("x", [&](int n) { got += n; });
  bus.main().allow("x", {"other"});
  REQUIRE_THROWS_AS(bus.main().allow("x", std::function<bool(tincan::Peer const&)>()),
                    std::invalid_argument);
  window.send("x", 1);
  bus.main().poll();
  REQUIRE(got == 0);
}
