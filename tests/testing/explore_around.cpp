// tests/testing/explore_around.cpp - what is near to a run that was recorded
#include <tincan/testing.hpp>

#include <set>
#include <string>
#include <vector>

#include <tincan/testing/explore_around.hpp>

#include "../unit/support.hpp"

namespace around {

using test::contains;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::exploreAround;
using tincan::testing::Options;
using tincan::testing::Recording;
using tincan::testing::Simulation;

/// Three renderers send two messages each; main's order of them is what comes out.
struct Orders {
  void operator()(Simulation& sim) {
    auto const order = std::make_shared<std::string>();
    sim.bus().main().on("x", [order](Event& event) { *order += event.sender.name(); });
    for (char const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [](Renderer& ipc) {
        ipc.send("x");
        ipc.send("x");
      });
    }
    sim.eventually("seen", [this, order] {
      all.push_back(*order);
      return true;
    });
  }

  std::vector<std::string> all;
};

Recording recordedAs(std::string const& order) {
  std::vector<Recording::Entry> entries;
  std::uint64_t numbers[3] = {};
  for (char const name : order) {
    entries.push_back({std::string(1, name), "main", ++numbers[name - 'a'], "x"});
  }
  return Recording(std::move(entries));
}

int distance(std::string const& one, std::string const& other) {
  int differences = 0;
  for (std::size_t i = 0; i < one.size(); ++i) differences += one[i] != other[i] ? 1 : 0;
  return differences;
}

TEST_CASE("explore around: the recorded order comes first, then those near to it") {
  for (std::string const& recorded : {std::string("ccbbaa"), std::string("cabcab")}) {
    Orders orders;
    Options options;
    options.bound = 1;
    auto const result = exploreAround(
        recordedAs(recorded), [&](Simulation& sim) { orders(sim); }, options);
    INFO(result.failure);
    CHECK(result.ok);
    CHECK_FALSE(result.complete);
    REQUIRE(orders.all.size() > 3);
    CHECK(orders.all[0] == recorded);  // the replay
    CHECK(orders.all[1] == recorded);  // the first schedule
    for (std::string const& order : orders.all) CHECK(distance(order, recorded) <= 4);
  }
}

TEST_CASE("explore around: with room for all deviations, all orders are seen") {
  std::set<std::string> orders;
  Options options;
  options.bound = 40;
  auto const threeOnce = [&](Simulation& sim) {
    auto const order = std::make_shared<std::string>();
    sim.bus().main().on("x", [order](Event& event) { *order += event.sender.name(); });
    for (char const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [](Renderer& ipc) { ipc.send("x"); });
    }
    sim.eventually("seen", [&orders, order] { return orders.insert(*order), true; });
  };
  auto const result = exploreAround(recordedAs("cba"), threeOnce, options);
  CHECK(result.ok);
  CHECK(result.complete);
  CHECK(orders.size() == 6);
}

TEST_CASE("explore around: what is recorded in part is followed as far as that goes") {
  Orders orders;
  Options options;
  options.bound = 0;
  CHECK(exploreAround(
            recordedAs("cb"), [&](Simulation& sim) { orders(sim); }, options)
            .ok);
  CHECK(contains(orders.all.back(), "cb"));
  CHECK(orders.all.back().substr(0, 2) == "cb");
}

TEST_CASE(
    "explore around: a bug near to a run that went well is found, and its token leads there") {
  auto const body = [](Simulation& sim) {
    auto const order = std::make_shared<std::string>();
    sim.bus().main().on("x", [order, &sim](Event& event) {
      *order += event.sender.name();
      sim.require(*order != "cbcbaa", "cbcbaa never comes");
    });
    for (char const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [](Renderer& ipc) {
        ipc.send("x");
        ipc.send("x");
      });
    }
  };
  auto const recording = recordedAs("ccbbaa");
  auto const found = exploreAround(recording, body);
  CHECK_FALSE(found.ok);
  CHECK(found.failure == "cbcbaa never comes");
  Options again;
  again.replay = found.minimal;
  for (auto const strategy : {Options::Strategy::Replay, Options::Strategy::Exhaustive}) {
    again.strategy = strategy;
    auto const repeated = exploreAround(recording, body, again);
    CHECK(repeated.failure == found.failure);
    CHECK(repeated.schedules == 1);
  }
}

TEST_CASE("explore around: a test that does not follow the recording says so") {
  Orders orders;
  auto const result = exploreAround(recordedAs("ccc"), [&](Simulation& sim) { orders(sim); });
  CHECK_FALSE(result.ok);
  CHECK(contains(result.failure, "differs from the recording"));
}

}  // namespace around
