// benchmarks/header.cpp - how long does the compiler take for the header alone?
//
// The user time of `-fsyntax-only` of a file with one line, #include <tincan/tincan.hpp>, by that of
// one with eventpp/eventqueue.h; beside them other libraries that join threads or call listeners,
// where they are installed. All one after the other, in each process again. Where eventpp is not
// installed: by the standard headers that it includes.

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiling.hpp"
#include "harness.hpp"

namespace {

// Of version 0.1.3.
constexpr std::string_view standardHeaders = R"(
#include <array>
#include <atomic>
#include <cassert>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <tuple>
#include <unordered_map>
#include <utility>
)";

// What the names of tincan's public interface need, and no line of its own.
constexpr std::string_view ourStandardHeaders = R"(
#include <atomic>
#include <chrono>
#include <coroutine>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>
)";

std::string const withoutEventpp =
    "eventpp is not installed: EVENTPP_INCLUDE=<folder> tells where it is";

/// A header of others, by what eventpp's takes.
struct Library {
  char const* key;
  char const* header;
  std::string folder;

  std::string missing() const {
    if (bench::eventppFolder().empty()) return withoutEventpp;
    return folder.empty() ? std::string(header) + " is not installed" : "";
  }
};

std::vector<Library> libraries() {
  return {{"asio", "asio.hpp", bench::asioFolder()},
          {"signals2", "boost/signals2.hpp",
           bench::folderOf("boost/signals2.hpp", "BOOST_INCLUDE", TINCAN_BENCH_BOOST)}};
}

std::string including(std::string_view header) { return fmt::format("#include <{}>\n", header); }

/// Where the bodies of functions that are no templates have a translation unit of their own.
bool canBeCompiled() {
  return std::filesystem::exists(TINCAN_BENCH_INCLUDE "/tincan/impl/src.hpp");
}

/// By eventpp's header with the same compiler; the module itself is compiled before, once.
double importing() {
  std::string const clang = TINCAN_BENCH_MODULE_CLANG;
  bench::Workshop const module(clang);
  std::ifstream file(TINCAN_BENCH_INCLUDE "/tincan/tincan.cppm");
  module.compile(std::string(std::istreambuf_iterator<char>(file), {}),
                 {"-x", "c++-module", "--precompile"});
  bench::Workshop const user(clang);
  auto const ours = user.compile("import tincan;\n",
                                 {"-fmodule-file=tincan=" + module.object(), "-fsyntax-only"});
  auto const theirs = user.compile(including("eventpp/eventqueue.h"),
                                   {"-I", bench::eventppFolder(), "-fsyntax-only"});
  return ours.ms / theirs.ms;
}
std::string importIsMissing() {
  if (bench::eventppFolder().empty()) return withoutEventpp;
  return *TINCAN_BENCH_MODULE_CLANG == '\0' ? "there is no clang that knows modules (clang-19)"
                                            : "";
}

bench::Figures measure(bench::Setting const&) {
  bench::Workshop const workshop;
  auto const timeOf = [&](std::string_view text, std::vector<std::string> arguments = {}) {
    arguments.emplace_back("-fsyntax-only");
    return workshop.compile(text, std::move(arguments)).ms;
  };
  auto const eventpp = bench::eventppFolder();
  auto const other = eventpp.empty() ? timeOf(standardHeaders)
                                     : timeOf(including("eventpp/eventqueue.h"), {"-I", eventpp});
  auto const tincan = timeOf(including("tincan/tincan.hpp"));
  bench::Figures figures = {{eventpp.empty() ? "by-standard" : "header", tincan / other},
                            {"standard", timeOf(ourStandardHeaders) / other},
                            {"header-ms", tincan},
                            {"reference-ms", other}};
  if (canBeCompiled() && !eventpp.empty()) {
    figures["compiled"] =
        timeOf(including("tincan/tincan.hpp"), {"-DTINCAN_SEPARATE_COMPILATION"}) / other;
  }
  if (importIsMissing().empty()) figures["module"] = importing();
  for (auto const& library : libraries()) {
    if (!library.missing().empty()) continue;
    figures[library.key] = timeOf(including(library.header), {"-I", library.folder}) / other;
  }
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  Row header{"header", "tincan.hpp / eventpp/eventqueue.h, -fsyntax-only", atMost(1.5)};
  header.reason =
      "the standard headers that the public interface names cost what their row says; most of the "
      "rest are the bodies of functions that are no templates";
  Row compiled{"compiled", "the same with tincan::compiled", atMost(0.8)};
  if (!canBeCompiled()) compiled.missing = "there is no tincan::compiled";
  Row module{"module", "import tincan; / the same, clang", forInformation()};
  module.missing = importIsMissing();
  std::vector<Row> rows;
  if (eventppFolder().empty()) {
    header.missing = compiled.missing = withoutEventpp;
    rows.push_back({"by-standard", "tincan.hpp / eventpp's standard headers", forInformation()});
  }
  rows.insert(rows.begin(), {header, compiled, module});
  for (auto const& library : libraries()) {
    rows.push_back({library.key, fmt::format("{} / the same", library.header), forInformation()});
    rows.back().missing = library.missing();
  }
  rows.insert(rows.end(),
              {{"standard", "the standard headers that tincan's interface names / the same",
                forInformation()},
               {"header-ms", "tincan.hpp", forInformation(), 0, " ms"},
               {"reference-ms", "the other", forInformation(), 0, " ms"}});
  auto all = compilingBenchmark("header: how long does the compiler take for the header alone?",
                                rows, measure);
  all.mostProcesses = 7;
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
