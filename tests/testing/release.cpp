// tests/testing/release.cpp - an endpoint goes from one thread of a simulation to another
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "catch.hpp"

using tincan::testing::explore;
using tincan::testing::Simulation;

namespace {

std::optional<tincan::Errc> pollCode(tincan::Endpoint& endpoint) {
  try {
    endpoint.poll();
  } catch (tincan::Error const& error) {
    return error.code();
  }
  return std::nullopt;
}

}  // namespace

TEST_CASE("release in a simulation: the next body that polls has it, and handles what waits") {
  Simulation sim;
  std::vector<std::string> log;
  auto const shared = std::make_shared<std::optional<tincan::Renderer>>();
  sim.spawn("giver", [&, shared](tincan::Renderer&) {
    shared->emplace(sim.bus().attach("shared"));
    (*shared)->on("x", [&] { log.push_back("x"); });
    (*shared)->poll();
    (*shared)->release();
  });
  sim.runUntilIdle();
  sim.bus().main().renderer("shared")->send("x");
  sim.runUntilIdle();
  CHECK(log.empty());  // nobody polls it
  sim.spawn("taker", [&, shared](tincan::Renderer& ipc) {
    CHECK((*shared)->poll() == 1);
    sim.spawn("other", [&, shared](tincan::Renderer&) {
      CHECK(pollCode(**shared) == tincan::Errc::WrongThread);
      log.push_back("refused");
    });
    ipc.run();
  });
  sim.runUntilIdle();
  CHECK(log == std::vector<std::string>{"x", "refused"});
  shared->reset();
}

