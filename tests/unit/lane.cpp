// tests/unit/lane.cpp - a lane alone, as the sender that drops and the reader use it in turn
#include <tincan/detail/queue/lane.hpp>

#include <atomic>
#include <cstdint>

#include "catch.hpp"

namespace {
struct PlainCell {
  int value = 0;
  std::atomic<std::uint64_t> word{0};
};
using SmallLane = tincan::detail::Lane<tincan::detail::ThreadPlatform, PlainCell, 2, 1>;

void push(SmallLane& lane, int value) {
  PlainCell& cell = lane.open();
  cell.value = value;
  lane.publish(cell, static_cast<std::uint64_t>(value));
}
bool any(PlainCell&) { return true; }
}  // namespace

TEST_CASE("21: a cursor at the end of a chunk that the reader has left goes to the next one") {
  SmallLane lane;
  SmallLane::Cursor cursor;
  push(lane, 1);
  push(lane, 2);
  for (int i = 0; i < 2; ++i) {
    REQUIRE(lane.front() != nullptr);
    lane.pop();
    lane.unpin();
  }
  REQUIRE(lane.seek(cursor, any) == nullptr);
  push(lane, 3);
  REQUIRE(lane.front() != nullptr);  // the reader gives the first chunk back
  push(lane, 4);
  push(lane, 5);  // and the writer uses it again
  PlainCell* const cell = lane.seek(cursor, any);
  REQUIRE(cell != nullptr);
  REQUIRE(cell->value == 3);
}

TEST_CASE("21: the second look sees what is left although the lane was emptied since the first") {
  SmallLane lane;
  push(lane, 1);
  REQUIRE(lane.look().last == 1);  // the reader
  push(lane, 2);
  push(lane, 3);
  for (int i = 0; i < 2; ++i) {  // the sender drops 1 and 2
    REQUIRE(lane.front() != nullptr);
    lane.pop();
    lane.unpin();
  }
  REQUIRE(lane.front() != nullptr);
  push(lane, 4);
  push(lane, 5);  // in the chunk that the reader has looked at
  push(lane, 6);
  REQUIRE(lane.lookAgain() == 3);
}
