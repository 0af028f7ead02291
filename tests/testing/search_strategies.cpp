// tests/testing/search_strategies.cpp - the runs that are not exhaustive, and what all share
#include <catch.hpp>
#include <chrono>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include <tincan/testing/detail/simulate/touches.hpp>

#include "program.hpp"

using namespace program;
using Strategy = Options::Strategy;

namespace {

/// Senders with some messages each, all to endpoint 0.
Program race(std::uint32_t senders, std::uint32_t messages) {
  Program program;
  program.endpoints = senders + 1;
  program.first.resize(program.endpoints);
  program.on.resize(1);
  for (std::uint32_t i = 1; i <= senders; ++i) program.first[i].assign(messages, {0, 0});
  return program;
}

std::set<Outcome> all(Program const& program) {
  std::set<Outcome> outcomes;
  bruteForce(Run{program}, 20, outcomes);
  return outcomes;
}

Options with(Strategy strategy) {
  Options options;
  options.strategy = strategy;
  return options;
}

Options bounded(unsigned bound) {
  Options options = with(Strategy::Bounded);
  options.bound = bound;
  return options;
}

std::optional<Outcome> replay(Program const& program, std::string const& token) {
  Options options = with(Strategy::Replay);
  options.replay = token;
  ScheduleSearch search{options};
  REQUIRE(search.next());
  auto outcome = runOnce(program, search);
  search.finish(false);
  CHECK(search.fits());
  CHECK_FALSE(search.next());
  return outcome;
}

}  // namespace

TEST_CASE("search: without deviations there is the usual run alone") {
  ProgramRuns const explored = explore(race(3, 2), bounded(0));
  CHECK(explored.schedules == 1);
  CHECK_FALSE(explored.complete);
}

TEST_CASE("search: more deviations reach more outcomes, enough of them all") {
  Program const program = race(2, 3);  // 20 outcomes
  std::uint64_t before = 0;
  for (unsigned bound = 0; bound < 4; ++bound) {
    ProgramRuns const explored = explore(program, bounded(bound));
    CHECK(explored.schedules > before);
    CHECK(explored.different().size() == explored.schedules);
    before = explored.schedules;
  }
  ProgramRuns const explored = explore(program, bounded(5));
  CHECK((explored.different() == all(program)));
  CHECK(explored.schedules == 20);
  CHECK(explored.complete);
}

TEST_CASE("search: bounded runs recognise the outcomes that they have seen") {
  for (unsigned seed = 1, compared = 0; compared < 60; ++seed) {
    Program const program = randomProgram(seed, static_cast<int>(seed % 8));
    std::set<Outcome> expected;
    if (!bruteForce(Run{program}, 6, expected)) continue;
    ++compared;
    INFO("seed " << seed);
    ProgramRuns const explored = explore(program, bounded(20));
    REQUIRE(explored.complete);
    REQUIRE((explored.different() == expected));
    REQUIRE(explored.schedules == expected.size());
  }
}

TEST_CASE("search: bounded runs deviate only where that matters") {
  Program answered = race(3, 3);  // with an answer to each message
  answered.on.resize(5);
  for (std::uint32_t i = 1; i < 4; ++i) {
    answered.first[i].assign(3, {0, i});
    answered.on[i] = {{{i, 4}}};
  }
  ScheduleSearch search{bounded(3)};
  std::uint64_t runs = 0;
  while (search.next()) {
    ++runs;
    runOnce(answered, search);
    search.finish(false);
  }
  CHECK(search.schedules() == 220);
  CHECK(runs == 220);  // 7,620 if each step could deviate
}

TEST_CASE("search: bounded runs come with the fewest deviations first") {
  ScheduleSearch search{bounded(3)};
  std::size_t deviations = 0;
  while (search.next()) {
    runOnce(race(3, 2), search);
    search.finish(false);
    std::size_t const now =
        tincan::testing::detail::ScheduleTokenParser::parse(search.token()).size();
    REQUIRE(now >= deviations);
    deviations = now;
  }
  CHECK(deviations == 3);
}

TEST_CASE("search: no strategy has more schedules than it may") {
  for (Strategy const strategy : {Strategy::Exhaustive, Strategy::Bounded, Strategy::Random}) {
    Options options = with(strategy);
    options.maxSchedules = 7;
    ProgramRuns const explored = explore(race(3, 3), options);
    CHECK(explored.schedules == 7);
    CHECK_FALSE(explored.complete);
  }
}

