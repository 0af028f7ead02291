// benchmarks/footprint.cpp - how large is the code, and how long is it compiled?
//
// Two files, compiled with -O2: one that only includes the header, and one that has 50 typed
// channels of five signatures, each with a listener of its own and a place that sends. No
// limit to compare with: the figures are for those who decide.

#include <fmt/format.h>

#include <filesystem>
#include <string>
#include <string_view>

#include "compiling.hpp"
#include "harness.hpp"

namespace {

constexpr int channels = 50;
constexpr std::string_view include = "#include <tincan/tincan.hpp>\n";

struct Kind {
  std::string_view signature;
  std::string_view listener;
  std::string_view arguments;
};

constexpr Kind kinds[] = {
    {"void(int)", "[](int) {}", "1"},
    {"void(std::string)", "[](std::string const&) {}", "\"text\""},
    {"void(int, double)", "[](int, double) {}", "1, 2.0"},
    {"int(std::string)", "[](tincan::Event& event, std::string const&) { event.returnValue = 1; }",
     "\"text\""},
    {"std::string(int)", "[](tincan::Event& event, int) { event.returnValue = \"text\"; }", "1"},
};

std::string fiftyChannels() {
  std::string text(include);
  for (int i = 0; i < channels; ++i) {
    auto const& kind = kinds[i % 5];
    text += fmt::format(R"(
void use{0}(tincan::Main& main, tincan::Renderer& renderer) {{
  constexpr tincan::Channel<{1}> channel{{"channel {0}"}};
  main.on(channel, {2});
  renderer.send(channel, {3});
}}
)",
                        i, kind.signature, kind.listener, kind.arguments);
  }
  return text;
}

struct Object {
  double ms;
  double kilobytes;
};

Object objectOf(bench::Workshop const& workshop, std::string_view text) {
  auto const ms = workshop.compile(text, {"-O2", "-DNDEBUG", "-c"});
  auto const bytes = std::filesystem::file_size(workshop.object());
  return {ms, static_cast<double>(bytes) / 1024};
}

bench::Figures measure(bench::Setting const&) {
  bench::Workshop const workshop;
  auto const header = objectOf(workshop, include);
  auto const fifty = objectOf(workshop, fiftyChannels());
  return {{"header-ms", header.ms},
          {"header-kb", header.kilobytes},
          {"channels-ms", fifty.ms},
          {"channels-kb", fifty.kilobytes},
          {"channel-ms", (fifty.ms - header.ms) / channels},
          {"channel-kb", (fifty.kilobytes - header.kilobytes) / channels}};
}

bench::Benchmark benchmark() {
  using namespace bench;
  return {"footprint: how large is the code, and how long is it compiled? (-O2)",
          {
              {"header-kb", "object file that only includes", forInformation(), 1, " KiB"},
              {"channels-kb", "object file with 50 typed channels", forInformation(), 1, " KiB"},
              {"channel-kb", "a typed channel more", forInformation(), 1, " KiB"},
              {"header-ms", "to compile what only includes", forInformation(), 0, " ms"},
              {"channels-ms", "to compile 50 typed channels", forInformation(), 0, " ms"},
              {"channel-ms", "a typed channel more, to compile", forInformation(), 0, " ms"},
          },
          measure,
          {},
          {},
          1};  // the compiler does it again the same way
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
