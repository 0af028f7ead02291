// benchmarks/basics.hpp - failing, time and statistics
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace bench {

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

inline double nowNs() {
  using std::chrono::duration;
  return duration<double, std::nano>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// CPU time of the whole process so far.
inline double cpuNs() {
  timespec time{};
  require(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0, "there is no clock of CPU time");
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
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

}  // namespace bench
