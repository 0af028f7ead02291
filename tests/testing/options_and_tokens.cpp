// tests/testing/options_and_tokens.cpp - what the options are, and other promises that no other case looks at
#include <tincan/testing.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

using namespace std::chrono_literals;
using test::contains;
using tincan::Errc;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace options_and_tokens {

TEST_CASE("options: what they are if nobody says otherwise") {
  Options const options;
  CHECK(options.strategy == Options::Strategy::Exhaustive);
  CHECK(options.seed == 1);
  CHECK(options.maxSchedules == 100'000);
  CHECK(options.maxSteps == 10'000);
  CHECK(options.bound == 3);
  CHECK(options.replay.empty());
  CHECK(options.crashes == 0);
  CHECK(options.timeouts == 0);
  CHECK(options.cores == 1);
  CHECK(options.time == 0s);
  CHECK(options.checkpoint.empty());
  CHECK(options.stack == 1 << 20);
  CHECK(options.allowDead.empty());
}

TEST_CASE("options: a run of 10,000 steps has an end, one of more has none") {
  auto const ofSteps = [](int messages) {
    return explore([messages](Simulation& sim) {
      auto const left = std::make_shared<int>(messages);
      sim.bus().main().on("x", [left, &sim] {
        if (--*left > 0) sim.bus().main().peer().send("x");
      });
      sim.inject("main", "x");
    });
  };
  CHECK(ofSteps(4000).ok);
  auto const endless = ofSteps(20'000);
  CHECK_FALSE(endless.ok);
  CHECK(contains(endless.failure, "10000"));
}

TEST_CASE("sentences: a message of other types is allowed by its channel, too") {
  auto const body = [](Simulation& sim) {
    sim.bus().main().on("x", [](std::string const&) {});
    sim.spawn("a", [](Renderer& ipc) { ipc.send("x", 1); });
  };
  CHECK_FALSE(explore(body).ok);
  Options options;
  options.allowDead = {"y"};
  CHECK_FALSE(explore(body, options).ok);
  options.allowDead = {"y", "x"};
  CHECK(explore(body, options).ok);
  options.allowDead = {"*"};
  CHECK(explore(body, options).ok);
}

TEST_CASE("simulation: a step of one endpoint leaves what others have got before") {
  Simulation sim;
  std::vector<std::string> log;
  auto a = sim.bus().attach("a"), b = sim.bus().attach("b");
  for (auto* const one : {&a, &b}) {
    one->on("x", [&log, one](int n) { log.push_back(one->name() + std::to_string(n)); });
  }
  for (int n = 1; n < 3; ++n) {
    a.peer().send("x", n);
    b.peer().send("x", n);
  }
  CHECK(sim.step("b"));
  CHECK(log == std::vector<std::string>{"b1"});
  CHECK(sim.pending("a") == 2);
  CHECK(sim.pending("b") == 1);
  CHECK(sim.step("b"));
  CHECK_FALSE(sim.step("b"));
  CHECK_FALSE(sim.step("nobody"));
  CHECK(sim.step("a"));
  CHECK(sim.step());
  CHECK(log == std::vector<std::string>{"b1", "b2", "a1", "a2"});
  CHECK_FALSE(sim.step());
}

TEST_CASE(
    "report: the table of a run that fails shows a watched value when it changes, and only then") {
  std::string const text = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    explore([](Simulation& sim) {
      auto const stock = std::make_shared<int>(5);
      auto const watch = sim.watch("stock", [stock] { return *stock; });
      sim.bus().main().on("take", [stock] { --*stock; });
      sim.bus().main().on("look", [] {});
      sim.always("more than three", {watch}, [stock] { return *stock > 3; });
      sim.spawn("a", [](Renderer& ipc) {
        ipc.send("look");
        ipc.send("take");
        ipc.send("look");
        ipc.send("look");
        ipc.send("take");
      });
    });
  });
  INFO(text);
  auto const count = [&](std::string const& part) {
    int n = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
    return n;
  };
  CHECK(count("stock = 4") == 1);
  CHECK(count("stock = 3") == 1);
  CHECK(count("stock = ") == 2);
}

TEST_CASE("simulation: what the test itself asks and nobody will answer is Deadlock") {
  Simulation sim;
  std::vector<tincan::Reply> kept;
  sim.bus().main().on("kept", [&](Event& event) { kept.push_back(event.defer()); });
  auto tool = sim.bus().attach("tool");
  auto silent = sim.bus().attach("silent");
  silent.on("kept", [&](Event& event) { kept.push_back(event.defer()); });
  bool const isMain = GENERATE(false, true);
  tincan::Peer const to = isMain ? tool.main() : *tool.peer("silent");
  SECTION("sendSync") {
    CHECK(test::codeOf([&] { to.sendSync<int>("kept"); }) == Errc::Deadlock);
  }
  SECTION("get") {
    auto answer = to.request<int>("kept");
    CHECK(test::codeOf([&] { answer.get(); }) == Errc::Deadlock);
    REQUIRE(kept.size() == 1);
    kept[0].set(5);
    CHECK(answer.get() == 5);
  }
  SECTION("wait") {
    auto answer = to.request<int>("kept");
    CHECK(test::codeOf([&] { answer.wait(); }) == Errc::Deadlock);
  }
  SECTION("what a body would have to do that waits itself") {
    sim.spawn("body", [&](Renderer& ipc) { ipc.sendSync<int>("kept"); });
    auto const body = *sim.bus().main().renderer("body");
    std::string const what = test::whatOf([&] { body.sendSync<int>("x"); });
    CHECK(contains(what, "'body' waits for 'main'"));
  }
}

TEST_CASE("claims: what must hold sometimes may hold at the end alone, after no delivery") {
  auto const body = [](bool isTrue) {
    return [isTrue](Simulation& sim) {
      auto const value = std::make_shared<int>(0);
      sim.spawn("a", [value](Renderer&) { *value = 1; });
      sim.sometimes("one", [value, isTrue] { return isTrue && *value == 1; });
    };
  };
  CHECK(explore(body(true)).ok);
  CHECK_FALSE(explore(body(false)).ok);
  auto const atOnce = explore([](Simulation& sim) { sim.sometimes("true", [] { return true; }); });
  CHECK(atOnce.ok);
}

TEST_CASE(
    "explore: the token of a run that failed leads there again, and so does the minimal one") {
  auto const body = [](Simulation& sim) {
    auto const seen = std::make_shared<std::string>();
    sim.bus().main().on("x", [seen, &sim](Event& event) {
      *seen += event.sender.name();
      sim.require(*seen != "cb", "not c before b");
    });
    for (char const* const name : {"a", "b", "c"}) {
      sim.spawn(name, [](Renderer& ipc) { ipc.send("x"); });
    }
  };
  auto const found = explore(body);
  REQUIRE_FALSE(found.ok);
  CHECK_FALSE(static_cast<bool>(found));
  for (std::string const& token : {found.replay, found.minimal}) {
    Options options;
    options.strategy = Options::Strategy::Replay;
    options.replay = token;
    auto const again = explore(body, options);
    CHECK_FALSE(again.ok);
    CHECK(again.failure == found.failure);
    CHECK(again.schedules == 1);
  }
}

}  // namespace options_and_tokens
