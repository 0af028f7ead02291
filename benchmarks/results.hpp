// benchmarks/results.hpp - what a benchmark asks, and what it answers with
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "basics.hpp"
#include "cores.hpp"

namespace bench {

// ---- questions ----------------------------------------------------------------------------------

/// What the figure of a row should be; `must` is what it has to be where the goal is out of reach.
struct Goal {
  enum class Kind { None, AtMost, AtLeast };
  Kind kind = Kind::None;
  double bound = 0;
  std::optional<double> must = {};

  bool metBy(double figure) const {
    return kind == Kind::None || (kind == Kind::AtMost ? figure <= bound : figure >= bound);
  }
};

constexpr Goal atMost(double bound) { return {Goal::Kind::AtMost, bound, {}}; }
constexpr Goal atMost(double bound, double must) { return {Goal::Kind::AtMost, bound, must}; }
constexpr Goal atLeast(double bound) { return {Goal::Kind::AtLeast, bound, {}}; }
constexpr Goal forInformation() { return {}; }

struct Row {
  std::string key;  // under which measure() returns the figure
  std::string question;
  Goal goal;
  int decimals = 2;
  std::string unit = {};
  std::string reason = {};   // measured: why it is short of its goal. Printed only if it is
  std::string missing = {};  // why it cannot be measured here; empty: it is
};

/// How often which time was taken: the table shows some quantiles, the JSON file all of them.
struct Distribution {
  std::string key;  // under which measure() adds the samples
  std::string title;
  std::string unit;
  int decimals = 1;
};

/// A figure that depends on a number, for each of several contestants.
struct Curve {
  struct Line {
    std::string key;
    std::string title;
  };
  std::string key;
  std::string title;
  std::string x;  // what grows
  std::vector<int> points;
  std::vector<Line> lines;
  std::string unit;
  int decimals = 1;
};

// ---- answers ------------------------------------------------------------------------------------

using Figures = std::map<std::string, double>;

struct Quantile {
  std::string_view name;
  double part;
  bool inTable;
};
inline constexpr std::array quantiles = {
    Quantile{"min", 0, false},      Quantile{"p10", 0.1, false},  Quantile{"p25", 0.25, false},
    Quantile{"p50", 0.5, true},     Quantile{"p75", 0.75, false}, Quantile{"p90", 0.9, false},
    Quantile{"p95", 0.95, false},   Quantile{"p99", 0.99, true},  Quantile{"p99.5", 0.995, false},
    Quantile{"p99.9", 0.999, true}, Quantile{"max", 1, true}};

inline std::string keyOf(Distribution const& distribution, Quantile const& quantile) {
  return fmt::format("{}/{}", distribution.key, quantile.name);
}
inline std::string keyOf(std::string_view curve, std::string_view line, int x) {
  return fmt::format("{}/{}/{}", curve, line, x);
}

inline void addDistribution(Figures& figures, std::string key, std::vector<double> samples) {
  Distribution const distribution{std::move(key), {}, {}};
  // Less would make a p99.9 of the one sample that the machine disturbed most.
  require(samples.size() >= 200, "too few samples for a distribution");
  std::sort(samples.begin(), samples.end());
  for (auto const& each : quantiles) {
    figures[keyOf(distribution, each)] = quantile(samples, each.part);
  }
}

/// A figure over the processes.
struct Spread {
  double median;
  double min;
  double max;
};

inline Spread spreadOf(std::string const& key, std::vector<Figures> const& processes) {
  std::vector<double> values;
  for (auto const& figures : processes) {
    auto const found = figures.find(key);
    require(found != figures.end(), fmt::format("nobody measured {}", key));
    require(std::isfinite(found->second), fmt::format("{} is no number", key));
    values.push_back(found->second);
  }
  return {median(values), quantile(values, 0), quantile(values, 1)};
}

// ---- a benchmark --------------------------------------------------------------------------------

/// What measure() gets: where to run, and how long.
struct Setting {
  Cores cores;
  std::vector<int> all;  // every core there is, the two above first
  bool quick = false;
  double effort = 1;  // of the cycles, what fits into the time; set by the harness

  /// How many cycles: `full`, or less if there is less time.
  int cycles(int full, int fewest = 5) const {
    return std::min(full, std::max(fewest, static_cast<int>(full * effort)));
  }
};

struct Benchmark {
  std::string title;
  std::vector<Row> rows;
  std::function<Figures(Setting const&)> measure;  // runs in a process of its own
  std::vector<Distribution> distributions = {};
  std::vector<Curve> curves = {};
  int mostProcesses = 1000;  // fewer where it takes long and varies little
  double share = 1;          // of the time: more for one that has many contestants
  int fewestProcesses = 3;   // even if the time is up; half of them with --quick
  bool movesLines = true;  // between cores; false: their distance does not matter, nor is it timed
};

}  // namespace bench
