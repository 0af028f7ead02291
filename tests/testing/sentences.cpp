// tests/testing/sentences.cpp - what explore says of tests that test something else than they say
#include <tincan/testing.hpp>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "../unit/child.hpp"
#include "../unit/support.hpp"

using test::contains;
using tincan::Event;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Explored;
using tincan::testing::Options;
using tincan::testing::Simulation;

namespace sentences {
namespace {

void talk(Simulation& sim) {
  for (char const* const name : {"a", "b"}) {
    sim.spawn(name, [](Renderer& ipc) {
      ipc.send("x", 1);
      ipc.send("x", 2);
    });
  }
}

Options with(Options::Strategy strategy) {
  Options options;
  options.strategy = strategy;
  return options;
}

Options allowing(std::vector<std::string> channels) {
  Options options;
  options.allowDead = std::move(channels);
  return options;
}

/// For the time of a test.
struct Variable {
  Variable(char const* variable, char const* value) : name(variable) { ::setenv(name, value, 1); }
  Variable(Variable const&) = delete;
  Variable& operator=(Variable const&) = delete;
  ~Variable() { ::unsetenv(name); }
  char const* name;
};

}  // namespace

TEST_CASE("sentences: a message that nobody hears fails the test, unless it is allowed") {
  auto const deaf = [](Simulation& sim) {
    sim.bus().main().on("X", [](int) {});
    talk(sim);
  };
  auto const result = explore(deaf);
  CHECK_FALSE(result.ok);
  CHECK(contains(result.failure, "nobody hears a message from 'a': 'x': nobody listens at 'main'"));
  CHECK(explore(deaf, allowing({"x"})).ok);
  CHECK(explore(deaf, allowing({"*"})).ok);
  CHECK_FALSE(explore(deaf, allowing({"y"})).ok);
  Variable const variable("TINCAN_SIM_ALLOWDEAD", "y,x");
  CHECK(explore(deaf).ok);
}

TEST_CASE("sentences: a message of other types is one that nobody hears") {
  auto const result = explore([](Simulation& sim) {
    sim.bus().main().on("x", [](std::string const&) {});
    talk(sim);
  });
  CHECK_FALSE(result.ok);
  CHECK(contains(result.failure, "nobody hears a message from 'a'"));
}

TEST_CASE("sentences: who looks at dead letters, or makes them, has heard") {
  CHECK(explore([](Simulation& sim) {
          sim.bus().onDeadLetter([](tincan::DeadLetter const&) {});
          talk(sim);
        }).ok);
  CHECK(explore([](Simulation& sim) {
          sim.bus().main().on("x", [](int) {});
          (void)sim.failNext("x", tincan::Errc::NoListener);
          talk(sim);
        }).ok);
}

TEST_CASE("sentences: complete, or why not") {
  auto const body = [](Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    talk(sim);
  };
  auto const all = explore(body);
  CHECK(all.complete);
  CHECK(all.incomplete == "");
  auto const one = explore(body, with(Options::Strategy::Replay));
  CHECK(one.complete);
  CHECK_THAT(one, Explored().schedules(6));  // what the test says of all of them
  Options random = with(Options::Strategy::Random);
  random.maxSchedules = 20;
  auto const some = explore(body, random);
  CHECK_FALSE(some.complete);
  CHECK(some.incomplete == "Random draws 20 of the orders");
  CHECK(contains(Catch::StringMaker<tincan::testing::Result>::convert(some), some.incomplete));
  Options pct = with(Options::Strategy::Pct);
  pct.maxSchedules = 20;
  pct.bound = 0;
  auto const assured = explore(body, pct).incomplete;
  INFO(assured);
  CHECK(contains(assured, "Pct draws 20 of the orders; with 6 sources and "));
  CHECK(contains(assured, " a bug of depth 1 with a probability of at least 0.97"));
  Options few;
  few.maxSchedules = 3;
  CHECK(explore(body, few).incomplete == "there may be more, maxSchedules is 3");
  Options brief;
  brief.time = std::chrono::seconds(1);
  CHECK(explore(body, brief).complete);
  Options bounded = with(Options::Strategy::Bounded);
  bounded.bound = 1;
  CHECK(contains(explore(body, bounded).incomplete, "more than 1 deviations"));
}

TEST_CASE("sentences: what an earlier run has left is named, not what it leads to") {
  int sum = 0;
  auto const grows = explore([&sum](Simulation& sim) {
    sim.bus().main().on("x", [&sum, &sim](int i) {
      sum += i;
      sim.require(sum < 8, "sum stays below 8");
    });
    talk(sim);
  });
  CHECK(contains(grows.failure, "not deterministic"));
  CHECK(contains(grows.failure, "a run before"));
  int runs = 0;
  auto const once = explore([&runs](Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    sim.require(++runs != 5, "not the fifth");
    talk(sim);
  });
  CHECK(contains(once.failure, "a run before"));
  CHECK(contains(once.failure, "not the fifth"));
  runs = 0;
  auto const fromThen = explore([&runs](Simulation& sim) {
    sim.bus().main().on("x", [](int) {});
    sim.require(++runs < 5, "fewer than five");
    talk(sim);
  });
  CHECK(contains(fromThen.failure, "a run before"));
}

TEST_CASE("sentences: a bug that only another order shows is named as that") {
  auto const result = explore([](Simulation& sim) {
    auto const first = std::make_shared<std::string>();
    sim.bus().main().on("x", [first, &sim](Event& event, int) {
      if (first->empty()) *first = event.sender.name();
      sim.require(*first == "a", "a is first");
    });
    talk(sim);
  });
  CHECK(result.failure == "a is first");
}

TEST_CASE(
    "sentences: a CHECK that fails in a handler leaves the order and a token, as a REQUIRE does") {
  for (bool const throws : {false, true}) {
    std::string const text = test::inChild([&](test::Verdict const& verdict) {
      verdict.saysStderr();
      if (std::freopen("/dev/null", "w", stdout) == nullptr) return;
      auto const result = explore([throws](Simulation& sim) {
        auto const first = std::make_shared<std::string>();
        sim.bus().main().on("x", [first, throws](Event& event, int) {
          if (first->empty()) *first = event.sender.name();
          if (throws) REQUIRE(*first == "a");
          else CHECK(*first == "a");
          CHECK(true);
        });
        talk(sim);
      });
      verdict.say(result.ok ? "passes" : result.failure);
    });
    INFO(text);
    CHECK(contains(text, "fails: an assertion of the test fails"));
    CHECK(contains(text, "1     b: x 1\n"));
    CHECK(contains(text, "TINCAN_SIM_REPLAY='"));
    if (!throws) CHECK(contains(text, "CHECK( *first == \"a\" )"));
  }
}

TEST_CASE("sentences: who waits for whom in a deadlock has rows of the table") {
  std::string const text = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    explore([](Simulation& sim) {
      for (char const* const name : {"a", "b"}) {
        sim.spawn(name,
                  [name](Renderer& ipc) { ipc.peer(*name == 'a' ? "b" : "a")->sendSync("ask"); });
      }
    });
  });
  INFO(text);
  CHECK(contains(text, "! waits for 'b' (sendSync 'ask')"));
  CHECK(contains(text, "! would wait for 'a': Deadlock"));
}

