// benchmarks/explore.cpp - how many orders of messages does a test of tincan::testing see in a second?
//
// Three renderers send main three messages each, which have 1,680 orders. In one program main
// replies to each of them, 18 messages in all; in the other the renderers wait for their answers,
// so each has a stack of its own. A schedule is one run from the start, on a new bus. By a second
// of CPU time, and absolute: it is people who wait for a test.

#include <cstdint>
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
      },
      measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
