// benchmarks/harness.hpp - how every benchmark here measures, checks and prints
//
//   Method     Absolute times on shared machines mean nothing. So each figure is a ratio of
//              contestants that run in one process, on the same two pinned threads, in alternating
//              slices of about a millisecond. Each cycle (one slice of each contestant) gives a
//              ratio; a process reports the median over its cycles; the executable runs itself
//              several times and prints the median [min..max] over these processes.
//   Checks     A message lost, doubled, changed or out of order ends the process through require(),
//              before anything is printed, and the executable's exit code is not zero.
//   Placement  The distance between two cores can change while a process runs (virtual machines
//              move). Each process times a cache-line ping-pong before and after; if that moved by
//              more than 30 %, its figures are dropped and another process is run instead, at most
//              as often as processes are wanted and once more.
//   Usage      int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
//              --quick: 3 processes instead of 7 and a quarter of the cycles; --processes N.
#pragma once

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <fstream>
#include <functional>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "limits.hpp"

namespace bench {

// ---- failing ------------------------------------------------------------------------------------

/// Ends the process at once: the other thread may be spinning for a message that will never come.
[[noreturn]] inline void fail(std::string_view what) {
  std::fflush(stdout);
  fmt::print(stderr, "violation: {}\n", what);
  std::fflush(stderr);
  std::_Exit(1);
}

inline void require(bool ok, std::string_view what) {
  if (!ok) fail(what);
}

/// Runs f. An exception that leaves it is a violation; the other thread must not wait for ever.
template <class F>
void guarded(F&& f) {
  try {
    f();
  } catch (std::exception const& e) {
    fail(e.what());
  } catch (...) {
    fail("an unknown exception");
  }
}

// ---- time and statistics ------------------------------------------------------------------------

inline double nowNs() {
  using std::chrono::duration;
  return duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

inline void sleepFor(std::chrono::microseconds time) { std::this_thread::sleep_for(time); }

inline double quantile(std::vector<double> values, double part) {
  require(!values.empty(), "a statistic over nothing");
  std::sort(values.begin(), values.end());
  auto const last = static_cast<double>(values.size() - 1);
  auto const below = static_cast<std::size_t>(last * part);
  auto const above = std::min(below + 1, values.size() - 1);
  auto const rest = last * part - static_cast<double>(below);
  return values[below] + (values[above] - values[below]) * rest;
}

inline double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

// ---- cores --------------------------------------------------------------------------------------

struct Cores {
  int a = 0;
  int b = 0;
};

inline std::string firstLine(std::string const& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

inline std::vector<int> allowedCores() {
  cpu_set_t set;
  CPU_ZERO(&set);
  std::vector<int> cores;
  if (sched_getaffinity(0, sizeof set, &set) != 0) return cores;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &set)) cores.push_back(core);
  }
  return cores;
}

/// Two cores that share no execution units, if there are such. `taskset` narrows the choice.
inline std::optional<Cores> chooseCores() {
  auto const siblings = [](int core) {
    return firstLine(
        fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", core));
  };
  auto const cores = allowedCores();
  if (cores.size() < 2) return std::nullopt;
  for (int const other : cores) {
    if (other != cores[0] && siblings(other) != siblings(cores[0])) return Cores{cores[0], other};
  }
  return Cores{cores[0], cores[1]};
}

inline void pin(pthread_t thread, int core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(core), &set);
  require(pthread_setaffinity_np(thread, sizeof set, &set) == 0, "cannot pin a thread to its core");
}

inline void pinThisThread(int core) { pin(pthread_self(), core); }

/// True once the kernel says that the thread sleeps (and is not merely waiting for its core).
inline bool isAsleep(pid_t thread) {
  auto const line = firstLine(fmt::format("/proc/self/task/{}/stat", thread));
  auto const name = line.rfind(')');  // the thread's name may hold anything, a ')' too
  return name != std::string::npos && name + 2 < line.size() && line[name + 2] == 'S';
}

/// The pause before a call that is to find `thread` asleep; that it never sleeps is a violation.
inline void pauseUntilAsleep(pid_t thread) {
  sleepFor(std::chrono::microseconds(200));
  for (int tries = 0; !isAsleep(thread); ++tries) {
    require(tries < 2000, "a receiver with nothing to do does not go to sleep");
    sleepFor(std::chrono::microseconds(100));
  }
}

