// tests/testing/search_exhaustive.cpp - every outcome once, as brute force and known numbers say
#include <catch.hpp>
#include <string>

#include "amounts.hpp"
#include "outbox_model.hpp"
#include "program.hpp"

using namespace program;

namespace {

/// Renderers that send to main, which replies.
Program renderers(std::uint32_t count, std::uint32_t messages) {
  Program program;
  program.endpoints = count + 1;
  program.first.resize(program.endpoints);
  program.on.resize(program.endpoints + 1);
  for (std::uint32_t i = 1; i <= count; ++i) {
    program.first[i].assign(messages, {0, i});
    program.on[i] = {{{i, count + 1}}};
  }
  return program;
}

/// 0 sends to 1, 2 sends to 3, ...
Program pairs(std::uint32_t count, std::uint32_t messages) {
  Program program;
  program.endpoints = 2 * count;
  program.first.resize(program.endpoints);
  program.on.resize(1);
  for (std::uint32_t i = 0; i < count; ++i) program.first[2 * i].assign(messages, {2 * i + 1, 0});
  return program;
}

/// Endpoints 0, 1 ask main (2), which asks the worker (3), which answers to main, which answers to
/// who asked; so many times each, at once or each time after the answer.
Program pipeline(std::uint32_t times, bool atOnce) {
  Program program;
  program.endpoints = 4;
  program.first.resize(4);
  program.on.resize(8);
  for (std::uint32_t i = 0; i < 2; ++i) {
    program.first[i].assign(atOnce ? times : 1, {2, i});
    program.on[i] = {{{3, 2 + i}}};
    program.on[2 + i] = {{{2, 4 + i}}};
    program.on[4 + i] = {{{i, 6 + i}}};
    if (!atOnce) {
      program.on[6 + i].assign(times, {{2, i}});
      program.on[6 + i].back().clear();
    }
  }
  return program;
}

/// Programs with at most so many steps, but with more than one outcome.
void compareRandom(int spices, std::size_t steps, bool once = true) {
  auto const more = amounts::programs();
  unsigned const programs = more.value_or(200);
  std::uint64_t schedules = 0, givenUp = 0;
  unsigned compared = 0;
  for (unsigned seed = 1; compared < programs; ++seed) {
    Program const program = randomProgram(seed, spices);
    std::set<Outcome> expected;
    if (!bruteForce(Run{program}, steps, expected) || expected.size() < 2) continue;
    ++compared;
    ProgramRuns const explored = explore(program);
    INFO("seed " << seed);
    REQUIRE(explored.complete);
    REQUIRE((explored.different() == expected));
    if (once) REQUIRE(explored.schedules == expected.size());
    REQUIRE(explored.schedules == explored.outcomes.size());
    schedules += explored.schedules;
    givenUp += explored.givenUp;
  }
  INFO(compared << " programs, " << schedules << " schedules, " << givenUp << " given up");
  CHECK(givenUp * 5 < schedules);
  if (more.has_value()) {
    WARN(compared << " programs, " << schedules << " schedules, " << givenUp << " given up");
  }
}

}  // namespace

TEST_CASE("search: renderers that race to main have the known numbers of outcomes") {
  CHECK(explore(renderers(3, 3)).schedules == 1680);
  CHECK(explore(renderers(4, 2)).schedules == 2520);
}

// Main sees the requests in any order and, among them, as many answers in that order: with 2n of
// them (2n over n) times the Catalan number of 2n.
TEST_CASE("search: a pipeline has the known numbers of outcomes") {
  CHECK(explore(pipeline(1, true)).schedules == 2 * 2);
  CHECK(explore(pipeline(2, true)).schedules == 6 * 14);
  CHECK(explore(pipeline(3, true)).schedules == 20 * 132);
  CHECK(explore(pipeline(2, false)).schedules == 28);
  for (Program const& program : {pipeline(1, true), pipeline(2, true), pipeline(2, false)}) {
    ProgramRuns const explored = explore(program);
    CHECK(explored.different().size() == explored.schedules);
    CHECK((explored.different() == outboxOutcomes(program)));
  }
  std::set<Outcome> expected;
  REQUIRE(bruteForce(Run{pipeline(1, true)}, 8, expected));
  CHECK((explore(pipeline(1, true)).different() == expected));
}

TEST_CASE("search: pairs that never meet have one outcome") {
  ProgramRuns const explored = explore(pairs(4, 4));
  CHECK(explored.schedules == 1);
  CHECK(explored.givenUp == 0);
  CHECK(explored.complete);
}

// The step that is lost slept: alone it was seen. But 1's write came only later.
TEST_CASE("search: a lost step is missed by nobody who could have come before it") {
  Program program;
  program.endpoints = 3;
  program.mortals = {2};
  program.first = {{{2, 2}}, {{0, 1}}, {}};
  program.on = {{}, {{{2, 3}, {1, 4}}}, {}, {}, {}};
  program.touches = {{}, {}, {{0, AccessKind::Adds}}, {}, {{0, AccessKind::Writes}}};
  std::set<Outcome> expected;
  REQUIRE(bruteForce(Run{program}, 8, expected));
  CHECK((explore(program).different() == expected));
}

TEST_CASE("search: random programs have each outcome of brute force exactly once") {
  compareRandom(Plain, 8);
}

TEST_CASE("search: random programs that share objects have each outcome exactly once") {
  compareRandom(Accesses, 7);
}

TEST_CASE("search: random programs with data choices have each outcome exactly once") {
  compareRandom(Choices, 6);
}

TEST_CASE("search: random programs with a crash have each outcome exactly once") {
  compareRandom(Crashes, 7);
}

TEST_CASE("search: what a crash takes away may have met others later") {
  compareRandom(Accesses | Crashes, 6);
}

// A step that slept wakes up with all its values, also those that touch nothing.
TEST_CASE("search: choices that touch objects miss no outcome, but may reach one twice") {
  compareRandom(Accesses | Choices | Crashes, 6, false);
}
