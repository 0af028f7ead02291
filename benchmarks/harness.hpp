// benchmarks/harness.hpp - how every benchmark here measures, checks and prints
//
//   Method     Absolute times on shared machines mean nothing. So each figure is a ratio of
//              contestants that run in one process, on the same two pinned threads, in alternating
//              slices of about a millisecond. Each cycle (one slice of each contestant) gives a
//              ratio; a process reports the median over its cycles; the executable runs itself
//              several times and prints the median [min..max] over these processes.
//   Checks     A message lost, doubled, changed or out of order ends the process through require(),
//              before anything is printed, and the executable's exit code is not zero. So does a
//              figure that was announced and that nobody measured.
//   Placement  The distance between two cores can change while a process runs (virtual machines
//              move). Each process times a cache-line ping-pong before and after; if that moved by
//              more than 30 %, its figures are dropped and another process is run instead, at most
//              as often as processes are wanted and once more.
//   Time       Each process takes about as long as the time left for it: it runs fewer cycles if
//              the one before took too long. When the time is up the executable stops, but not
//              before it has the fewest processes that give a median.
//   Usage      int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
//              --quick: 3 processes instead of 7, and a quarter of the cycles to begin with;
//              --processes N; --seconds S: for all of them; --json FILE: the answers as JSON.
#pragma once

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "arguments.hpp"
#include "basics.hpp"
#include "contest.hpp"
#include "cores.hpp"
#include "duo.hpp"
#include "json_output.hpp"
#include "limits.hpp"
#include "output.hpp"
#include "results.hpp"

namespace bench {
namespace detail {

constexpr int placementMoved = 75;       // a child's exit code
constexpr int notRunnable = 2;           // the executable's
constexpr double mostMovement = 1.3;     // of the ping-pong before and after
constexpr unsigned secondsToLive = 120;  // a process that is still there by then hangs

// ---- one process --------------------------------------------------------------------------------

/// Nanoseconds of a cache-line round trip between the two cores.
inline double probe(Duo& duo) {
  PingPong game;
  std::vector<double> slices;
  constexpr std::uint64_t trips = 1000;
  for (int slice = 0; slice < 25; ++slice) {
    auto const time = duo.run([&] { game.call(trips); }, [&] { game.serve(trips); });
    slices.push_back(time.a / static_cast<double>(trips));
  }
  // The lower quartile: it follows the distance, and not the other processes that use these cores.
  return quantile(std::move(slices), 0.25);
}

inline double probe(Cores cores) {
  Duo duo(cores);
  return probe(duo);
}

inline int child(Benchmark const& benchmark, Setting const& setting) {
  alarm(secondsToLive);
  auto const distance = [&] { return benchmark.movesLines ? probe(setting.cores) : 1; };
  auto const before = distance();
  auto const figures = benchmark.measure(setting);
  auto const after = distance();
  if (std::max(before / after, after / before) > mostMovement) return placementMoved;
  for (auto const& [key, figure] : figures) fmt::print("{} {:.17g}\n", key, figure);
  fmt::print("end 0\n");
  return 0;
}

// ---- all processes ------------------------------------------------------------------------------

struct Outcome {
  int status = 0;
  std::string output;
};

/// Runs this executable again, with `--child`, and collects what it writes to stdout.
inline Outcome runChild(bool quick, double effort) {
  auto const effortText = fmt::format("{:.3f}", effort);
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  auto const pid = fork();
  require(pid >= 0, "cannot start a process");
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl("/proc/self/exe", "benchmark", "--child", "--effort", effortText.c_str(),
          quick ? "--quick" : nullptr, nullptr);
    std::_Exit(notRunnable);
  }
  close(ends[1]);
  Outcome outcome;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(ends[0], buffer, sizeof buffer)) > 0;) {
    outcome.output.append(buffer, static_cast<std::size_t>(got));
  }
  close(ends[0]);
  waitpid(pid, &outcome.status, 0);
  return outcome;
}

inline Figures parse(std::string const& output) {
  Figures figures;
  std::istringstream lines(output);
  std::string key;
  for (double figure = 0; lines >> key >> figure;) figures[key] = figure;
  require(figures.erase("end") == 1, "a process ended early");
  return figures;
}