// ---- two threads --------------------------------------------------------------------------------

/// How long a slice took: on A's side, and until both sides were done.
struct Times {
  double a = 0;
  double both = 0;
};

/// Two pinned threads: A is the one that made the Duo, B is a thread of its own.
class Duo {
 public:
  explicit Duo(Cores cores) : b_([this] { guarded([this] { loop(); }); }) {
    place(cores);
    run([] {}, [this] { tidB_ = gettid(); });
  }
  Duo(Duo const&) = delete;
  Duo& operator=(Duo const&) = delete;
  ~Duo() {
    run([] {}, [this] { ended_ = true; });
    b_.join();
  }

  void place(Cores cores) {
    pinThisThread(cores.a);
    pin(b_.native_handle(), cores.b);
  }

  /// Runs both at once and returns when both are done. The clock starts when both are ready.
  /// B runs a copy of its job, on its own stack: what B's loops read must not lie beside what A
  /// writes (that made the ring ten times slower). So capture by value what B's loops use.
  template <class A, class B>
  Times run(A const& a, B const& b) {
    std::function<void()> const job([&b] {
      auto own = b;
      own();
    });
    job_ = &job;
    auto const round = ++round_;
    // release, here and below: pairs with the acquire in meet().
    called_.store(round, std::memory_order_release);
    meet(ready_, round);
    auto const begin = nowNs();
    go_.store(round, std::memory_order_release);
    guarded(a);
    auto const endA = nowNs();
    meet(done_, round);
    return {endA - begin, std::max(endA, endB_) - begin};
  }

  pid_t tidB() const { return tidB_; }

 private:
  void loop() {
    for (std::uint64_t round = 1; !ended_; ++round) {
      meet(called_, round);
      ready_.store(round, std::memory_order_release);
      meet(go_, round);
      guarded(*job_);
      endB_ = nowNs();
      done_.store(round, std::memory_order_release);
    }
  }

  // Yields, because both threads may be pinned to one core.
  static void meet(std::atomic<std::uint64_t> const& mark, std::uint64_t round) {
    spinUntil([&] { return mark.load(std::memory_order_acquire) >= round; }, 1000);
  }

  // Plain members are handed over by the marks around them.
  std::function<void()> const* job_ = nullptr;
  std::uint64_t round_ = 0;
  double endB_ = 0;
  pid_t tidB_ = 0;
  bool ended_ = false;  // B's own
  alignas(apart) std::atomic<std::uint64_t> called_{0};
  alignas(apart) std::atomic<std::uint64_t> ready_{0};
  alignas(apart) std::atomic<std::uint64_t> go_{0};
  alignas(apart) std::atomic<std::uint64_t> done_{0};
  std::thread b_;  // last: it uses all of the above
};

// ---- contests -----------------------------------------------------------------------------------

/// Contestants in alternating slices. A slice does a job n times and returns how many ns it took.
class Contest {
 public:
  using Slice = std::function<double(std::uint64_t n)>;

  /// times: how often a slice does its job; 0: as often as fits into a millisecond.
  void add(std::string name, Slice slice, std::uint64_t times = 0) {
    contestants_.push_back({std::move(name), std::move(slice), times, {}});
  }

  void run(int cycles) {
    for (auto& contestant : contestants_) warmUp(contestant);
    auto const all = contestants_.size();
    for (int cycle = 0; cycle < cycles; ++cycle) {
      for (std::size_t i = 0; i < all; ++i) {
        // There and back, so that nobody always runs after the same neighbour.
        auto& contestant = contestants_[cycle % 2 == 0 ? i : all - 1 - i];
        contestant.ns.push_back(each(contestant, contestant.times));
      }
    }
  }

  /// The median over the cycles of one's time divided by the other's in the same cycle.
  double ratio(std::string_view name, std::string_view reference) const {
    auto const& above = find(name).ns;
    auto const& below = find(reference).ns;
    std::vector<double> ratios;
    for (std::size_t cycle = 0; cycle < above.size(); ++cycle) {
      ratios.push_back(above[cycle] / below[cycle]);
    }
    return median(std::move(ratios));
  }