TEST_CASE("sentences: code that calls the bus again and again has no end") {
  Options options;
  options.maxSteps = 100;
  bool const isHandler = GENERATE(false, true);
  auto const result = explore(
      [isHandler](Simulation& sim) {
        sim.bus().main().on("x", [] {});
        auto const sends = [](Renderer& ipc) {
          while (true) ipc.send("x");
        };
        sim.spawn("a", [isHandler, sends](Renderer& ipc) {
          ipc.on("begin", [&] { sends(ipc); });
          ipc.peer().send("begin");
          if (!isHandler) sends(ipc);
          ipc.run();
        });
      },
      options);
  CHECK(contains(result.failure, "there is no end: after 100 steps"));
}

TEST_CASE(
    "sentences: the table shows what fails in the midst of a handler, and what is no message") {
  std::string const text = test::inChild([](test::Verdict const& verdict) {
    verdict.saysStderr();
    explore([](Simulation& sim) {
      auto const count = std::make_shared<int>(0);
      sim.bus().main().on("x", [&sim, count] { sim.require(*count != 2, "less than two"); });
      sim.spawn("a", [count](Renderer& ipc) {
        ipc.after(std::chrono::seconds(1), [count, &ipc] {
          ++*count;
          ipc.send("x");
        });
        ipc.post([count] { ++*count; });
        ipc.run();
      });
    });
  });
  INFO(text);
  CHECK(contains(text, "a: x"));
  CHECK(contains(text, "! a timer goes on"));
  CHECK(contains(text, "! runs a posted function"));
}

TEST_CASE("sentences: where no run by itself has failed there is no token") {
  auto const result = explore([](Simulation& sim) {
    talk(sim);
    sim.bus().main().on("x", [](int) {});
    sim.sometimes("rain", [] { return false; });
  });
  CHECK(contains(result.failure, "never sometimes: rain"));
  CHECK(result.replay.empty());
  CHECK(result.minimal.empty());
}

}  // namespace sentences
