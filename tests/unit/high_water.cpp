// tests/unit/high_water.cpp - behaviour 21: onHighWater
#include "bounded_receiver.hpp"
#include "support.hpp"

using namespace test;
using tincan::Overflow;
using tincan::SendResult;

namespace {
struct Marks {
  explicit Marks(tincan::Bus& bus) {
    bus.onHighWater([this](tincan::HighWater const& mark) {
      lines.push_back(mark.from + ">" + mark.to + " " + std::to_string(mark.waiting));
    });
  }
  Log lines;
};
}  // namespace

TEST_CASE("21: onHighWater is told once when a sender's messages rise to the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 3});
  window.poll();
  for (int i = 0; i < 2; ++i) window.peer().send("x");
  REQUIRE(marks.lines.empty());
  window.peer().send("x");
  REQUIRE(marks.lines == Log{"main>window 3"});
  for (int i = 0; i < 10; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.poll();
  for (int i = 0; i < 2; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.peer().send("x");
  REQUIRE(marks.lines.size() == 2);
}

TEST_CASE("21: onHighWater is told again when they had fallen just below the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 3});
  window.poll();
  for (int i = 0; i < 3; ++i) window.peer().send("x");
  REQUIRE(marks.lines.size() == 1);
  window.poll(1);
  window.peer().send("x");  // three wait, and there were fewer
  REQUIRE(marks.lines.size() == 2);
}

TEST_CASE("21: a mark of one message is reached by each message into an empty inbox") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window = bus.attach("window", {.highWater = 1});
  window.poll();
  for (int i = 0; i < 3; ++i) {
    window.peer().send("x");
    window.peer().send("x");
    window.poll();
  }
  REQUIRE(marks.lines == Log(3, "main>window 1"));
}

TEST_CASE("21: onHighWater is told of each sender") {
  tincan::Bus bus({.main = {.highWater = 2}});
  Marks const marks(bus);
  auto a = bus.attach("a");
  auto b = bus.attach("b");
  a.send("x");
  b.send("x");
  REQUIRE(marks.lines.empty());
  b.send("x");
  static_cast<void>(a.request("x"));
  REQUIRE(marks.lines == Log{"b>main 2", "a>main 2"});
}

TEST_CASE("21: messages that are refused do not reach the mark") {
  for (Overflow const overflow : Refusing) {
    tincan::Bus bus;
    Marks const marks(bus);
    auto window = bus.attach("window", {.capacity = 2, .overflow = overflow, .highWater = 3});
    for (int i = 0; i < 5; ++i) window.peer().send("x");
    REQUIRE(marks.lines.empty());
  }
}

TEST_CASE("21: messages that are dropped do not reach the mark") {
  tincan::Bus bus;
  Marks const marks(bus);
  auto window =
      bus.attach("window", {.capacity = 2, .overflow = Overflow::DropOldest, .highWater = 3});
  for (int i = 0; i < 5; ++i) window.peer().send("x");
  REQUIRE(marks.lines.empty());
}

TEST_CASE("21: a mark at the capacity is reached once while messages are dropped") {
  for (Overflow const overflow : Policies) {
    tincan::Bus bus;
    Marks const marks(bus);
    auto window = bus.attach("window", {.capacity = 3, .overflow = overflow, .highWater = 3});
    window.poll();
    for (int i = 0; i < 20; ++i) window.peer().send("x");
    REQUIRE(marks.lines == Log{"main>window 3"});
  }
}

TEST_CASE("21: the hook of the mark may send, poll, throw and close") {
  tincan::Bus bus;
  auto window = bus.attach("window", {.highWater = 2});
  tincan::Peer const peer = window.peer();
  int calls = 0, handled = 0;
  window.on("x", [&] { ++handled; });
  SECTION("send") {
    bus.onHighWater([&](tincan::HighWater const&) {
      if (++calls < 5) peer.send("x");
    });
    for (int i = 0; i < 2; ++i) peer.send("x");
    window.poll();
    REQUIRE(calls >= 1);
    REQUIRE(handled >= 3);
  }
  SECTION("poll") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      window.poll();
    });
    for (int i = 0; i < 2; ++i) peer.send("x");
    window.poll();
    REQUIRE(calls == 1);
    REQUIRE(handled == 2);
  }
  SECTION("throw") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      throw 1;
    });
    for (int i = 0; i < 2; ++i) REQUIRE(peer.send("x") == SendResult::Queued);
    REQUIRE(window.poll() == 2);
    REQUIRE(calls == 1);
  }
  SECTION("close") {
    bus.onHighWater([&](tincan::HighWater const&) {
      ++calls;
      bus.close();
    });
    peer.send("x");
    REQUIRE(peer.send("x", Counted(1)) == SendResult::Closed);
    REQUIRE(calls == 1);
    REQUIRE(Counted::alive == 0);
  }
  REQUIRE(addsUp(bus.stats()));
}
