// tests/testing/search_goes_on.cpp - a search goes on from a text, and others make parts of it
#include <tincan/testing/detail/search/search.hpp>

#include <catch.hpp>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "program.hpp"

using namespace program;
using tincan::testing::detail::CheckpointReader;
using tincan::testing::detail::CheckpointWriter;
using tincan::testing::detail::Helpers;
using tincan::testing::detail::Subtree;

namespace {

/// The runs of a search from the one that comes next, at most that many, each with what came of it; and where the search
/// is then, if it has not come to its end.
struct SomeRuns {
  std::vector<std::string> tokens;
  std::string text;
};
SomeRuns someRuns(Program const& program, ScheduleSearch& search, std::size_t most) {
  SomeRuns runs;
  while (search.next()) {
    if (runs.tokens.size() == most) {
      CheckpointWriter writer;
      REQUIRE(search.save(writer));
      runs.text = writer.text();
      return runs;
    }
    bool const isWhole = runOnce(program, search).has_value();
    runs.tokens.push_back(search.token() + (isWhole ? "" : " given up"));
    if (isWhole) search.finish(false);
  }
  return runs;
}

/// Makes parts when it is asked for them, or does not.
class MakesParts final : public Helpers {
 public:
  MakesParts(Program const& program, std::uint32_t seed) : program_(program), random_(seed) {}

  bool areWaiting() const noexcept override { return ++asked_ % 3 != 0; }
  void offer(std::shared_ptr<Subtree>) override { ++offered; }
  bool await(Subtree& part) override {
    if (random_() % 8 == 0) return false;
    MakesParts others(program_, static_cast<std::uint32_t>(random_()));
    Options options;
    options.maxSchedules = part.most;
    ScheduleSearch search{options};
    search.make(part);
    search.shareWith(others);
    while (search.next()) {
      if (runOnce(program_, search).has_value()) search.finish(false);
    }
    search.conclude(part);
    return true;
  }
  void take(Subtree const&) override { ++taken; }

  unsigned offered = 0, taken = 0;

 private:
  Program const& program_;
  std::minstd_rand random_;
  mutable unsigned asked_ = 0;
};

}  // namespace

TEST_CASE("search: it goes on from its text with the very runs that were to come") {
  for (std::uint32_t seed = 1; seed <= 120; ++seed) {
    Program const program = randomProgram(seed, static_cast<int>(seed % 8));
    for (auto const strategy :
         {Options::Strategy::Exhaustive, Options::Strategy::Random, Options::Strategy::Pct}) {
      Options options;
      options.strategy = strategy;
      options.maxSchedules = 150;
      INFO("seed " << seed << ", strategy " << static_cast<int>(strategy));
      ScheduleSearch whole{options};
      auto const all = someRuns(program, whole, 1000).tokens;
      std::vector<std::string> inParts;
      std::string text;
      for (std::size_t most = 1;; most = most * 2 % 31 + 1) {
        ScheduleSearch search{options};
        if (!text.empty()) {
          CheckpointReader reader(text);
          search.load(reader);
        }
        auto const some = someRuns(program, search, most);
        inParts.insert(inParts.end(), some.tokens.begin(), some.tokens.end());
        text = some.text;
        if (!text.empty()) continue;
        CHECK(search.schedules() == whole.schedules());
        CHECK(search.givenUp() == whole.givenUp());
        CHECK(search.complete() == whole.complete());
        break;
      }
      REQUIRE(inParts == all);
    }
  }
}

TEST_CASE("search: what others make of it changes nothing") {
  unsigned taken = 0;
  for (std::uint32_t seed = 1; seed <= 80; ++seed) {
    Program const program = randomProgram(seed, static_cast<int>(seed % 8));
    Options options;
    options.maxSchedules = 300;
    auto const alone = explore(program, options);
    MakesParts others(program, seed);
    ScheduleSearch search{options};
    search.shareWith(others);
    while (search.next()) {
      if (runOnce(program, search).has_value()) search.finish(false);
    }
    INFO("seed " << seed);
    REQUIRE(search.schedules() == alone.schedules);
    REQUIRE(search.givenUp() == alone.givenUp);
    REQUIRE(search.complete() == alone.complete);
    taken += others.taken;
  }
  CHECK(taken > 20);
}

TEST_CASE("search: a text that is none, or is cut off, is an error") {
  Program const program = randomProgram(5, Accesses);
  ScheduleSearch search{Options{}};
  std::string const text = someRuns(program, search, 3).text;
  REQUIRE_FALSE(text.empty());
  for (std::size_t size = 0; size < text.size(); size += 7) {
    ScheduleSearch other{Options{}};
    CheckpointReader reader(text.substr(0, size));
    REQUIRE_THROWS_AS(other.load(reader), std::invalid_argument);
  }
}
