// tincan/testing/detail/search/minimise.hpp - the shortest token that still fails
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/search/token.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// Shortens tokens. Run is a bool(ScheduleSearch&), which asks that for one run, up to its finish(), and
/// tells whether the run failed.
template <class Run>
class Minimiser {
 public:
  Minimiser(Run& run, std::uint64_t mostRuns) : run_(run), runsLeft_(mostRuns) {}

  /// Tries all runs with up to two deviations, at most half of the allowed runs; then takes
  /// deviations out of the failing run as long as it fails: delta debugging (A. Zeller, R.
  /// Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002).
  std::string shortest(std::string const& token) {
    Deviations deviations = ScheduleTokenParser::parse(token);
    if (deviations.empty()) return toScheduleToken(deviations);
    if (auto const found = nearest((std::min<std::size_t>)(deviations.size() - 1, 2)))
      return *found;
    for (std::size_t piece = (std::max<std::size_t>)(deviations.size() / 2, 1); piece != 0;) {
      if (!dropPiece(deviations, piece)) piece /= 2;
      piece = (std::min)(piece, deviations.size());
    }
    return toScheduleToken(deviations);
  }

 private:
  std::optional<std::string> nearest(std::size_t deviations) {
    Options options;
    options.strategy = Options::Strategy::Bounded;
    options.bound = static_cast<unsigned>(deviations);
    ScheduleSearch search{options};
    std::uint64_t const keep = runsLeft_ / 2;
    while (runsLeft_ > keep && search.next()) {
      --runsLeft_;
      if (run_(search)) return search.token();
    }
    return std::nullopt;
  }

  // Takes out the first piece that is not needed.
  bool dropPiece(Deviations& deviations, std::size_t piece) {
    for (std::size_t begin = 0; begin < deviations.size() && runsLeft_ != 0; begin += piece) {
      std::size_t const end = (std::min)(begin + piece, deviations.size());
      Deviations fewer{deviations.begin(), deviations.begin() + static_cast<std::ptrdiff_t>(begin)};
      fewer.insert(fewer.end(), deviations.begin() + static_cast<std::ptrdiff_t>(end),
                   deviations.end());
      if (!fails(fewer)) continue;
      deviations = fewer;
      return true;
    }
    return false;
  }

  // Leaves in the deviations only those that the failing run came across.
  bool fails(Deviations& deviations) {
    --runsLeft_;
    Options options;
    options.strategy = Options::Strategy::Replay;
    options.replay = toScheduleToken(deviations);
    ScheduleSearch search{options};
    if (!search.next() || !run_(search)) return false;
    deviations = ScheduleTokenParser::parse(search.token());
    return true;
  }

  Run& run_;
  std::uint64_t runsLeft_;
};

/// The token of a failing run with as few deviations as can be found in that many runs.
template <class Run>
std::string minimise(std::string const& token, Run run, std::uint64_t mostRuns = 2000) {
  return Minimiser<Run>{run, mostRuns}.shortest(token);
}

}  // namespace tincan::inline abi0::testing::detail