TEST_CASE("search: no run begins when the time is over, but the first") {
  Options options = with(Strategy::Random);
  options.maxSchedules = ~std::uint64_t{0};
  options.time = std::chrono::seconds(1);
  ScheduleSearch search{options};
  while (search.next()) {
    runOnce(race(3, 3), search);
    search.finish(false);
  }
  CHECK(search.isLate());
  CHECK(search.schedules() > 0);
  CHECK_FALSE(search.complete());
}

TEST_CASE("search: how far it is") {
  using tincan::testing::detail::SearchTime;
  ScheduleSearch search{Options{}};
  double share = 0;
  while (search.next()) {
    runOnce(race(2, 3), search);
    search.finish(false);
    share = search.share();
    CHECK((share >= 0 && share < 1));
    if (search.schedules() == 10) CHECK((share > 0.2 && share < 0.8));
  }
  CHECK(search.schedules() == 20);
  CHECK(share > 0.8);
  CHECK(SearchTime::sentence(1000, 0.25, 20) ==
        "tincan: 1000 schedules in 20 s, 25 % of those known so far, about 61 s more\n");
  CHECK(SearchTime::sentence(1000, 0, 20) == "tincan: 1000 schedules in 20 s\n");
}

TEST_CASE("search: one seed draws the same runs again, another one others") {
  Options options = with(Strategy::Random);
  options.maxSchedules = 20;
  auto const first = explore(race(4, 4), options).outcomes;
  CHECK((explore(race(4, 4), options).outcomes == first));
  options.seed = 2;
  CHECK((explore(race(4, 4), options).outcomes != first));
}

TEST_CASE("search: random runs reach every outcome of a small program") {
  Options options = with(Strategy::Random);
  options.maxSchedules = 1000;
  CHECK((explore(race(2, 2), options).different() == all(race(2, 2))));
}

TEST_CASE("search: every run is repeated by its token") {
  for (Strategy const strategy : {Strategy::Exhaustive, Strategy::Bounded, Strategy::Random}) {
    for (unsigned seed = 1; seed < 6; ++seed) {
      Program const program = randomProgram(seed, Accesses | Choices | Crashes);
      Options options = with(strategy);
      options.maxSchedules = 50;
      ScheduleSearch search{options};
      while (search.next()) {
        auto const outcome = runOnce(program, search);
        if (!outcome) continue;
        search.finish(false);
        INFO("seed " << seed << ", token " << search.token());
        REQUIRE((replay(program, search.token()) == outcome));
      }
    }
  }
}

TEST_CASE("search: a token that tells of something else is noticed") {
  for (std::string const token : {"0:7", "99:1", "c0:1"}) {
    Options options = with(Strategy::Replay);
    options.replay = token;
    ScheduleSearch search{options};
    REQUIRE(search.next());
    CHECK(runOnce(race(2, 2), search));
    search.finish(false);
    INFO(token);
    CHECK_FALSE(search.fits());
    CHECK(search.token() == "-");
  }
}

TEST_CASE("search: all values of a data choice come, before and inside steps") {
  ScheduleSearch search{Options{}};
  std::set<std::vector<std::uint64_t>> seen;
  Step const only{0, 0};
  while (search.next()) {
    std::vector<std::uint64_t> values{search.choose(3)};
    search.record({}, {});
    for (int step = 0; step < 2; ++step) {
      REQUIRE(search.pick({&only, 1}) == 0u);
      values.push_back(search.choose(1 + values[0]));
      search.record({}, {});
    }
    search.finish(false);
    CHECK(seen.insert(values).second);
  }
  CHECK(search.schedules() == 1 + 4 + 9);
  CHECK(search.complete());
}

TEST_CASE("search: nothing to choose from is an error") {
  ScheduleSearch search{Options{}};
  REQUIRE(search.next());
  CHECK_THROWS_AS(search.choose(0), std::invalid_argument);
}

TEST_CASE("search: a step that is not recorded is an error") {
  ScheduleSearch search{Options{}};
  Step const only{0, 0};
  REQUIRE(search.next());
  REQUIRE(search.pick({&only, 1}));
  CHECK_THROWS_AS(search.pick({&only, 1}), std::logic_error);
}

TEST_CASE("search: a program without steps has one schedule") {
  for (Strategy const strategy : {Strategy::Exhaustive, Strategy::Bounded, Strategy::Replay}) {
    ScheduleSearch search{with(strategy)};
    REQUIRE(search.next());
    search.finish(false);
    CHECK_FALSE(search.next());
    CHECK(search.schedules() == 1);
  }
}

TEST_CASE("search: a failed run may have hidden others") {
  Program const program = race(2, 1);
  ScheduleSearch search{Options{}};
  while (search.next()) {
    Run run{program};
    search.record({}, run.sent());
    REQUIRE(search.pick(run.enabled()));
    search.finish(true);
  }
  CHECK_FALSE(search.complete());
}

