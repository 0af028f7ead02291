// tincan/testing/options.hpp - what to explore and what came of it
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Tests of what uses a bus, without threads and without sleeps: tincan/testing.hpp. Catch2's matchers are in
/// tincan/testing/catch.hpp.
namespace tincan::inline abi0::testing {

/// Says what to explore. Each field can be overridden by an environment variable TINCAN_SIM_<FIELD>.
struct Options {
  /// The way in which the next run is chosen.
  enum class Strategy {
    Exhaustive,  ///< every outcome once
    Bounded,     ///< the fewest deviations from the usual order first, up to `bound` of them
    Random,      ///< maxSchedules runs, each step drawn with `seed`
    Pct,  ///< maxSchedules runs, by priorities drawn with `seed` that change at `bound` steps of a run
    Replay  ///< the one run that `replay` tells of
  } strategy = Strategy::Exhaustive;
  /// What Random and Pct draw by: the same seed draws the same runs.
  std::uint64_t seed = 1;
  /// No new run begins once so many schedules were told apart. What that cuts off is not complete.
  std::uint64_t maxSchedules = 100'000;
  /// A run of more steps fails with Deadlock: it would never end. Outside of explore() they are counted anew in each
  /// call of the simulation.
  std::uint64_t maxSteps = 10'000;
  /// No new run begins after so much time; 0: there is time for all.
  std::chrono::seconds time{0};
  /// How many deviations Bounded and exploreAround() try at most; at how many steps the priorities of Pct change.
  unsigned bound = 3;
  /// How many threads search at the same time, if the strategy is Exhaustive: so many call the body at once, each
  /// with a simulation of its own. What comes of it is the same as with one. An assertion of a test's framework that
  /// may fail on one thread only (Catch2's) has no place in such a body: Simulation::require() has, or a claim.
  unsigned cores = 1;
  /// The token of a run, from Result::replay or Result::minimal. With it Exhaustive is Replay.
  std::string replay{};
  /// The name of a file: an exploration that is killed, or ends because of `time`, goes on from there the next time, an
  /// Exhaustive one also if it ends because of `maxSchedules`. It is written every second, and removed once there is
  /// nothing left, or a run has failed. Only for Exhaustive, Random and Pct; a token in the environment leaves it alone.
  /// Empty: none.
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
  /// Its place in the log, or among the notes of a Spy, counted from 1. 0: it has none.
  std::uint64_t number;
  /// `from` and `to` are the names of sender and receiver, `channel` is what it was sent on. `text` is the arguments,
  /// with commas between them: numbers in the shortest form that tells them apart, others as operator<< or fmt prints
  /// them, ranges and aggregates by what is in them, the rest by their types.
  std::string from, to, channel, text;
};

/// The outcome of an exploration or a replay.
struct Result {
  bool ok = true;               ///< no run has failed, and no claim is vacuous
  bool complete = false;        ///< nothing is left to explore; under Replay: the run was done
  std::uint64_t schedules = 0;  ///< how many were told apart
  std::string failure{};        ///< one sentence that says what has failed; empty: nothing
  std::string replay{};         ///< the run that failed, or that was replayed, for Options::replay
  std::string minimal{};        ///< a failing run with as few deviations as were found
  std::string mermaid{};        ///< that run as a sequence diagram
  std::string incomplete{};     ///< one sentence that says why it is ok and not complete

  /// True if ok is.
  explicit operator bool() const { return ok; }
};

}  // namespace tincan::inline abi0::testing
