// benchmarks/output.hpp - a benchmark's answers as tables
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cores.hpp"
#include "results.hpp"

namespace bench {

// ---- where it was measured ----------------------------------------------------------------------

inline std::string cpuModel() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    auto const colon = line.find(": ");
    if (line.rfind("model name", 0) == 0 && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

inline std::string compiler() {
#ifdef __clang__
  return "clang " __clang_version__;
#else
  return "g++ " __VERSION__;
#endif
}

/// A build may tell its flags with -DTINCAN_BENCH_FLAGS="\"-O2 ...\"".
inline std::string flags() {
#if !defined(__OPTIMIZE__)
  return "NOT OPTIMISED, these figures mean nothing";
#elif defined(TINCAN_BENCH_FLAGS)
  return TINCAN_BENCH_FLAGS;
#else
  return "optimised";
#endif
}

/// All that a benchmark found.
struct Collected {
  std::vector<Figures> processes;
  int wanted = 0;
  int dropped = 0;  // because the distance between the cores moved
  Cores cores;
};

// ---- tables -------------------------------------------------------------------------------------

/// Columns as wide as they need be, two spaces apart.
class Table {
 public:
  using Line = std::vector<std::string>;

  void add(Line line) { lines_.push_back({std::move(line), {}}); }
  /// Under the line before, indented.
  void note(std::string text) { lines_.back().note = std::move(text); }

  std::string text() const {
    auto const widths = columnWidths();
    std::string text;
    for (auto const& line : lines_) {
      std::string row;
      for (std::size_t i = 0; i < line.cells.size(); ++i) {
        row += fmt::format("{:<{}}  ", line.cells[i], widths[i]);
      }
      text += row.substr(0, row.find_last_not_of(' ') + 1) + '\n';
      if (!line.note.empty()) text += "    " + line.note + '\n';
    }
    return text;
  }

 private:
  struct Entry {
    Line cells;
    std::string note;
  };

  std::vector<std::size_t> columnWidths() const {
    std::vector<std::size_t> widths;
    for (auto const& line : lines_) {
      widths.resize(std::max(widths.size(), line.cells.size()));
      for (std::size_t i = 0; i < line.cells.size(); ++i) {
        widths[i] = std::max(widths[i], line.cells[i].size());
      }
    }
    return widths;
  }

  std::vector<Entry> lines_;
};

inline std::string figureText(Spread const& spread, int decimals, std::string const& unit) {
  return fmt::format("{:.{}f}{} [{:.{}f}..{:.{}f}]", spread.median, decimals, unit, spread.min,
                     decimals, spread.max, decimals);
}

inline std::string goalText(Row const& row) {
  if (row.goal.kind == Goal::Kind::None) return "-";
  auto const* sign = row.goal.kind == Goal::Kind::AtMost ? "<=" : ">=";
  auto text = fmt::format("{} {:g}{}", sign, row.goal.bound, row.unit);
  if (row.goal.must) text += fmt::format(" (must {:g})", *row.goal.must);
  return text;
}

/// The verdict of a row that cannot be measured here.
inline constexpr auto notMeasured = "not measured";

inline std::string verdict(Goal const& goal, double figure) {
  if (goal.kind == Goal::Kind::None) return "-";
  if (goal.metBy(figure)) return "met";
  if (!goal.must) return "SHORT";
  return Goal{goal.kind, *goal.must, {}}.metBy(figure) ? "SHORT, within must" : "SHORT of must";
}

inline std::string header(Benchmark const& benchmark, Collected const& all) {
  auto text = fmt::format("{}\n{}, cores {} and {} of {}; {}; {}\n", benchmark.title, cpuModel(),
                          all.cores.a, all.cores.b, std::thread::hardware_concurrency(), compiler(),
                          flags());
  text += fmt::format("median [min..max] over {} process{}", all.processes.size(),
                      all.processes.size() == 1 ? "" : "es");
  if (static_cast<int>(all.processes.size()) < all.wanted) {
    text += fmt::format(" ({} were wanted)", all.wanted);
  }
  if (all.dropped > 0) {
    text +=
        fmt::format("; {} dropped, the distance between the cores moved meanwhile", all.dropped);
  }
  return text + "\n";
}

inline std::string rowsTable(Benchmark const& benchmark, Collected const& all) {
  Table table;
  table.add({"question", "goal", "figure", "verdict"});
  for (auto const& row : benchmark.rows) {
    if (!row.missing.empty()) {
      table.add({row.question, goalText(row), "-", notMeasured});
      table.note(row.missing);
      continue;
    }
    auto const spread = spreadOf(row.key, all.processes);
    auto const figure = figureText(spread, row.decimals, row.unit);
    table.add({row.question, goalText(row), figure, verdict(row.goal, spread.median)});
    if (!row.goal.metBy(spread.median)) table.note(row.reason);
  }
  return table.text();
}

inline std::string distributionsTable(Benchmark const& benchmark, Collected const& all) {
  Table table;
  Table::Line names = {"distribution"};
  for (auto const& quantile : quantiles) {
    if (quantile.inTable) names.emplace_back(quantile.name);
  }
  table.add(std::move(names));
  for (auto const& each : benchmark.distributions) {
    Table::Line line = {each.title};
    for (auto const& quantile : quantiles) {
      auto const spread = spreadOf(keyOf(each, quantile), all.processes);
      if (quantile.inTable) line.push_back(figureText(spread, each.decimals, each.unit));
    }
    table.add(std::move(line));
  }
  return table.text();
}

inline std::string curveTable(Curve const& curve, Collected const& all) {
  Table table;
  Table::Line names = {curve.x};
  for (auto const& line : curve.lines) names.push_back(line.title);
  table.add(std::move(names));
  for (int const x : curve.points) {
    Table::Line cells = {fmt::format("{}", x)};
    for (auto const& line : curve.lines) {
      auto const spread = spreadOf(keyOf(curve.key, line.key, x), all.processes);
      cells.push_back(figureText(spread, curve.decimals, curve.unit));
    }
    table.add(std::move(cells));
  }
  return fmt::format("{}\n{}", curve.title, table.text());
}

/// All of it. Ends the process if something was not measured: nothing has been printed then.
inline std::string tables(Benchmark const& benchmark, Collected const& all) {
  auto text = header(benchmark, all) + '\n' + rowsTable(benchmark, all);
  if (!benchmark.distributions.empty()) text += '\n' + distributionsTable(benchmark, all);
  for (auto const& curve : benchmark.curves) text += '\n' + curveTable(curve, all);
  return text;
}

}  // namespace bench
