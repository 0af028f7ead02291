// tests/testing/search_pct.cpp - priorities that change at random, against steps that are drawn each by itself
#include <catch.hpp>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "program.hpp"

namespace priorities {

using namespace program;

using Strategy = Options::Strategy;

/// Endpoint 2 sends many messages to endpoint 0, and endpoint 1 a few, which the usual order has first. The bug: these
/// come so far from each other that so many of the many are before each of them. With as many depths, one needs
/// depth - 1 places in the midst of the many, or, with depth 1, the end of them.
class FarApart {
 public:
  FarApart(std::uint32_t depth, std::uint32_t distance) : distance_(distance) {
    std::uint32_t const few = depth == 1 ? 1 : depth - 1;
    program_.endpoints = 3;
    program_.first.resize(3);
    program_.on.resize(2);
    program_.first[1].assign(few, {0, 0});
    program_.first[2].assign(depth * distance, {0, 1});
  }

  /// The number of the schedule that shows the bug; 0: none did.
  std::uint64_t foundBy(Options const& options) const {
    ScheduleSearch search{options};
    while (search.next()) {
      bool const isFound = isBug(*runOnce(program_, search));
      search.finish(isFound);
      if (isFound) return search.schedules();
    }
    return 0;
  }

  std::string assurance(Options const& options) const {
    ScheduleSearch search{options};
    while (search.next()) {
      runOnce(program_, search);
      search.finish(false);
    }
    return search.assurance();
  }

 private:
  bool isBug(Outcome const& outcome) const {
    std::uint32_t before = 0, seen = 0;
    for (std::uint32_t const got : outcome[0]) {
      bool const isOfTheMany = (got & 0xffffu) == 1;
      if (isOfTheMany) ++before;
      else if (before != ++seen * distance_) return false;
    }
    return true;
  }

  std::uint32_t distance_;
  Program program_;
};

Options with(Strategy strategy, std::uint32_t depth, std::uint64_t seed, std::uint64_t schedules) {
  Options options;
  options.strategy = strategy;
  options.bound = strategy == Strategy::Pct ? depth - 1 : 3;
  options.seed = seed;
  options.maxSchedules = schedules;
  return options;
}

/// In how many of ten seeds.
int seedsThatFind(Strategy strategy, std::uint32_t depth, std::uint32_t distance,
                  std::uint64_t schedules) {
  FarApart const program(depth, distance);
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    if (program.foundBy(with(strategy, depth, seed, schedules)) != 0) ++found;
  }
  return found;
}

TEST_CASE("search: priorities find one pair of steps at any distance") {
  CHECK(seedsThatFind(Strategy::Pct, 1, 40, 300) == 10);
  CHECK(seedsThatFind(Strategy::Random, 1, 40, 300) == 0);
  CHECK(seedsThatFind(Strategy::Bounded, 1, 40, 300) == 0);
}

TEST_CASE("search: priorities that change find a place in the midst") {
  CHECK(seedsThatFind(Strategy::Pct, 2, 20, 3000) == 10);
  CHECK(seedsThatFind(Strategy::Random, 2, 20, 3000) <= 1);  // 30,000 runs with 1 / 2^21 each
}

TEST_CASE("search: one seed draws the same priorities again, another one others") {
  FarApart const program(2, 10);
  auto const found = [&](std::uint64_t seed) {
    return program.foundBy(with(Strategy::Pct, 2, seed, 3000));
  };
  CHECK(found(1) == found(1));
  CHECK((found(1) != found(2) || found(2) != found(3)));
}

TEST_CASE("search: what priorities are worth is said, and holds") {
  FarApart const program(2, 10);  // two sources, 21 steps
  CHECK(program.assurance(with(Strategy::Pct, 2, 1, 100)) ==
        "with 2 sources and 21 steps Pct finds a bug of depth 1 with a probability of "
        "at least 0.999, of depth 2 with a probability of at least 0.907");
  // Of runs that may change at any step, each finds it with 1 / 42 or more.
  constexpr std::uint64_t runs = 42;
  int found = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    if (program.foundBy(with(Strategy::Pct, 2, seed, runs + 1)) != 0) ++found;
  }
  CHECK(found >= 126);  // of 200 with 1 - (41 / 42)^42, which is 0.637
}

TEST_CASE("search: priorities without changes have one order for each order of the sources") {
  Program program;
  program.endpoints = 4;
  program.first.resize(4);
  program.on.resize(1);
  for (std::uint32_t i = 1; i < 4; ++i) program.first[i].assign(5, {0, 0});
  CHECK(explore(program, with(Strategy::Pct, 1, 1, 200)).different().size() == 6);
}

TEST_CASE("search: priorities may change where only one step is possible") {
  Program program;
  program.endpoints = 2;
  program.first.resize(2);
  program.on.resize(1);
  program.first[1].assign(3, {0, 0});  // one after the other
  CHECK(explore(program, with(Strategy::Pct, 3, 1, 50)).different().size() == 1);
}

TEST_CASE("search: priorities against others, by depth and distance", "[.table]") {
  constexpr std::uint64_t schedules = 300;
  std::printf("found within %llu schedules, of 10 seeds\ndepth distance  Pct Random Bounded\n",
              static_cast<unsigned long long>(schedules));
  for (std::uint32_t depth = 1; depth <= 3; ++depth) {
    for (std::uint32_t const distance : {5u, 10u, 20u, 40u}) {
      int const pct = seedsThatFind(Strategy::Pct, depth, distance, schedules);
      int const random = seedsThatFind(Strategy::Random, depth, distance, schedules);
      int const bounded = seedsThatFind(Strategy::Bounded, depth, distance, schedules);
      std::printf("%5u %8u %4d %6d %7d\n", depth, distance, pct, random, bounded);
      CHECK((depth > 1 || pct == 10));
    }
  }
}

}  // namespace priorities
