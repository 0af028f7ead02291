// benchmarks/test_file.cpp - what do tests cost those who wait for the compiler?
//
// A file with the test kit, Catch2 and three tests, compiled with -O2 -g, what CMake calls
// RelWithDebInfo: user time and memory of the compiler, with tincan::compiled, which has the kit's
// machinery, and with the headers alone. And what `./dev test` took in all, if it was
// the first in its folder: then `dev` knows, and tells by TINCAN_TEST_MINUTES.

#include <cstddef>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "compiling.hpp"
#include "harness.hpp"

namespace {

constexpr std::string_view file = R"(
#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
#include <tincan/testing.hpp>
#include <tincan/testing/catch.hpp>

#include <string>

using tincan::testing::Delivered;
using tincan::testing::Explored;
using tincan::testing::Simulation;

TEST_CASE("a worker is answered") {
  Simulation sim;
  sim.bus().main().handle("length", [](std::string const& text) { return text.size(); });
  sim.spawn("worker", [](tincan::Renderer& ipc) {
    REQUIRE(ipc.invoke<std::size_t>("length", "four").get() == 4);
  });
  sim.runUntilIdle();
}

TEST_CASE("main hears what a worker tells") {
  Simulation sim;
  int sum = 0;
  sim.bus().main().on("progress", [&](int percent) { sum += percent; });
  sim.spawn("worker", [](tincan::Renderer& ipc) { ipc.send("progress", 50); });
  sim.runUntilIdle();
  REQUIRE(sum == 50);
  REQUIRE_THAT(sim.log(), Delivered("main", "progress").from("worker"));
}

TEST_CASE("two workers, in every order") {
  REQUIRE_THAT(tincan::testing::explore([](Simulation& sim) {
                 sim.bus().main().on("add", [](tincan::Event& event, int a, int b) {
                   event.returnValue = a + b;
                 });
                 for (auto const* name : {"one", "two"}) {
                   sim.spawn(name, [](tincan::Renderer& ipc) {
                     REQUIRE(ipc.sendSync<int>("add", 1, 2) == 3);
                   });
                 }
               }),
               Explored());
}
)";

std::string catchFolder() {
  for (auto const* header : {"catch2/catch_all.hpp", "catch2/catch.hpp"}) {
    auto folder = bench::folderOf(header, "CATCH2_INCLUDE", TINCAN_BENCH_CATCH2);
    if (!folder.empty()) return folder;
  }
  return {};
}

double testMinutes() {
  return std::atof(bench::fromEnvironment("TINCAN_TEST_MINUTES", "").c_str());
}

bench::Figures measure(bench::Setting const&) {
  bench::Figures figures;
  if (auto const folder = catchFolder(); !folder.empty()) {
    bench::Workshop const workshop;
    std::vector<std::string> options = {"-O2", "-g", "-I", folder, "-c"};
    auto const headers = workshop.compile(file, options);
    figures["headers-seconds"] = headers.ms / 1000;
    figures["headers-memory"] = headers.gigabytes;
    options.push_back("-DTINCAN_SEPARATE_COMPILATION");
    auto const compiled = workshop.compile(file, options);
    figures["seconds"] = compiled.ms / 1000;
    figures["memory"] = compiled.gigabytes;
  }
  if (testMinutes() > 0) figures["all"] = testMinutes();
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  auto all = compilingBenchmark(
      "test file: what do tests cost those who wait for the compiler?",
      {
          {"seconds", "a test file with tincan::compiled and Catch2, -O2 -g", atMost(12), 1, " s"},
          {"memory", "memory of the compiler for it", atMost(0.5), 2, " GB"},
          {"headers-seconds", "the same header-only", atMost(12), 1, " s"},
          {"headers-memory", "memory of the compiler for that", atMost(0.5), 2, " GB"},
          {"all", "./dev test on a fresh clone, CPU time", atMost(9), 1, " min"},
      },
      measure);
  if (catchFolder().empty()) {
    for (std::size_t i = 0; i < 4; ++i) all.rows[i].missing = "Catch2 is not installed (catch2)";
  }
  if (testMinutes() <= 0) all.rows[4].missing = "./dev test has not run here on a fresh clone";
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
