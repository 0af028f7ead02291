// benchmarks/arguments.hpp - the command line of a benchmark
#pragma once

#include <algorithm>
#include <cstdlib>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>

namespace bench::detail {

struct Arguments {
  bool child = false;
  bool quick = false;
  int processes = 0;
  double seconds = 0;
  double effort = 0;  // a child's
  int fewest = 3;     // processes, even if the time is up
  std::string json;

  int fewestProcesses() const { return std::min(processes, quick ? (fewest + 1) / 2 : fewest); }
};

inline void takeValue(Arguments& arguments, std::string_view option, char const* value) {
  if (option == "--processes") arguments.processes = std::atoi(value);
  if (option == "--seconds") arguments.seconds = std::atof(value);
  if (option == "--effort") arguments.effort = std::atof(value);
  if (option == "--json") arguments.json = value;
}

inline std::optional<Arguments> parseArguments(int argc, char** argv) {
  constexpr std::string_view withValue[] = {"--processes", "--seconds", "--effort", "--json"};
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--child") {
      arguments.child = true;
    } else if (argument == "--quick") {
      arguments.quick = true;
    } else if (std::count(std::begin(withValue), std::end(withValue), argument) == 1 &&
               i + 1 < argc) {
      takeValue(arguments, argument, argv[++i]);
    } else {
      return std::nullopt;
    }
  }
  if (arguments.processes <= 0) arguments.processes = arguments.quick ? 3 : 7;
  if (arguments.seconds <= 0) arguments.seconds = arguments.quick ? 2.5 : 20;
  if (arguments.effort <= 0) arguments.effort = arguments.quick ? 0.25 : 1;
  return arguments;
}

}  // namespace bench::detail
