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

void compareRandom(bool accesses, std::size_t messages) {
  char const* const more = std::getenv("TINCAN_SEARCH_PROGRAMS");
  unsigned const programs = more != nullptr ? static_cast<unsigned>(std::stoul(more)) : 200;
  std::uint64_t schedules = 0, givenUp = 0;
  unsigned compared = 0;
  for (unsigned seed = 1; compared < programs; ++seed) {
    Program const program = randomProgram(seed, accesses);
    std::set<Outcome> expected;
    if (!bruteForce(Run{program}, messages, expected) || expected.size() < 2) continue;
    ++compared;
    Explored const explored = explore(program);
    INFO("seed " << seed);
    REQUIRE(explored.complete);
    REQUIRE(std::set<Outcome>(explored.outcomes.begin(), explored.outcomes.end()) == expected);
    REQUIRE(explored.schedules == expected.size());
    schedules += explored.schedules;
    givenUp += explored.givenUp;
  }
  WARN(compared << " programs, " << schedules << " schedules, " << givenUp << " given up");
  CHECK(givenUp * 5 < schedules);
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

TEST_CASE("search: random programs have each outcome of brute force exactly once") {
  compareRandom(false, 8);
}

TEST_CASE("search: random programs that share objects have each outcome exactly once") {
  compareRandom(true, 6);
}
