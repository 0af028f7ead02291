// benchmarks/small_program.cpp - how long is a program of 20 lines compiled?
//
// A thread tells main something, and asks it something, once with tincan and once with asio, each
// with the header that includes all of it; with the four headers of asio that the program needs; and
// with tincan::compiled, whose bodies are compiled once for a whole project and do not count here.
// All are run, and must end with 0. User time of the compiler, one after the other.

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "compiling.hpp"
#include "harness.hpp"

namespace {

constexpr std::string_view ours = R"(#include <tincan/tincan.hpp>

#include <string>

int main() {
  tincan::Bus bus;
  int heard = 0;
  bool isRight = false;
  bus.main().on("progress", [&](std::string const& what, int percent) {
    if (what == "half") heard = percent;
  });
  bus.main().handle("length", [](std::string const& text) { return text.size(); });
  auto worker = bus.spawn("worker", [&](tincan::Renderer& ipc) {
    ipc.send("progress", "half", 50);
    isRight = ipc.invoke<std::size_t>("length", "four").get() == 4;
    bus.close();
  });
  bus.main().run();
  worker.join();
  return heard == 50 && isRight ? 0 : 1;
}
)";

constexpr std::string_view allOfAsio = "#include <asio.hpp>\n";
constexpr std::string_view partsOfAsio = R"(#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <asio/use_future.hpp>
)";
constexpr std::string_view asios = R"(
#include <string>
#include <thread>

int main() {
  asio::io_context main;
  auto work = asio::make_work_guard(main);
  int heard = 0;
  bool isRight = false;
  std::thread worker([&] {
    asio::post(main, [&heard, what = std::string("half"), percent = 50] {
      if (what == "half") heard = percent;
    });
    auto const length = [text = std::string("four")] { return text.size(); };
    isRight = asio::post(main, asio::use_future(length)).get() == 4;
    work.reset();
  });
  main.run();
  worker.join();
  return heard == 50 && isRight ? 0 : 1;
}
)";

bench::Figures measure(bench::Setting const&) {
  bench::Workshop const workshop, bodies;
  std::string const separate = "-DTINCAN_SEPARATE_COMPILATION";
  bodies.compile("#include <tincan/impl/src.hpp>\n", {"-O0", separate, "-c"});
  auto const asio = bench::asioFolder();
  std::vector<std::pair<std::string, std::string>> programs = {{"tincan", std::string(ours)}};
  if (!asio.empty()) {
    programs.emplace_back("asio", fmt::format("{}{}", allOfAsio, asios));
    programs.emplace_back("parts", fmt::format("{}{}", partsOfAsio, asios));
  }
  std::vector<std::string> const folders = {"-I", asio.empty() ? "." : asio};
  bench::Figures figures;
  for (std::string const level : {"O0", "O2"}) {
    std::vector<std::string> options = {'-' + level, "-c"};
    options.insert(options.end(), folders.begin(), folders.end());
    std::map<std::string, double> ms;
    for (auto const& [name, text] : programs) {
      if (name == "parts" && level == "O2") continue;
      ms[name] = workshop.compile(text, options).ms;
      workshop.requireToRun();
    }
    options.push_back(separate);
    ms["compiled"] = workshop.compile(ours, options).ms;
    workshop.requireToRun(bodies.object());
    figures[level + "-ms"] = ms["tincan"];
    figures[level + "-compiled-ms"] = ms["compiled"];
    if (asio.empty()) continue;
    figures[level] = ms["tincan"] / ms["asio"];
    figures[level + "-compiled"] = ms["compiled"] / ms["asio"];
    if (level == "O0") figures["O0-parts"] = ms["tincan"] / ms["parts"];
  }
  return figures;
}

bench::Benchmark benchmark() {
  using namespace bench;
  auto all = compilingBenchmark(
      "small program: how long is a program of 20 lines compiled?",
      {
          {"O0", "a program of 20 lines / asio's, -O0", atMost(1)},
          {"O2", "a program of 20 lines / asio's, -O2", atMost(1)},
          {"O0-compiled", "the same with tincan::compiled, -O0", atMost(1)},
          {"O2-compiled", "the same with tincan::compiled, -O2", atMost(1)},
          {"O0-parts", "header-only, asio with only four headers, -O0", forInformation()},
          {"O0-ms", "tincan's, -O0", forInformation(), 0, " ms"},
          {"O2-ms", "tincan's, -O2", forInformation(), 0, " ms"},
          {"O0-compiled-ms", "tincan's, compiled, -O0", forInformation(), 0, " ms"},
          {"O2-compiled-ms", "tincan's, compiled, -O2", forInformation(), 0, " ms"},
      },
      measure);
  if (asioFolder().empty()) {
    for (std::size_t i = 0; i < 5; ++i) {
      all.rows[i].missing =
          "asio is not installed (libasio-dev): ASIO_INCLUDE=<folder> tells where it is";
    }
  }
  return all;
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
