// benchmarks/compiling.hpp - runs the compiler on a piece of text
//
// The build tells which compiler, and where the headers are (see CMakeLists.txt); a folder is empty
// if it was not found. The environment's CXX, and EVENTPP_INCLUDE, ASIO_INCLUDE and the like, win.
#pragma once

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "basics.hpp"
#include "results.hpp"

namespace bench {

inline std::string fromEnvironment(char const* name, char const* otherwise) {
  auto const* const value = std::getenv(name);
  return value != nullptr && *value != '\0' ? value : otherwise;
}

inline std::string compilerPath() { return fromEnvironment("CXX", TINCAN_BENCH_CXX); }

/// The folder that holds a header, or nothing.
inline std::string folderOf(std::string_view header, char const* variable, char const* otherwise) {
  auto folder = fromEnvironment(variable, otherwise);
  return std::filesystem::exists(fmt::format("{}/{}", folder, header)) ? folder : "";
}
inline std::string eventppFolder() {
  return folderOf("eventpp/eventqueue.h", "EVENTPP_INCLUDE", TINCAN_BENCH_EVENTPP);
}
inline std::string asioFolder() {
  return folderOf("asio/io_context.hpp", "ASIO_INCLUDE", TINCAN_BENCH_ASIO);
}

/// A benchmark whose processes are few, because the compiler takes long and varies little.
inline Benchmark compilingBenchmark(std::string title, std::vector<Row> rows,
                                    Figures (*measure)(Setting const&)) {
  Benchmark all{std::move(title), std::move(rows), measure};
  all.mostProcesses = 3;
  all.fewestProcesses = 2;
  all.movesLines = false;
  return all;
}

/// What the compiler took for a file: the user time, which other programs disturb least, and the
/// memory at its most.
struct CompilerUsage {
  double ms = 0;
  double gigabytes = 0;
};

/// A folder for what is compiled; its end removes it.
class Workshop {
 public:
  explicit Workshop(std::string compiler = compilerPath()) : compiler_(std::move(compiler)) {
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

  /// That it does not compile is a violation.
  CompilerUsage compile(std::string_view text, std::vector<std::string> arguments) const {
    std::string const source = folder_ / "source.cpp";
    std::ofstream(source) << text;
    arguments.insert(arguments.begin(), {compiler_, "-std=c++20", "-I", TINCAN_BENCH_INCLUDE});
    arguments.insert(arguments.end(), {source, "-o", object()});
    auto const usage = run(std::move(arguments));
    auto const& time = usage.ru_utime;
    return {static_cast<double>(time.tv_sec) * 1e3 + static_cast<double>(time.tv_usec) / 1e3,
            static_cast<double>(usage.ru_maxrss) * 1024 / 1e9};
  }

  /// Where what was compiled last lies.
  std::string object() const { return folder_ / "object.o"; }

  /// Of what was compiled last. Kilobytes of 1024.
  double objectKilobytes() const {
    return static_cast<double>(std::filesystem::file_size(object())) / 1024;
  }
  double definedSymbols() const {
    run({"/bin/sh", "-c", "\"$0\" --defined-only \"$1\" > \"$2\"", TINCAN_BENCH_NM, object(),
         list()});
    std::ifstream file(list());
    return static_cast<double>(
        std::count(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>(), '\n'));
  }

  /// Links what was compiled last with that object file, if it is named, and runs it. That it does not
  /// end with 0 is a violation.
  void requireToRun(std::string const& other = {}) const {
    std::vector<std::string> arguments = {compiler_, object(), "-pthread", "-o", program()};
    if (!other.empty()) arguments.push_back(other);
    run(std::move(arguments));
    run({program()});
  }

 private:
  std::string list() const { return folder_ / "symbols.txt"; }
  std::string program() const { return folder_ / "program"; }

  static rusage run(std::vector<std::string> arguments) {
    std::vector<char*> pointers;
    for (auto& argument : arguments) pointers.push_back(argument.data());
    pointers.push_back(nullptr);
    pid_t pid = 0;
    require(posix_spawnp(&pid, pointers[0], nullptr, nullptr, pointers.data(), environ) == 0,
            fmt::format("cannot run {}", arguments[0]));
    int status = 0;
    rusage usage{};
    require(wait4(pid, &status, 0, &usage) == pid && status == 0,
            fmt::format("{} failed", arguments[0]));
    return usage;
  }

  std::string compiler_;
  std::filesystem::path folder_;
};

}  // namespace bench
