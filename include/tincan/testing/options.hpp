// tincan/testing/options.hpp - what to explore and what came of it
#pragma once

#include <cstdint>
#include <string>

namespace tincan::inline abi0::testing {

/// Says what to explore. Each field can be overridden by an environment variable TINCAN_SIM_<FIELD>.
struct Options {
  enum class Strategy {
    Exhaustive,  ///< every outcome once
    Bounded,     ///< the fewest deviations from the usual order first, up to `bound` of them
    Random,      ///< maxSchedules runs, drawn with `seed`
    Replay       ///< the one run that `replay` tells of
  } strategy = Strategy::Exhaustive;
  std::uint64_t seed = 1;
  std::uint64_t maxSchedules = 100'000;
  std::uint64_t maxSteps = 10'000;  ///< of one run
  unsigned bound = 3;
  std::string replay{};
  unsigned crashes = 0;   ///< how many endpoints end, at any point
  unsigned timeouts = 0;  ///< how many deadlines pass, at any point
};

/// A message that was handled.
struct Delivery {
  std::uint64_t number;
  std::string from, to, channel, text;
};

/// The outcome of an exploration or a replay.
struct Result {
  bool ok = true;
  bool complete = false;        ///< nothing is left to explore
  std::uint64_t schedules = 0;  ///< how many were told apart
  std::string failure;          ///< one sentence
  std::string replay;           ///< the run that failed, for Options::replay
  std::string minimal;          ///< a failing run with as few deviations as were found
  std::string mermaid;          ///< that run as a sequence diagram

  explicit operator bool() const { return ok; }
};

}  // namespace tincan::inline abi0::testing
