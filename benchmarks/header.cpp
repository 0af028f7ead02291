// benchmarks/header.cpp - how long does the compiler take for the header alone?
//
// The CPU time of `-fsyntax-only` of a file with one line, #include <tincan/tincan.hpp>,
// by that of one with eventpp/eventqueue.h. Where eventpp is not installed: by that of the
// standard headers that eventqueue.h includes.

#include <string>
#include <string_view>

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

double timeOf(bench::Workshop const& workshop, std::string_view text) {
  auto const folder = bench::eventppFolder();
  return workshop.compile(text, {"-fsyntax-only", "-I", folder.empty() ? "." : folder});
}

bench::Figures measure(bench::Setting const&) {
  bench::Workshop const workshop;
  auto const reference =
      bench::eventppFolder().empty() ? standardHeaders : "#include <eventpp/eventqueue.h>\n";
  auto const other = timeOf(workshop, reference);
  auto const tincan = timeOf(workshop, "#include <tincan/tincan.hpp>\n");
  auto const ours = timeOf(workshop, ourStandardHeaders);
  return {{"header", tincan / other},
          {"standard", ours / other},
          {"header-ms", tincan},
          {"reference-ms", other}};
}

bench::Benchmark benchmark() {
  using namespace bench;
  Row header = eventppFolder().empty()
                   ? Row{"header", "tincan.hpp / the standard headers of eventpp", forInformation()}
                   : Row{"header", "tincan.hpp / eventpp/eventqueue.h, -fsyntax-only", atMost(0.7)};
  header.reason =
      "the standard headers that the public interface names cost what the row below says; the rest "
      "is the instantiation of templates for the functions that are no templates: 56 % of all the "
      "time (g++ -ftime-report)";
  return {"header: how long does the compiler take for the header alone?",
          {
              header,
              {"standard", "the standard headers that its interface names / the same",
               forInformation()},
              {"header-ms", "tincan.hpp", forInformation(), 0, " ms"},
              {"reference-ms", "the other", forInformation(), 0, " ms"},
          },
          measure};
}

}  // namespace

int main(int argc, char** argv) { return bench::run(argc, argv, benchmark()); }
