// benchmarks/instructions.cpp - how many instructions does an operation take?
//
// callgrind counts them in the program of tests/instructions, which lies beside this one: what one
// thread does for the operation, and nothing else. The count does not depend on the machine's mood,
// so once is enough.

#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "harness.hpp"

namespace {

struct Operation {
  char const* key;
  char const* what;
  int goal;
};

constexpr Operation operations[] = {
    {"send", "send", 70},
    {"poll", "poll, a message of 32", 80},
    {"listener", "one more listener", 12},
    {"idlePoll", "idle poll", 40},
    {"request", "request, poll and get", 450},
    {"invoke", "invoke, poll and get", 500},
    {"sendSync", "sendSync, the requester's side", 260},
};

std::string countingProgram() {
  std::error_code ignored;
  auto const self = std::filesystem::read_symlink("/proc/self/exe", ignored);
  return self.parent_path() / "counted_operations";
}

std::string whyMissing() {
  if (!std::filesystem::exists(countingProgram())) {
    return "counted_operations is not there: it needs valgrind's headers (valgrind) when it is "
           "built";
  }
  auto const found = std::system("command -v valgrind > /dev/null 2>&1") == 0;
  return found ? "" : "valgrind is not installed";
}

double count(char const* operation) {
  constexpr double times = 3200;
  auto const command = fmt::format(
      "valgrind --tool=callgrind --collect-atstart=no --callgrind-out-file=/dev/null '{}' {} {} "
      "2>&1",
      countingProgram(), operation, times);
  auto* const pipe = popen(command.c_str(), "r");
  bench::require(pipe != nullptr, "cannot run valgrind");
  double collected = 0;
  constexpr std::string_view mark = "Collected : ";
  for (std::array<char, 512> line{}; std::fgets(line.data(), line.size(), pipe) != nullptr;) {
    std::string_view const text = line.data();
    auto const found = text.find(mark);
    if (found != text.npos) collected = std::atof(line.data() + found + mark.size());
  }
  bench::require(pclose(pipe) == 0 && collected > 0,
                 fmt::format("{}: nothing was counted, or memory was allocated", operation));
  return collected / times;
}

bench::Figures measure(bench::Setting const&) {
  bench::Figures figures;
  if (!whyMissing().empty()) return figures;
  for (auto const& operation : operations) figures[operation.key] = count(operation.key);
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  Benchmark all{"instructions: how many instructions does an operation take?", {}, measure};
  auto const missing = whyMissing();
  for (auto const& operation : operations) {
    all.rows.push_back({operation.key, fmt::format("instructions: {}", operation.what),
                        atMost(operation.goal), 0});
    all.rows.back().missing = missing;
  }
  all.mostProcesses = 1;
  all.movesLines = false;
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
