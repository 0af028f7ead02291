// benchmarks/report.cpp - the benchmarks' JSON files as one summary, and as files for gnuplot
//
// No benchmark, but a tool of `./dev bench`:
//   report [--all] [--plot FOLDER] FILE...
// prints a table of what was promised; --all: a promise that nobody measured is an error. With
// --plot, FOLDER gets a gnuplot script for each picture; gnuplot has to run there.

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "json.hpp"
#include "output.hpp"
#include "pictures.hpp"
#include "results.hpp"

namespace {

using bench::Json;
using bench::require;
using bench::Table;

// ---- what was promised --------------------------------------------------------------------------

/// A row of a program.
struct Promise {
  std::string_view program;
  std::string_view key;
};

// In the order of the design. The programs' other rows with goals follow.
constexpr Promise promises[] = {
    {"one_way", "message"},
    {"one_way", "typed"},
    {"one_way", "copied"},
    {"against_peers", "one-way-eventpp-string"},
    {"against_peers", "one-way-eventpp-int"},
    {"against_peers", "one-way-eventpp-int-spin"},
    {"against_peers", "one-way-hand-rolled"},
    {"sync", "polled"},
    {"sync", "polled-text"},
    {"sync", "running"},
    {"invoke", "running"},
    {"sync", "asleep"},
    {"sync", "one-core"},
    {"company", "company"},
    {"company", "private-ring"},
    {"channels", "hot"},
    {"renderers", "attached-64"},
    {"renderers", "attached-512"},
    {"latency", "wake"},
    {"listeners", "one-more"},
    {"listeners", "alone"},
    {"one_way", "allocations"},
    {"burst", "bytes"},
    {"instructions", "send"},
    {"instructions", "poll"},
    {"instructions", "listener"},
    {"instructions", "idlePoll"},
    {"instructions", "request"},
    {"instructions", "invoke"},
    {"instructions", "sendSync"},
    {"header", "header"},
    {"header", "compiled"},
    {"footprint", "channel-O0"},
    {"footprint", "channel-O2"},
    {"footprint", "symbols"},
    {"small_program", "O0"},
    {"small_program", "O2"},
    {"test_file", "seconds"},
    {"test_file", "memory"},
    {"test_file", "all"},
    {"explore", "replies"},
};

// ---- summary ------------------------------------------------------------------------------------

class Summary {
 public:
  explicit Summary(std::vector<Json> const& programs) : programs_(programs) {
    table_.add({"program", "question", "goal", "figure", "verdict"});
  }

  /// False if something promised was not measured.
  bool print(bool mustBeComplete) {
    bool complete = true;
    for (auto const& promise : promises) {
      if (addThat(promise) || !mustBeComplete) continue;
      table_.add({std::string(promise.program), std::string(promise.key), "", "", "NOT MEASURED"});
      complete = false;
    }
    for (auto const& program : programs_) {
      for (auto const& row : program["rows"].array()) add(program["program"].string(), row);
    }
    fmt::print("{}\n{} met, {} short, {} not measured\n", table_.text(), met_,
               seen_.size() - met_ - missing_, missing_);
    return complete;
  }

 private:
  /// False if there is none.
  bool addThat(Promise const& promise) {
    for (auto const& program : programs_) {
      if (program["program"].string() != promise.program) continue;
      for (auto const& row : program["rows"].array()) {
        if (row["key"].string() != promise.key) continue;
        add(program["program"].string(), row);
        return true;
      }
    }
    return false;
  }

  void add(std::string const& program, Json const& row) {
    if (row["goal"].isNull() || std::count(seen_.begin(), seen_.end(), &row) != 0) return;
    seen_.push_back(&row);
    auto const verdict = row["verdict"].string();
    if (verdict == "met") ++met_;
    if (verdict == bench::notMeasured) ++missing_;
    table_.add(
        {program, row["question"].string(), row["goalText"].string(), figureOf(row), verdict});
    table_.note(row["reason"].string());
  }

  static std::string figureOf(Json const& row) {
    if (row["median"].isNull()) return "-";
    bench::Spread const spread{row["median"].number(), row["min"].number(), row["max"].number()};
    return bench::figureText(spread, static_cast<int>(row["decimals"].number()),
                             row["unit"].string());
  }

  std::vector<Json> const& programs_;
  std::vector<Json const*> seen_;
  std::size_t met_ = 0;
  std::size_t missing_ = 0;
  Table table_;
};

// ---- the command line ---------------------------------------------------------------------------

Json read(std::string const& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  require(file.good(), fmt::format("cannot read {}", path));
  return Json::parse(text.str());
}

int run(std::vector<std::string> const& arguments) {
  bool all = false;
  std::string folder;
  std::vector<Json> programs;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--all") {
      all = true;
    } else if (arguments[i] == "--plot" && i + 1 < arguments.size()) {
      folder = arguments[++i];
    } else {
      programs.push_back(read(arguments[i]));
    }
  }
  if (!folder.empty()) bench::draw(programs, folder);
  return Summary(programs).print(all) ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  int code = 1;
  bench::guarded([&] { code = run({argv + 1, argv + argc}); });
  return code;
}
