// tests/unit/incoming_lanes.cpp - the lanes that lead to one endpoint
#include <tincan/detail/endpoint/incoming_lanes.hpp>
#include <tincan/tincan.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "catch.hpp"

namespace {

struct LaneWriter {
  std::shared_ptr<LaneWriter> named = nullptr;
  bool takenOver = false;

  bool isTakenOver() const noexcept { return takenOver; }
};
struct SomeLane {
  std::shared_ptr<LaneWriter> writer;
  std::size_t place = 0;
  SomeLane* nextOfSender = nullptr;
  std::uint64_t messages = 0;
  bool isAbandoned = false;

  std::uint64_t waiting() const noexcept { return messages; }
  SomeLane* front() noexcept { return messages == 0 ? nullptr : this; }
  bool abandoned() const noexcept { return isAbandoned; }
};
/// Hands out what it was told is abandoned.
struct AbandonedOnes {
  std::vector<SomeLane*> lanes;

  void collectAbandoned() noexcept {}
  template <class Drop>
  void dropAbandoned(std::size_t most, Drop&& drop) {
    while (!lanes.empty() && most-- > 0) {
      drop(*lanes.back());
      lanes.pop_back();
    }
  }
};
using SomeLanes = tincan::detail::IncomingLanes<SomeLane>;

std::shared_ptr<SomeLane> laneOf(std::shared_ptr<LaneWriter> writer) {
  auto lane = std::make_shared<SomeLane>();
  lane->writer = std::move(writer);
  return lane;
}

}  // namespace

TEST_CASE("incoming lanes: those that are there are counted, until they are closed") {
  SomeLanes lanes;
  for (std::uint64_t i = 0; i < 100; ++i) {
    auto const lane = laneOf(std::make_shared<LaneWriter>());
    lane->messages = i;
    REQUIRE(lanes.add(lane, true));
    REQUIRE(lane->place == i);
  }
  CHECK(lanes.waiting() == 4950);
  SomeLanes::Lanes taken;
  CHECK(lanes.close(taken));
  CHECK(taken.size() == 100);
  CHECK_FALSE(lanes.close(taken));
  CHECK_FALSE(lanes.add(laneOf(std::make_shared<LaneWriter>()), true));
  CHECK(lanes.waiting() == 0);
}

TEST_CASE("incoming lanes: abandoned ones are taken out, and the others keep their places") {
  SomeLanes lanes;
  std::vector<std::shared_ptr<SomeLane>> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(laneOf(std::make_shared<LaneWriter>()));
    REQUIRE(lanes.add(all.back(), true));
  }
  AbandonedOnes inbox{{all[1].get(), all[0].get(), all[4].get()}};
  SomeLanes::Lanes const gone = lanes.takeAbandoned(inbox, 2);
  REQUIRE(gone.size() == 2);
  CHECK(gone[0] == all[4]);
  CHECK(gone[1] == all[0]);
  std::vector<std::shared_ptr<SomeLane>> left;
  lanes.forEach([&](auto const& lane) {
    CHECK(lane->place == left.size());
    left.push_back(lane);
  });
  CHECK(left == std::vector<std::shared_ptr<SomeLane>>{all[3], all[1], all[2]});
}

TEST_CASE("incoming lanes: what is left of a sender is also what its stand-ins have sent") {
  SomeLanes lanes;
  auto const sender = std::make_shared<LaneWriter>();
  auto const standIn = std::make_shared<LaneWriter>(LaneWriter{sender});
  CHECK(lanes.leftFrom(sender.get(), false).isEmpty);
  CHECK_FALSE(lanes.leftFrom(sender.get(), false).isLast);
  CHECK(lanes.leftFrom(sender.get(), true).isLast);

  auto const own = laneOf(sender);
  auto const other = laneOf(standIn);
  REQUIRE(lanes.add(own, true));
  REQUIRE(lanes.add(other, true));
  own->isAbandoned = true;
  other->messages = 1;
  CHECK_FALSE(lanes.leftFrom(sender.get(), false).isEmpty);
  CHECK(lanes.leftFrom(sender.get(), false).isLast);
  standIn->takenOver = true;  // then the sender goes on by its lanes
  CHECK_FALSE(lanes.leftFrom(sender.get(), false).isLast);
  other->isAbandoned = true;
  CHECK(lanes.leftFrom(sender.get(), false).isLast);
  other->messages = 0;
  AbandonedOnes inbox{{other.get()}};
  CHECK(lanes.takeAbandoned(inbox, 1).size() == 1);
  CHECK(lanes.leftFrom(sender.get(), false).isEmpty);
}
