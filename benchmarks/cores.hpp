// benchmarks/cores.hpp - which cores to use, and what the kernel says of a thread
#pragma once

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "basics.hpp"

namespace bench {

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

/// All cores that may be used, first those that share no execution units with one before them.
/// `taskset` narrows the choice.
inline std::vector<int> coresApart() {
  std::set<std::string> known;
  std::vector<int> first;
  std::vector<int> rest;
  for (int const core : allowedCores()) {
    auto const siblings =
        firstLine(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", core));
    // Where the kernel does not say, each has its own.
    auto const isFirst = siblings.empty() || known.insert(siblings).second;
    (isFirst ? first : rest).push_back(core);
  }
  first.insert(first.end(), rest.begin(), rest.end());
  return first;
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

}  // namespace bench
