// benchmarks/explore.cpp - how many orders of messages does a test of tincan::testing see in a second?
//
// Three renderers send main three messages each, which have 1,680 orders. In one program main
// replies to each of them, 18 messages in all; in the other the renderers wait for their answers,
// so each has a stack of its own. A schedule is one run from the start, on a new bus. By a second
// of CPU time, and absolute: it is people who wait for a test. On several threads, by a second of real time: with
// four messages each, which have 34,650 orders. And by how much memory has grown when 100,000 more have been seen.

#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <string>
#include <tincan/testing.hpp>

#include "harness.hpp"

namespace {

using tincan::testing::Simulation;

constexpr std::uint64_t orders = 1680;  // 9! / (3! 3! 3!)

template <class Body>
void spawnThree(Simulation& sim, Body body) {
  for (char const* const name : {"a", "b", "c"}) {
    sim.spawn(name, [body](tincan::Renderer& ipc) {
      for (int i = 0; i < 3; ++i) body(ipc, i);
      ipc.run();
    });
  }
}

void replies(Simulation& sim) {
  sim.bus().main().on("x", [](tincan::Event& event, int i) { event.reply("y", i); });
  spawnThree(sim, [](tincan::Renderer& ipc, int i) {
    if (i == 0) ipc.on("y", [](int) {});
    ipc.send("x", i);
  });
}

void answers(Simulation& sim) {
  sim.bus().main().on("x", [](tincan::Event& event, int i) { event.returnValue = i; });
  spawnThree(sim, [](tincan::Renderer& ipc, int i) {
    bench::require(ipc.sendSync<int>("x", i) == i, "another answer");
  });
}

constexpr std::uint64_t ordersOfFour = 34650;  // 12! / (4! 4! 4!)

template <int Messages>
void manyReplies(Simulation& sim) {
  sim.bus().main().on("x", [](tincan::Event& event, int i) { event.reply("y", i); });
  for (char const* const name : {"a", "b", "c"}) {
    sim.spawn(name, [](tincan::Renderer& ipc) {
      ipc.on("y", [](int) {});
      for (int i = 0; i < Messages; ++i) ipc.send("x", i);
      ipc.run();
    });
  }
}

/// Schedules in a second of real time, on so many threads, which may use both cores.
double onThreads(unsigned threads, bench::Cores const& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(static_cast<std::size_t>(cores.a), &set);
  CPU_SET(static_cast<std::size_t>(cores.b), &set);
  bench::require(pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0,
                 "cannot use two cores");
  tincan::testing::Options options;
  options.cores = threads;
  auto const begin = bench::nowNs();
  auto const result = tincan::testing::explore(manyReplies<4>, options);
  bench::require(result.complete && result.schedules == ordersOfFour, "not each order once");
  return static_cast<double>(ordersOfFour) / (bench::nowNs() - begin) * 1e9;
}

/// KiB that the process has in memory.
double residentKib() {
  std::ifstream file("/proc/self/statm");
  double size = 0, resident = 0;
  file >> size >> resident;
  return resident * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1024;
}

/// By how many KiB memory grows from one exploration to one of 100,000 schedules more.
double growth() {
  tincan::testing::Options options;
  double before = 0;
  for (std::uint64_t const schedules : {10'000u, 110'000u}) {
    options.maxSchedules = schedules;
    options.time = std::chrono::seconds(100);
    before = residentKib();
    auto const result = tincan::testing::explore(manyReplies<5>, options);
    bench::require(result.ok && result.schedules == schedules, "not as many orders as wanted");
  }
  return residentKib() - before;
}

double explore(void (*body)(Simulation&), std::uint64_t times) {
  auto const begin = bench::cpuNs();
  for (std::uint64_t i = 0; i < times; ++i) {
    auto const result = tincan::testing::explore(body);
    bench::require(result.complete && result.schedules == orders, "not each order once");
  }
  return bench::cpuNs() - begin;
}

bench::Figures measure(bench::Setting const& setting) {
  bench::pinThisThread(setting.cores.a);
  bench::Contest contest;
  contest.add(
      "replies", [](auto n) { return explore(replies, n); }, 1);
  contest.add(
      "answers", [](auto n) { return explore(answers, n); }, 1);
  contest.run(setting.cycles(20));

  bench::Figures figures;
  for (auto const* key : {"replies", "answers"}) {
    figures[key] = static_cast<double>(orders) / contest.ns(key) * 1e9;
  }
  figures["one"] = onThreads(1, setting.cores);
  figures["two"] = onThreads(2, setting.cores);
  figures["growth"] = growth();
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {
      "explore: how many orders of messages does a test see in a second?",
      {
          {"replies", "3 renderers with 3 messages each, and replies", atLeast(100'000), 0, "/s",
           "a run makes and ends a bus with four endpoints and six lanes, and takes 21 steps"},
          {"answers", "3 renderers with 3 sendSync each", forInformation(), 0, "/s"},
          {"one", "3 renderers with 4 messages each, real time", forInformation(), 0, "/s"},
          {"two", "the same on two threads", forInformation(), 0, "/s"},
          {"growth", "more memory after 100,000 schedules", atMost(1024), 0, "KiB"},
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
