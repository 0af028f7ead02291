// tincan/testing/options.hpp - what to explore and what came of it
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace tincan::inline abi0::testing {

/// Says what to explore. Each field can be overridden by an environment variable TINCAN_SIM_<FIELD>.
struct Options {
  enum class Strategy {
    Exhaustive,  ///< every outcome once
    Bounded,     ///< the fewest deviations from the usual order first, up to `bound` of them
    Random,      ///< maxSchedules runs, each step drawn with `seed`
    Pct,  ///< maxSchedules runs, by priorities drawn with `seed` that change at `bound` steps of a run
    Replay  ///< the one run that `replay` tells of
  } strategy = Strategy::Exhaustive;
  std::uint64_t seed = 1;
  std::uint64_t maxSchedules = 100'000;
  std::uint64_t maxSteps = 10'000;  ///< of one run
  /// No new run begins after so much time; 0: there is time for all.
  std::chrono::seconds time{0};
  unsigned bound = 3;
  /// How many threads search at the same time, if the strategy is Exhaustive: so many call the body at once, each
  /// with a simulation of its own. What comes of it is the same as with one. An assertion of a test's framework that
  /// may fail on one thread only (Catch2's) has no place in such a body: Simulation::require() has, or a claim.
  unsigned cores = 1;
  std::string replay{};  ///< a token; Exhaustive with it is Replay
  /// The name of a file: an exploration that is killed, or ends because of `time` or `maxSchedules`, goes on from there
  /// the next time. It is written every second, and removed once there is nothing left, or a run has failed. Only for
  /// Exhaustive, Random and Pct. Empty: none.
  std::string checkpoint{};
  unsigned crashes = 0;  ///< how many endpoints end, between any two steps
  unsigned timeouts =
      0;  ///< how many deadlines pass, at any point; beside crashes between any two steps
  /// The size of the stack of each body that blocks, and of the handlers.
  std::size_t stack = std::size_t{1} << 20;
  /// The channels whose messages may be heard by nobody ("*": all). Of others each dead letter for NoListener or
  /// TypeMismatch fails an explored run, unless the test has set onDeadLetter.
  std::vector<std::string> allowDead{};
  /// The name of a file: the page of a failing run, for a browser, is written there. Empty: nowhere.
  std::string page{};
  /// A step that takes longer ends the process, with a sentence: so much CPU time, or twice as much time without
  /// any. 0: nothing does.
  std::chrono::seconds hang{5};
};

/// A message that was handled.
struct Delivery {
  std::uint64_t number;
  std::string from, to, channel, text;
};

/// The outcome of an exploration or a replay.
struct Result {
  bool ok = true;
  bool complete = false;        ///< nothing is left to explore; under Replay: the run was done
  std::uint64_t schedules = 0;  ///< how many were told apart
  std::string failure;          ///< one sentence
  std::string replay;           ///< the run that failed, or that was replayed, for Options::replay
  std::string minimal;          ///< a failing run with as few deviations as were found
  std::string mermaid;          ///< that run as a sequence diagram
  std::string incomplete{};     ///< one sentence that says why it is ok and not complete

  explicit operator bool() const { return ok; }
};

}  // namespace tincan::inline abi0::testing