/// How many of its cycles the next process may run.
class Budget {
 public:
  explicit Budget(Arguments const& arguments)
      : arguments_(arguments), end_(nowNs() + arguments.seconds * 1e9), effort_(arguments.effort) {}

  double effort() const { return effort_; }

  /// After each process: what it took, and how many there are to come.
  void spent(double ns, int left) {
    auto const each = (end_ - nowNs()) / std::max(1, left);
    effort_ = std::clamp(effort_ * each / ns, 0.01, arguments_.effort);
  }

  bool isUsedUpAfter(std::size_t processes) const {
    return static_cast<int>(processes) >= arguments_.fewestProcesses() && nowNs() >= end_;
  }

 private:
  Arguments const& arguments_;
  double end_;
  double effort_;
};

/// Adds the process's figures, or counts it as dropped. False: it found a violation (and said so on
/// stderr).
inline bool take(Outcome const& outcome, Collected& all) {
  if (WIFSIGNALED(outcome.status)) {
    auto const signal = WTERMSIG(outcome.status);
    auto const* why = signal == SIGALRM ? "it hung" : "it crashed";
    fmt::print(stderr, "violation: a process was ended by signal {}: {}\n", signal, why);
    return false;
  }
  auto const code = WEXITSTATUS(outcome.status);
  if (code == placementMoved) {
    ++all.dropped;
  } else if (code == 0) {
    all.processes.push_back(parse(outcome.output));
  }
  return code == placementMoved || code == 0;
}

/// The figures of every process; nothing if one of them found a violation.
inline std::optional<Collected> collect(Arguments const& arguments, Cores cores) {
  Collected all{{}, arguments.processes, 0, cores};
  Budget budget(arguments);
  for (;;) {
    auto const left = arguments.processes - static_cast<int>(all.processes.size());
    if (left <= 0 || all.dropped > arguments.processes) return all;
    if (budget.isUsedUpAfter(all.processes.size())) return all;
    auto const begin = nowNs();
    if (!take(runChild(arguments.quick, budget.effort()), all)) return std::nullopt;
    budget.spent(nowNs() - begin, left - 1);
  }
}

inline void writeJson(std::string const& path, std::string const& program,
                      Benchmark const& benchmark, Collected const& all) {
  std::ofstream file(path);
  file << toJson(program, benchmark, all).text() << '\n';
  file.close();
  require(!file.fail(), fmt::format("cannot write {}", path));
}

/// The executable's name without its folder and "bench_".
inline std::string programName(std::string_view path) {
  constexpr std::string_view prefix = "bench_";
  path.remove_prefix(path.rfind('/') + 1);  // from npos: 0
  if (path.substr(0, prefix.size()) == prefix) path.remove_prefix(prefix.size());
  return std::string(path);
}

inline int parent(std::string const& program, Benchmark const& benchmark, Arguments arguments,
                  Cores cores) {
  arguments.processes = std::min(arguments.processes, benchmark.mostProcesses);
  arguments.fewest = benchmark.fewestProcesses;
  arguments.seconds *= benchmark.share;
  auto const all = collect(arguments, cores);
  if (!all) return 1;
  if (all->processes.empty()) {
    fmt::print(stderr, "no figures: the distance between the cores moved in all {} processes\n",
               all->dropped);
    return notRunnable;
  }
  fmt::print("{}", tables(benchmark, *all));
  if (!arguments.json.empty()) writeJson(arguments.json, program, benchmark, *all);
  return 0;
}

}  // namespace detail

/// The body of main(). 0: measured and printed, a SHORT row is no failure; 1: a violation; 2: could
/// not measure.
inline int run(int argc, char** argv, Benchmark const& benchmark) {
  auto const arguments = detail::parseArguments(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "usage: {} [--quick] [--processes N] [--seconds S] [--json FILE]\n",
               argv[0]);
    return detail::notRunnable;
  }
  // Before anybody pins this thread, which then has one core only.
  auto const all = coresApart();
  if (all.size() < 2) {
    fmt::print(stderr, "two cores are needed\n");
    return detail::notRunnable;
  }
  Cores const cores{all[0], all[1]};
  if (!arguments->child) {
    return detail::parent(detail::programName(argv[0]), benchmark, *arguments, cores);
  }
  int code = 0;
  guarded([&] {
    code = detail::child(benchmark, {cores, all, arguments->quick, arguments->effort});
  });
  return code;
}

}  // namespace bench
