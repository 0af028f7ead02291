// benchmarks/compiling.hpp - runs the compiler on a piece of text
//
// Which one, and where the headers are, is told by the build: TINCAN_BENCH_CXX,
// TINCAN_BENCH_INCLUDE, TINCAN_BENCH_EVENTPP (empty if it was not found). The environment's CXX and
// EVENTPP_INCLUDE win.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <vector>

#include "basics.hpp"

namespace bench {

inline std::string fromEnvironment(char const* name, char const* otherwise) {
  auto const* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline std::string compilerPath() { return fromEnvironment("CXX", TINCAN_BENCH_CXX); }

/// The folder that holds eventpp/eventqueue.h, or nothing.
inline std::string eventppFolder() {
  auto folder = fromEnvironment("EVENTPP_INCLUDE", TINCAN_BENCH_EVENTPP);
  return std::filesystem::exists(folder + "/eventpp/eventqueue.h") ? folder : "";
}

/// A folder for what is compiled; its end removes it.
class Workshop {
 public:
  Workshop() {
    auto name = (std::filesystem::temp_directory_path() / "tincan-bench-XXXXXX").string();
    require(mkdtemp(name.data()) != nullptr, "cannot make a folder for what is compiled");
    folder_ = name;
  }
  ~Workshop() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Workshop(Workshop const&) = delete;
  Workshop& operator=(Workshop const&) = delete;

  /// CPU time in milliseconds. That it does not compile is a violation.
  double compile(std::string_view text, std::vector<std::string> arguments) const {
    std::ofstream(source()) << text;
    arguments.insert(arguments.begin(), {compilerPath(), "-std=c++20", "-I", TINCAN_BENCH_INCLUDE});
    arguments.insert(arguments.end(), {source(), "-o", object()});
    auto const usage = run(arguments);
    return ms(usage.ru_utime) + ms(usage.ru_stime);
  }

  std::string object() const { return folder_ / "object.o"; }

 private:
  std::string source() const { return folder_ / "source.cpp"; }

  static double ms(timeval const& time) {
    return static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3;
  }

  static rusage run(std::vector<std::string>& arguments) {
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t pid = 0;
    require(posix_spawnp(&pid, pointers[0], nullptr, nullptr, pointers.data(), environ) == 0,
            fmt::format("cannot run {}", arguments[0]));
    int status = 0;
    rusage usage{};
    require(wait4(pid, &status, 0, &usage) == pid && status == 0, "it does not compile");
    return usage;
  }

  std::filesystem::path folder_;
};

}  // namespace bench
