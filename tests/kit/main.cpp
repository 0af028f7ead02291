// tests/kit/main.cpp - random programs: explore against threads, and against its own other strategies
//
//   tincan_kit [--quick] [PROGRAMS [SEED [KIND...]]]
//
// Draws so many programs (200) of each kind (all: see generate.hpp), from that seed (1) on. What a program
// comes to is what all of its endpoints have seen. A complete exploration must have every outcome that Random
// and Pct find, every one that threads give, with pauses at random, and just those of all orders, if these are
// few. Programs that have too many orders are skipped, but at least a third must be compared. Each difference
// is shown with a smaller program.
#include <unistd.h>
#include <csignal>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "compare.hpp"
#include "generate.hpp"
#include "program.hpp"
#include "shrink.hpp"
#include "stderr_aside.hpp"

namespace kit {
namespace {

using namespace std::chrono_literals;

constexpr unsigned MostSeconds = 120;  // for one comparison
constexpr unsigned MostShown = 5;      // of a kind

StderrAside* aside = nullptr;
Kind const* currentKind = nullptr;
std::uint64_t currentSeed = 0;

/// Called on the way out of the process: says which program it was.
void tellProgram(int signal) {
  aside->tell();
  std::printf("kit: %s, with seed %llu of %s\n", signal == SIGALRM ? "hangs" : "dies",
              static_cast<unsigned long long>(currentSeed), std::string(currentKind->name).c_str());
  _exit(1);
}

struct Request {
  bool isQuick = false;
  std::uint64_t programs = 200, seed = 1;
  std::vector<Kind const*> kinds{};

  Effort effort() const { return isQuick ? Effort{1500, 300, 10} : Effort{20000, 3000, 30}; }
};

/// Compares the programs of a kind.
class OfKind {
 public:
  OfKind(Kind const& kind, Request const& request) : kind_(kind), request_(request) {}

  /// True if none differs, and enough were compared.
  bool run() {
    for (std::uint64_t i = 0; i < request_.programs; ++i) compare(request_.seed + i);
    bool const isEnough = compared_ * 3 >= request_.programs;
    std::printf("%s: %llu of %llu programs are skipped%s\n", name().c_str(),
                static_cast<unsigned long long>(request_.programs - compared_),
                static_cast<unsigned long long>(request_.programs), isEnough ? "" : ", too many");
    std::printf("%llu programs of %s, %llu differ\n", static_cast<unsigned long long>(compared_),
                name().c_str(), static_cast<unsigned long long>(different_));
    return isEnough && different_ == 0;
  }

 private:
  std::string name() const { return std::string(kind_.name); }

  Comparison comparison(Program const& program, std::uint64_t seed, Effort const& effort) const {
    aside->forget();
    alarm(MostSeconds);
    Comparison const compared = Comparing(program, kind_.onThreads, seed, effort).run();
    alarm(0);
    return compared;
  }

  void compare(std::uint64_t seed) {
    currentKind = &kind_;
    currentSeed = seed;
    Program const program = Generator(kind_, seed).program();
    Comparison const compared = comparison(program, seed, request_.effort());
    if (compared.isSkipped) return;
    ++compared_;
    if (!compared.differs()) return;
    ++different_;
    if (different_ > MostShown) {
      std::printf("seed %llu of %s differs\n", static_cast<unsigned long long>(seed),
                  name().c_str());
    } else {
      show(program, seed, compared);
    }
  }

  void show(Program const& program, std::uint64_t seed, Comparison const& compared) const {
    std::printf("---- seed %llu of %s: %s\n", static_cast<unsigned long long>(seed), name().c_str(),
                compared.difference.c_str());
    Effort effort = request_.effort();
    effort.runs *= 3;  // else what threads give now and then is taken for what they do not give
    Comparison last = compared;
    auto const differs = [&](Program const& smaller) {
      Comparison const other = comparison(smaller, seed, effort);
      if (other.difference != compared.difference) return false;
      last = other;
      return true;
    };
    Program const small = Shrinking(program, differs, request_.isQuick ? 10s : 30s).run();
    std::printf("%s", describe(small).c_str());
    if (last.outcome.empty()) return;
    std::printf("the outcome:\n%s", last.outcome.c_str());
    std::printf("of the %zu that the exploration has, in %llu schedules, the nearest one:\n%s",
                last.every.outcomes.size(),
                static_cast<unsigned long long>(last.every.result.schedules),
                nearest(last).c_str());
  }

  /// The one that has most in common at the beginning.
  static std::string nearest(Comparison const& compared) {
    std::string best;
    std::size_t most = 0;
    for (std::string const& outcome : compared.every.outcomes) {
      std::size_t common = 0;
      while (common < outcome.size() && common < compared.outcome.size() &&
             outcome[common] == compared.outcome[common]) {
        ++common;
      }
      if (best.empty() || common > most) best = outcome, most = common;
    }
    return best;
  }

  Kind const& kind_;
  Request const& request_;
  std::uint64_t compared_ = 0, different_ = 0;
};

std::uint64_t number(char const* text) { return std::strtoull(text, nullptr, 10); }

/// False: it names a kind that there is not.
bool read(std::vector<char const*> arguments, Request& request) {
  if (!arguments.empty() && std::string_view(arguments.front()) == "--quick") {
    request.isQuick = true;
    arguments.erase(arguments.begin());
  }
  if (arguments.size() > 0) request.programs = number(arguments[0]);
  if (arguments.size() > 1) request.seed = number(arguments[1]);
  for (std::size_t i = 2; i < arguments.size(); ++i) {
    std::size_t const before = request.kinds.size();
    for (Kind const& kind : kinds()) {
      if (kind.name == arguments[i]) request.kinds.push_back(&kind);
    }
    if (request.kinds.size() == before) return false;
  }
  if (!request.kinds.empty()) return true;
  for (Kind const& kind : kinds()) request.kinds.push_back(&kind);
  return true;
}

int run(std::vector<char const*> const& arguments) {
  Request request;
  if (!read(arguments, request)) {
    std::printf("usage: tincan_kit [--quick] [PROGRAMS [SEED [KIND...]]], of these kinds:");
    for (Kind const& kind : kinds()) std::printf(" %s", std::string(kind.name).c_str());
    std::printf("\n");
    return 2;
  }
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  StderrAside keeps;
  aside = &keeps;
  for (int const signal : {SIGABRT, SIGSEGV, SIGALRM}) std::signal(signal, tellProgram);
  bool isFine = true;
  for (Kind const* const kind : request.kinds) isFine = OfKind(*kind, request).run() && isFine;
  return isFine ? 0 : 1;
}

}  // namespace
}  // namespace kit

int main(int count, char** arguments) { return kit::run({arguments + 1, arguments + count}); }