  /// Nanoseconds each, the median over the cycles.
  double ns(std::string_view name) const { return median(find(name).ns); }

 private:
  struct Contestant {
    std::string name;
    Slice slice;
    std::uint64_t times;
    std::vector<double> ns;
  };

  static double each(Contestant const& contestant, std::uint64_t times) {
    return contestant.slice(times) / static_cast<double>(times);
  }

  static void warmUp(Contestant& contestant) {
    constexpr double slice = 1e6;  // ns
    auto const fixed = contestant.times;
    std::uint64_t times = fixed != 0 ? fixed : 16;
    for (;;) {
      // The better of two: one that was preempted would make all later slices too short.
      auto const first = each(contestant, times);
      auto const ns = std::min(first, each(contestant, times));
      if (fixed != 0) return;
      contestant.times = std::max<std::uint64_t>(1, static_cast<std::uint64_t>(slice / ns));
      if (ns * static_cast<double>(times) > slice / 4) return;
      times *= 2;
    }
  }

  Contestant const& find(std::string_view name) const {
    for (auto const& contestant : contestants_) {
      if (contestant.name == name) return contestant;
    }
    fail(fmt::format("no contestant is called {}", name));
  }

  std::vector<Contestant> contestants_;
};

// ---- what a benchmark is ------------------------------------------------------------------------

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
};

using Figures = std::map<std::string, double>;

/// What measure() gets: where to run, and how long.
struct Setting {
  Cores cores;
  bool quick = false;

  int cycles(int full) const { return quick ? std::max(1, full / 4) : full; }
};

struct Benchmark {
  std::string title;
  std::vector<Row> rows;
  std::function<Figures(Setting const&)> measure;  // runs in a process of its own
};

// ---- one process --------------------------------------------------------------------------------

