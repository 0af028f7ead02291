// tests/testing/search_tokens.cpp - tokens, options, and the way to the shortest token
#include <catch.hpp>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <vector>

#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/search/minimise.hpp>
#include <tincan/testing/detail/search/token.hpp>

#include "program.hpp"

using tincan::testing::Options;
using tincan::testing::detail::Environment;
using tincan::testing::detail::minimise;
using tincan::testing::detail::ScheduleSearch;
using tincan::testing::detail::ScheduleTokenParser;
using tincan::testing::detail::Step;
using tincan::testing::detail::toScheduleToken;

TEST_CASE("token: what is printed is read again") {
  for (std::string const token :
       {"-", "3:1", "3:1,7:2", "c2:1", "0:1,10:3,c0:18446744073709551615"}) {
    CHECK(toScheduleToken(ScheduleTokenParser::parse(token)) == token);
  }
  CHECK(toScheduleToken(ScheduleTokenParser::parse("")) == "-");
  CHECK(toScheduleToken(ScheduleTokenParser::parse("c1:1,7:2,3:1")) == "3:1,7:2,c1:1");
}

TEST_CASE("token: what cannot be read is shown") {
  for (std::string const token : {"3", "3:", ":1", "a:1", "3:1,", ",3:1", "3:1;4:1", "3:-1", "c:1",
                                  "3: 1", "99999999999999999999:1", "3:1,3:2", "--"}) {
    INFO(token);
    CHECK_THROWS_AS(ScheduleTokenParser::parse(token), std::invalid_argument);
  }
  CHECK_THROWS_WITH(ScheduleTokenParser::parse("3:1,x:2"),
                    "The replay token '3:1,x:2' cannot be read: 'x' is not a number.");
  Options options;
  options.strategy = Options::Strategy::Replay;
  options.replay = "nonsense";
  CHECK_THROWS_AS(ScheduleSearch{options}, std::invalid_argument);
}

// ---- the environment ----------------------------------------------------------------------------

namespace {

class Variable {
 public:
  Variable(std::string name, std::string const& value) : name_("TINCAN_SIM_" + name) {
    ::setenv(name_.c_str(), value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_.c_str()); }
  Variable(Variable const&) = delete;
  Variable& operator=(Variable const&) = delete;

 private:
  std::string name_;
};

}  // namespace

TEST_CASE("environment: without variables the options stay") {
  Options options;
  options.bound = 5;
  options = Environment::override(options);
  CHECK(options.bound == 5);
  CHECK(options.strategy == Options::Strategy::Exhaustive);
}

TEST_CASE("environment: each field has its variable") {
  Variable const strategy{"STRATEGY", "Random"}, seed{"SEED", "42"}, crashes{"CRASHES", "1"};
  Variable const schedules{"MAXSCHEDULES", "7"}, steps{"MAX_STEPS", "8"}, bound{"BOUND", "9"};
  Variable const timeouts{"TIMEOUTS", "2"}, cores{"CORES", "3"}, time{"TIME", "60"};
  Variable const checkpoint{"CHECKPOINT", "a file"}, stack{"STACK", "65536"};
  Variable const allowDead{"ALLOWDEAD", "x,y"};
  Options const options = Environment::override({});
  CHECK(options.strategy == Options::Strategy::Random);
  CHECK(options.seed == 42);
  CHECK(options.maxSchedules == 7);
  CHECK(options.maxSteps == 8);
  CHECK(options.bound == 9);
  CHECK(options.crashes == 1);
  CHECK(options.timeouts == 2);
  CHECK(options.cores == 3);
  CHECK(options.time == std::chrono::seconds(60));
  CHECK(options.checkpoint == "a file");
  CHECK(options.stack == 65536);
  CHECK(options.allowDead == std::vector<std::string>{"x", "y"});
}

