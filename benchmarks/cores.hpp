// benchmarks/cores.hpp - which cores to use, and what the kernel says of a thread
#pragma once

#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <fstream>
#include <optional>
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

}  // namespace bench