namespace detail {

constexpr int placementMoved = 75;       // a child's exit code
constexpr int notRunnable = 2;           // the executable's
constexpr double mostMovement = 1.3;     // of the ping-pong before and after
constexpr unsigned secondsToLive = 120;  // a process that is still there by then hangs

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
  auto const before = probe(setting.cores);
  auto const figures = benchmark.measure(setting);
  auto const after = probe(setting.cores);
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
inline Outcome runChild(bool quick) {
  int ends[2];
  require(pipe(ends) == 0, "cannot make a pipe");
  auto const pid = fork();
  require(pid >= 0, "cannot start a process");
  if (pid == 0) {
    dup2(ends[1], STDOUT_FILENO);
    close(ends[0]);
    close(ends[1]);
    execl("/proc/self/exe", "benchmark", "--child", quick ? "--quick" : nullptr, nullptr);
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

struct Collected {
  std::vector<Figures> processes;
  int dropped = 0;
};

/// The figures of every process; nothing if one of them found a violation (and said so on stderr).
inline std::optional<Collected> collect(int processes, bool quick) {
  Collected all;
  while (static_cast<int>(all.processes.size()) < processes && all.dropped <= processes) {
    auto const outcome = runChild(quick);
    if (WIFSIGNALED(outcome.status)) {
      auto const signal = WTERMSIG(outcome.status);
      auto const* why = signal == SIGALRM ? "it hung" : "it crashed";
      fmt::print(stderr, "violation: a process was ended by signal {}: {}\n", signal, why);
      return std::nullopt;
    }
    auto const code = WEXITSTATUS(outcome.status);
    if (code == placementMoved) {
      ++all.dropped;
    } else if (code != 0) {
      return std::nullopt;
    } else {
      all.processes.push_back(parse(outcome.output));
    }
  }
  return all;
}

// ---- printing -----------------------------------------------------------------------------------

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
#if defined(TINCAN_BENCH_FLAGS)
  return TINCAN_BENCH_FLAGS;
#elif defined(__OPTIMIZE__)
  return "optimised";
#else
  return "NOT OPTIMISED, these figures mean nothing";
#endif
}

inline void printHeader(std::string const& title, Collected const& all, int wanted, Cores cores) {
  fmt::print("{}\n", title);
  fmt::print("{}, cores {} and {} of {}; {}; {}\n", cpuModel(), cores.a, cores.b,
             std::thread::hardware_concurrency(), compiler(), flags());
  fmt::print("median [min..max] over {} processes", all.processes.size());
  if (static_cast<int>(all.processes.size()) < wanted) fmt::print(" ({} were wanted)", wanted);
  if (all.dropped > 0) {
    fmt::print("; {} dropped, the distance between the cores moved meanwhile", all.dropped);
  }
  fmt::print("\n\n");
}

inline std::string goalText(Row const& row) {
  if (row.goal.kind == Goal::Kind::None) return "-";
  auto const* sign = row.goal.kind == Goal::Kind::AtMost ? "<=" : ">=";
  auto text = fmt::format("{} {:g}{}", sign, row.goal.bound, row.unit);
  if (row.goal.must) text += fmt::format(" (must {:g})", *row.goal.must);
  return text;
}

inline std::string verdict(Goal const& goal, double figure) {
  if (goal.kind == Goal::Kind::None) return "-";
  if (goal.metBy(figure)) return "met";
  if (!goal.must) return "SHORT";
  return Goal{goal.kind, *goal.must, {}}.metBy(figure) ? "SHORT, within must" : "SHORT of must";
}

inline void printRow(Row const& row, std::vector<Figures> const& processes, std::size_t width) {
  std::vector<double> values;
  for (auto const& figures : processes) {
    auto const found = figures.find(row.key);
    require(found != figures.end(), fmt::format("nobody measured {}", row.key));
    values.push_back(found->second);
  }
  auto const figure =
      fmt::format("{:.{}f}{} [{:.{}f}..{:.{}f}]", median(values), row.decimals, row.unit,
                  quantile(values, 0), row.decimals, quantile(values, 1), row.decimals);
  fmt::print("{:<{}}  {:<18}  {:<28}  {}\n", row.question, width, goalText(row), figure,
             verdict(row.goal, median(values)));
}

inline void printTable(std::vector<Row> const& rows, std::vector<Figures> const& processes) {
  std::size_t width = 8;
  for (auto const& row : rows) width = std::max(width, row.question.size());
  fmt::print("{:<{}}  {:<18}  {:<28}  {}\n", "question", width, "goal", "figure", "verdict");
  for (auto const& row : rows) printRow(row, processes, width);
}

struct Arguments {
  bool child = false;
  bool quick = false;
  int processes = 0;
};

inline std::optional<Arguments> parseArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--child") {
      arguments.child = true;
    } else if (argument == "--quick") {
      arguments.quick = true;
    } else if (argument == "--processes" && i + 1 < argc) {
      arguments.processes = std::atoi(argv[++i]);
    } else {
      return std::nullopt;
    }
  }
  if (arguments.processes <= 0) arguments.processes = arguments.quick ? 3 : 7;
  return arguments;
}

inline int parent(Benchmark const& benchmark, Arguments const& arguments, Cores cores) {
  auto const all = collect(arguments.processes, arguments.quick);
  if (!all) return 1;
  if (all->processes.empty()) {
    fmt::print(stderr, "no figures: the distance between the cores moved in all {} processes\n",
               all->dropped);
    return notRunnable;
  }
  printHeader(benchmark.title, *all, arguments.processes, cores);
  printTable(benchmark.rows, all->processes);
  return 0;
}

}  // namespace detail

/// The body of main(). 0: measured and printed, a SHORT row is no failure; 1: a violation; 2: could
/// not measure.
inline int run(int argc, char** argv, Benchmark const& benchmark) {
  auto const arguments = detail::parseArguments(argc, argv);
  if (!arguments) {
    fmt::print(stderr, "usage: {} [--quick] [--processes N]\n", argv[0]);
    return detail::notRunnable;
  }
  auto const cores = chooseCores();
  if (!cores) {
    fmt::print(stderr, "two cores are needed\n");
    return detail::notRunnable;
  }
  if (!arguments->child) return detail::parent(benchmark, *arguments, *cores);
  int code = 0;
  guarded([&] { code = detail::child(benchmark, {*cores, arguments->quick}); });
  return code;
}

}  // namespace bench