TEST_CASE("environment: a token means a replay") {
  Variable const replay{"REPLAY", "3:1"};
  Options const options = Environment::override({});
  CHECK(options.strategy == Options::Strategy::Replay);
  CHECK(options.replay == "3:1");
}

TEST_CASE("environment: a token leaves the checkpoint alone, wherever that is named") {
  Options options;
  options.checkpoint = "a file";
  Variable const replay{"REPLAY", "3:1"};
  CHECK(Environment::override(options).checkpoint.empty());
  {
    Variable const strategy{"STRATEGY", "Random"};  // the token says nothing then
    CHECK(Environment::override(options).checkpoint == "a file");
  }
  Variable const checkpoint{"CHECKPOINT", "another file"};
  CHECK(Environment::override({}).checkpoint.empty());
}

TEST_CASE("environment: a token among the options means a replay, too") {
  Options options;
  options.replay = "3:1";
  CHECK(Environment::override(options).strategy == Options::Strategy::Replay);
  options.strategy = Options::Strategy::Random;
  CHECK(Environment::override(options).strategy == Options::Strategy::Random);
}

TEST_CASE("environment: a bad value is an error that names it") {
  {
    Variable const strategy{"STRATEGY", "lucky"};
    CHECK_THROWS_WITH(Environment::override({}),
                      "The environment variable TINCAN_SIM_STRATEGY is 'lucky', expected one of "
                      "Exhaustive, Bounded, Random, Pct, Replay.");
  }
  for (std::string const value : {"many", "-1", "3 ", "4294967296"}) {
    Variable const bound{"BOUND", value};
    CHECK_THROWS_WITH(Environment::override({}), "The environment variable TINCAN_SIM_BOUND is '" +
                                                     value +
                                                     "', expected a number from 0 to 4294967295.");
  }
}

// ---- minimisation -------------------------------------------------------------------------------

namespace {

/// A run of 12 steps, 3 possible at each; it fails if the step at each of these places was not the
/// usual one.
struct FailsAt {
  std::vector<std::size_t> places;
  int runs = 0;

  bool operator()(ScheduleSearch& search) {
    ++runs;
    std::vector<Step> const enabled{{0, 0}, {1, 1}, {2, 2}};
    std::vector<std::size_t> path;
    for (int step = 0; step < 12; ++step) {
      path.push_back(*search.pick(enabled));
      search.record({}, {});
    }
    bool const failed = std::all_of(places.begin(), places.end(),
                                    [&](std::size_t place) { return path[place] != 0; });
    search.finish(failed);
    return failed;
  }
};

}  // namespace

TEST_CASE("minimise: a run that needs no deviation is the usual one") {
  CHECK(minimise("1:1,2:2,3:1", FailsAt{}) == "-");
  CHECK(minimise("-", FailsAt{}) == "-");
}

TEST_CASE("minimise: what few deviations do is found without the others") {
  CHECK(minimise("0:1,1:2,5:1,9:1,11:1", FailsAt{{5}}) == "5:1");
  CHECK(minimise("0:1,1:2,5:2,9:1,11:1", FailsAt{{1, 9}}) == "1:1,9:1");
}

TEST_CASE("minimise: of many deviations those that are needed stay") {
  CHECK(minimise("0:1,1:2,2:1,3:1,5:2,9:1,10:2,11:1", FailsAt{{1, 3, 5, 10}}) ==
        "1:2,3:1,5:2,10:2");
}

TEST_CASE("minimise: deviations that the run never came to are left out") {
  CHECK(minimise("0:1,1:2,2:1,3:1,400:1,500:2", FailsAt{{0, 1, 2, 3}}) == "0:1,1:2,2:1,3:1");
}

TEST_CASE("minimise: it takes as many runs as it may") {
  FailsAt program{{1, 3, 5, 10}};
  auto const counted = [&](ScheduleSearch& search) { return program(search); };
  CHECK(minimise("1:2,3:1,5:2,9:1,10:2,11:1", counted, 10) != "-");
  CHECK(program.runs <= 10);
}
