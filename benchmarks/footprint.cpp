// benchmarks/footprint.cpp - what does a typed channel cost the compiler?
//
// Files with 2 and with 22 typed channels (with --quick 12), each with an argument of its own type, a
// handler and a call: what one more costs is the difference by their number. The same type again
// would cost less.

#include <fmt/format.h>

#include <string>
#include <utility>
#include <vector>

#include "compiling.hpp"
#include "harness.hpp"

namespace {

std::string withChannels(int count) {
  std::string text = "#include <tincan/tincan.hpp>\n";
  for (int i = 0; i < count; ++i) {
    text += fmt::format(R"(
struct Reading{0} {{ int value; }};
constexpr tincan::Channel<int(Reading{0})> channel{0}{{"channel {0}"}};
int use{0}(tincan::Main& main, tincan::Renderer& renderer) {{
  main.handle(channel{0}, [](Reading{0} reading) {{ return reading.value; }});
  return renderer.invoke(channel{0}, Reading{0}{{{0}}}).get();
}}
)",
                        i);
  }
  return text;
}

struct Object {
  double ms;
  double kilobytes;
  double symbols;
};

Object objectOf(bench::Workshop const& workshop, int channels, std::vector<std::string> options) {
  options.emplace_back("-c");
  auto const ms = workshop.compile(withChannels(channels), std::move(options)).ms;
  return {ms, workshop.objectKilobytes(), workshop.definedSymbols()};
}

bench::Figures measure(bench::Setting const& setting) {
  constexpr int few = 2;
  int const many = setting.quick ? 12 : 22;
  bench::Workshop const workshop;
  auto const few0 = objectOf(workshop, few, {"-O0"});
  auto const many0 = objectOf(workshop, many, {"-O0"});
  auto const few2 = objectOf(workshop, few, {"-O2", "-DNDEBUG"});
  auto const many2 = objectOf(workshop, many, {"-O2", "-DNDEBUG"});
  auto const oneMore = [&](double less, double more) { return (more - less) / (many - few); };
  return {{"channel-O0", oneMore(few0.ms, many0.ms)},
          {"channel-O2", oneMore(few2.ms, many2.ms)},
          {"symbols", oneMore(few0.symbols, many0.symbols)},
          {"channel-kb", oneMore(few2.kilobytes, many2.kilobytes)},
          {"few-ms", few2.ms},
          {"few-kb", few2.kilobytes}};
}

bench::Benchmark benchmark() {
  using namespace bench;
  return compilingBenchmark(
      "footprint: what does a typed channel cost the compiler?",
      {
          {"channel-O0", "a typed channel with handler and call, -O0", atMost(60), 0, " ms"},
          {"channel-O2", "the same, -O2", atMost(100), 0, " ms"},
          {"symbols", "symbols of it (nm, -O0)", atMost(30), 0},
          {"channel-kb", "object code of it, -O2", forInformation(), 1, " KiB"},
          {"few-ms", "a file with two of them, -O2", forInformation(), 0, " ms"},
          {"few-kb", "its object file", forInformation(), 1, " KiB"},
      },
      measure);
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