TEST_CASE("explore: one thread hands an endpoint to another one") {
  auto const result = explore([](Simulation& sim) {
    struct Shared {
      std::optional<tincan::Renderer> ipc;
      int count = 0;
    };
    auto const shared = std::make_shared<Shared>();
    shared->ipc.emplace(sim.bus().attach("shared"));
    shared->ipc->on("x", [shared = shared.get()] { ++shared->count; });
    shared->ipc->poll();
    shared->ipc->release();
    sim.spawn("b", [shared](tincan::Renderer& ipc) {
      ipc.on("yours", [&ipc, shared] {
        shared->ipc->poll();
        ipc.quit();
      });
      ipc.run();
    });
    sim.spawn("sender", [shared](tincan::Renderer&) { shared->ipc->peer().send("x"); });
    sim.spawn("a", [shared](tincan::Renderer& ipc) {
      shared->ipc->peer().send("x");
      shared->ipc->poll();
      shared->ipc->release();
      ipc.peer("b")->send("yours");
    });
    sim.eventually("a poll takes what it knows of", [shared] { return shared->count >= 1; });
    sim.sometimes("all of it", [shared] { return shared->count == 2; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("explore: an endpoint can be released whose memory a body of the run before has used") {
  auto const result = explore([](Simulation& sim) {
    std::vector<tincan::Renderer> released;
    for (int i = 0; i < 6; ++i) {
      released.push_back(sim.bus().attach("released"));
      released.back().poll();
      released.back().release();
    }
    sim.bus().main().on("x", [](tincan::Event& event) { event.returnValue = 1; });
    for (auto const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [](tincan::Renderer& ipc) { ipc.sendSync<int>("x"); });
    }
    sim.runUntilIdle();
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("simulation: what a body attaches is handled where the body runs it") {
  Simulation sim;
  std::vector<std::string> log;
  sim.spawn("a", [&](tincan::Renderer& ipc) {
    auto own = sim.bus().attach("own");
    own.on("x", [&] { log.push_back("own x"); });
    ipc.on("x", [&] { ipc.quit(); });
    own.peer().send("x");
    ipc.peer().send("x");
    ipc.run();
    log.push_back("ran");
    CHECK(own.poll() == 1);
  });
  sim.runUntilIdle();
  CHECK(log == std::vector<std::string>{"ran", "own x"});
}

TEST_CASE("simulation: whoever sets an endpoint up before its first poll has it, and polls it") {
  Simulation sim;
  std::vector<std::string> log;
  auto const twin = std::make_shared<tincan::Renderer>(sim.bus().attach("twin"));
  twin->peer().send("x");
  sim.spawn("a", [&, twin](tincan::Renderer&) {
    twin->on("x", [&] { log.push_back("x"); });
    sim.spawn("b", [&, twin](tincan::Renderer&) {
      twin->on("x", [&] { log.push_back("x to b"); });
      CHECK(twin->poll() == 1);
    });
  });
  sim.step("a");
  sim.runUntilIdle();
  CHECK(log == std::vector<std::string>{"x", "x to b"});
  CHECK(pollCode(*twin) == tincan::Errc::WrongThread);
}

TEST_CASE("explore: a body takes an endpoint of the test, or comes after its first message") {
  auto const result = explore([](Simulation& sim) {
    auto const twin = std::make_shared<tincan::Renderer>(sim.bus().attach("twin"));
    auto const codes = std::make_shared<std::vector<std::optional<tincan::Errc>>>();
    twin->on("x", [] {});
    twin->peer().send("x");
    sim.spawn("a", [=](tincan::Renderer&) { codes->push_back(pollCode(*twin)); });
    sim.sometimes("it takes it", [=] { return codes->size() == 1 && !codes->front(); });
    sim.sometimes("it is late", [=] {
      return codes->size() == 1 && codes->front() == tincan::Errc::WrongThread;
    });
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("explore: whoever polls an endpoint first has it, though nothing waits there") {
  auto const result = explore([](Simulation& sim) {
    auto const twin = std::make_shared<tincan::Renderer>(sim.bus().attach("twin"));
    auto const codes = std::make_shared<std::vector<std::optional<tincan::Errc>>>(2);
    for (std::size_t i = 0; i < 2; ++i) {
      sim.spawn("body " + std::to_string(i),
                [=](tincan::Renderer&) { (*codes)[i] = pollCode(*twin); });
    }
    for (std::size_t i = 0; i < 2; ++i) {
      sim.sometimes("body " + std::to_string(i) + " has it",
                    [=] { return !(*codes)[i] && (*codes)[1 - i] == tincan::Errc::WrongThread; });
    }
    sim.eventually("one has it", [=] { return (*codes)[0] != (*codes)[1]; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
}

TEST_CASE("simulation: what the test sets up again, before anybody polls it, is the test's") {
  Simulation sim;
  int count = 0;
  auto const twin = std::make_shared<tincan::Renderer>(sim.bus().attach("twin"));
  sim.spawn("a", [twin](tincan::Renderer&) { twin->on("y", [] {}); });
  sim.runUntilIdle();
  twin->peer().send("x");
  sim.runUntilIdle();
  CHECK(count == 0);  // nobody polls it
  twin->on("x", [&] { ++count; });
  sim.runUntilIdle();
  CHECK(count == 1);
}

TEST_CASE("explore: who polls a free endpoint first has it") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto const shared = std::make_shared<tincan::Renderer>(sim.bus().attach("shared"));
    shared->release();
    auto const owner = std::make_shared<std::string>();
    for (auto const* const name : {"a", "b"}) {
      sim.spawn(name, [shared, owner](tincan::Renderer& ipc) {
        if (!pollCode(*shared).has_value()) *owner += ipc.name();
      });
    }
    sim.eventually("has one", [&outcomes, owner] { return outcomes.insert(*owner), true; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(outcomes == std::set<std::string>{"a", "b"});
}

TEST_CASE("explore: a message comes between any two polls of an endpoint that a body has besides") {
  std::set<std::string> outcomes;
  auto const result = explore([&](Simulation& sim) {
    auto const seen = std::make_shared<std::string>();
    auto const other = std::make_shared<tincan::Renderer>(sim.bus().attach("other"));
    other->on("x", [seen] { *seen += "x"; });
    other->release();
    sim.spawn("a", [seen, other](tincan::Renderer&) {
      for (int i = 0; i < 3; ++i) {
        other->poll();
        *seen += ".";
      }
    });
    sim.spawn("b", [to = other->peer()](tincan::Renderer&) { to.send("x"); });
    sim.eventually("outcome", [&outcomes, seen] { return outcomes.insert(*seen), true; });
  });
  CHECK_THAT(result, tincan::testing::Explored());
  CHECK(outcomes == std::set<std::string>{"...", "..x.", ".x..", "x..."});
}
