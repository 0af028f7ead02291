// Every outcome once: against brute force, and where the number is known.
#include <catch.hpp>
#include <cstdlib>
#include <string>

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

/// Programs with at most so many steps, but with more than one outcome.
void compareRandom(int spices, std::size_t steps, bool once = true) {
  char const* const more = std::getenv("TINCAN_SEARCH_PROGRAMS");
  unsigned const programs = more != nullptr ? static_cast<unsigned>(std::stoul(more)) : 200;
  std::uint64_t schedules = 0, givenUp = 0;
  unsigned compared = 0;
  for (unsigned seed = 1; compared < programs; ++seed) {
    Program const program = randomProgram(seed, spices);
    std::set<Outcome> expected;
    if (!bruteForce(Run{program}, steps, expected) || expected.size() < 2) continue;
    ++compared;
    Explored const explored = explore(program);
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
  if (more != nullptr) {
    WARN(compared << " programs, " << schedules << " schedules, " << givenUp << " given up");
  }
}

}  // namespace

TEST_CASE("search: renderers that race to main have the known numbers of outcomes") {
  CHECK(explore(renderers(3, 3)).schedules == 1680);
  CHECK(explore(renderers(4, 2)).schedules == 2520);
}

TEST_CASE("search: pairs that never meet have one outcome") {
  Explored const explored = explore(pairs(4, 4));
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
  program.touches = {{}, {}, {{0, 2}}, {}, {{0, 1}}};
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
