// tests/unit/inbox.cpp - the inbox alone: the merge of lanes, in deliveries that are counted
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <tincan/detail/queue/inbox.hpp>
#include <tincan/detail/queue/lane.hpp>
#include <vector>

#include "catch.hpp"

namespace {

using tincan::detail::CacheLine;
using tincan::detail::Inbox;
using tincan::detail::ThreadPlatform;

constexpr std::size_t Chunk = 64;

struct Cell {
  int value = 0;
  std::atomic<std::uint64_t> word{0};
};

struct TestLane : tincan::detail::Lane<ThreadPlatform, Cell, Chunk, 4> {
  TestLane* nextEnlisted = nullptr;
  TestLane* nextGone = nullptr;
  tincan::detail::LaneAtInbox atInbox;
};

/// One who sends, with a Lamport clock of his own.
struct Sender {
  explicit Sender(Inbox<TestLane>& to, std::uint64_t start = 0) : inbox(to), clock(start) {
    Inbox<TestLane>::prepare(lane);
  }
  void send(int value) {
    if (lane.startsChunk() && inbox.seen() > clock) clock = inbox.seen();
    Cell& cell = lane.open();
    cell.value = value;
    lane.publish(cell, ++clock);
    REQUIRE(inbox.pushed(lane) == Inbox<TestLane>::Pushed::Fine);
  }
  Inbox<TestLane>& inbox;
  TestLane lane;
  std::uint64_t clock;
};

std::vector<int> roundOf(Inbox<TestLane>& inbox) {
  std::vector<int> got;
  inbox.round([&](TestLane& lane, Cell& cell) {
    got.push_back(cell.value);
    lane.unpin();
    return true;
  });
  return got;
}

/// How many of the flood are handled before the lone message, if the flood sends one message for
/// each that is handled.
std::size_t floodBeforeLone(std::size_t backlog, std::uint64_t loneClock) {
  constexpr int Lone = -1;
  Inbox<TestLane> inbox;
  Sender flood(inbox);
  Sender lone(inbox, loneClock);
  for (std::size_t i = 0; i < backlog; ++i) flood.send(0);
  std::size_t before = 0;
  bool hasCome = false;
  std::size_t handled = 0;
  while (!hasCome && handled < 1'000'000) {
    inbox.round([&](TestLane& lane, Cell& cell) {
      ++handled;
      if (cell.value == Lone) hasCome = true;
      else if (handled > backlog / 2) ++before;
      lane.unpin();
      flood.send(0);
      if (handled == backlog / 2) lone.send(Lone);  // in the midst of a round
      return !hasCome;
    });
  }
  return before;
}

}  // namespace

TEST_CASE("3: a round delivers in the order of stamps, whatever the order of lanes") {
  Inbox<TestLane> inbox;
  Sender a(inbox, 10), b(inbox, 5), c(inbox, 0);
  a.send(11), a.send(12), b.send(6), c.send(1), b.send(7), c.send(2);
  CHECK(roundOf(inbox) == std::vector<int>{1, 2, 6, 7, 11, 12});
}

TEST_CASE("inbox: a lone message is not starved by a flood whose clock lags") {
  std::size_t const backlog = GENERATE(2u, 64u, 1000u, 10'000u);
  std::uint64_t const clock = GENERATE(0u, 1u, 1000u, 1'000'000'000u);
  CAPTURE(backlog, clock);
  // What was there before it, what comes until the inbox looks (64 deliveries), and a chunk.
  CHECK(floodBeforeLone(backlog, clock) <= backlog + 64 + 2 * Chunk);
}

TEST_CASE("inbox: a lane that is retired is enlisted by its next message") {
  Inbox<TestLane> inbox;
  Sender busy(inbox), quiet(inbox);
  quiet.send(1);
  CHECK(roundOf(inbox) == std::vector<int>{1});
  for (int i = 0; i < 10'000; ++i) {
    busy.send(0);
    roundOf(inbox);
  }
  CHECK(quiet.lane.signal.peek() == TestLane::Retired);
  CHECK(busy.lane.signal.peek() == TestLane::Listed);
  quiet.send(2);
  CHECK(roundOf(inbox) == std::vector<int>{2});
}

TEST_CASE("inbox: a round takes what is there when it begins, not what its handlers add") {
  Inbox<TestLane> inbox;
  Sender one(inbox), two(inbox, 1000);
  for (int i = 0; i < 200; ++i) one.send(i);
  two.send(-1);
  std::size_t count = 0;
  inbox.round([&](TestLane& lane, Cell&) {
    ++count;
    lane.unpin();
    one.send(-2);
    return true;
  });
  CHECK(count == 201);
}

TEST_CASE("inbox: a round inside a handler goes on behind it, across chunks") {
  Inbox<TestLane> inbox;
  Sender sender(inbox);
  for (int i = 0; i < 300; ++i) sender.send(i);
  std::vector<int> got;
  std::function<bool(TestLane&, Cell&)> handle = [&](TestLane& lane, Cell& cell) {
    got.push_back(cell.value);
    int const before = cell.value;
    if (got.size() % 50 == 1) inbox.round(handle);
    CHECK(cell.value == before);  // not overwritten while it is in use
    sender.send(1000);
    lane.unpin();
    return true;
  };
  inbox.round(handle);
  REQUIRE(got.size() >= 300);
  for (int i = 0; i < 300; ++i) CHECK(got[static_cast<std::size_t>(i)] == i);
}