TEST_CASE("search: a step that another one made impossible comes first once") {
  // Endpoint 0 has a message, endpoint 1 ends everything. Nothing tells of a conflict.
  ScheduleSearch search{Options{}};
  std::set<std::vector<Source>> seen;
  while (search.next()) {
    std::vector<Step> enabled{{1, 1}, {0, 0}};
    std::vector<Source> order;
    search.record({}, std::vector<Source>{0, 1});
    while (!enabled.empty()) {
      auto const index = search.pick(enabled);
      if (!index) break;
      order.push_back(enabled[*index].source);
      enabled.erase(enabled.begin() + static_cast<std::ptrdiff_t>(*index));
      if (order.back() == 1) enabled.clear();
      search.record(
          std::vector<Access>{{9, order.back() == 1 ? AccessKind::Writes : AccessKind::Reads}}, {});
    }
    search.finish(false);
    seen.insert(order);
  }
  CHECK(seen == std::set<std::vector<Source>>{{1}, {0, 1}});
}

TEST_CASE("search: what is forgotten of a step is also what it has made impossible") {
  using tincan::testing::detail::Touches;
  auto const schedules = [](void (*forget)(Touches&)) {
    // Two steps that commute. After them a third one of endpoint 0 is lost, which could have come before the first.
    ScheduleSearch search{Options{}};
    Touches touches;
    while (search.next()) {
      search.record({}, std::vector<Source>{0, 1});
      std::vector<Step> enabled{{0, 0}, {1, 1}};
      while (!enabled.empty()) {
        auto const index = search.pick(enabled);
        if (!index) break;
        enabled.erase(enabled.begin() + static_cast<std::ptrdiff_t>(*index));
        touches.turnOn();
        if (enabled.empty()) touches.lose({2, 0});
        forget(touches);
        touches.recordInto(search);
      }
      search.finish(false);
    }
    return search.schedules();
  };
  CHECK(schedules([](Touches&) {}) == 2);
  CHECK(schedules([](Touches& touches) { touches.clear(); }) == 1);
  CHECK(schedules([](Touches& touches) { touches.mute(); }) == 1);
}

// ---- nondeterminism -----------------------------------------------------------------------------

namespace {

/// Runs a program that is another one from the second run on; how many runs there were.
int change(ScheduleSearch& search, Program const& first, Program const& then) {
  int runs = 0;
  while (search.next()) {
    if (runOnce(runs++ == 0 ? first : then, search)) search.finish(false);
    REQUIRE(runs < 100);
  }
  return runs;
}

}  // namespace

TEST_CASE("search: a program that repeats itself differently is nondeterministic") {
  Program const first = race(2, 2);
  Program more = race(3, 2);
  Program elsewhere = race(2, 2);
  elsewhere.endpoints = 4;  // other lanes
  elsewhere.first.resize(4);
  Program shorter = race(2, 1);
  Program touching = race(2, 2);
  touching.touches = {{{1, AccessKind::Writes}}};
  Program sending = race(2, 2);
  sending.on[0] = {{{1, 1}}};
  sending.on.resize(2);
  Program choosing = race(2, 2);
  choosing.choices = {2};
  for (Program const& other : {more, elsewhere, shorter, touching, sending, choosing}) {
    ScheduleSearch search{Options{}};
    CHECK(change(search, first, other) >= 2);
    INFO(search.nondeterminism());
    CHECK(search.nondeterministic());
    CHECK(search.nondeterminism().find("at step ") != std::string::npos);
    CHECK_FALSE(search.complete());
  }
  ScheduleSearch search{Options{}};
  CHECK(change(search, choosing, first) >= 2);
  CHECK(search.nondeterminism().find("a data choice was missing") != std::string::npos);
}

TEST_CASE("search: the run that is to blame is the one that the token tells of") {
  Program touching = race(2, 2);
  touching.touches = {{{1, AccessKind::Writes}}};
  Program const steady = race(2, 2);
  ScheduleSearch search{Options{}};
  std::string last;
  for (int runs = 0; search.next(); ++runs) {
    if (runOnce(runs < 4 ? steady : touching, search)) search.finish(false);
    last = search.token();
  }
  REQUIRE(search.nondeterministic());
  CHECK(last != "-");
  CHECK(search.token() == last);
}

TEST_CASE("search: bounded runs notice when a place has other possibilities than before") {
  ScheduleSearch search{bounded(2)};
  CHECK(change(search, race(3, 1), race(2, 1)) == 2);
  CHECK(search.nondeterminism().find("2 possibilities instead of 3") != std::string::npos);
}
