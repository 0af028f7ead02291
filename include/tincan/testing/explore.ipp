// tincan/testing/explore.ipp - runs a test under every order of messages that can be told apart: the bodies
#pragma once

#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/explore/crew.hpp>
#include <tincan/testing/detail/explore/explored_run.hpp>
#include <tincan/testing/detail/explore/kept_search.hpp>
#include <tincan/testing/detail/explore/part_maker.hpp>
#include <tincan/testing/detail/report/doubts.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/search/minimise.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/death_signals.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/explore.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

/// One exploration.
class Exploration {
 public:
  Exploration(std::function<void(Simulation&)> body, Options const& options)
      : options_(Environment::override(options)),
        isOverridden_(options_.strategy != options.strategy),
        last_(body, options_),
        body_(std::move(body)) {}

  Result run() {
    Recycling const recycling;
    DeathSignals const deathSignals(options_.hang);
    kept_.open();
    PartMaker const maker(body_, options_, begin_);
    std::optional<Crew> crew;
    if (options_.cores > 1 && options_.strategy == Options::Strategy::Exhaustive) {
      crew.emplace(options_.cores - 1,
                   [&](Subtree& part, Crew& others) { maker.make(part, others); });
    }
    for (;;) {
      std::size_t const known = cycles();
      std::optional<CrewHelpers> helpers;
      ScheduleSearch search(options_, begin_);
      kept_.goOn(search);
      if (crew.has_value()) search.shareWith(helpers.emplace(*crew, last_.findings()));
      std::optional<Result> const failure = runAll(search, known);
      if (!failure.has_value() && (cycles() != known || mustTellMoreApart(search))) continue;
      kept_.end(search, failure.has_value());
      return failure.has_value() ? *failure : result(search);
    }
  }

 private:
  static constexpr std::uint64_t MostRepeated = 1000;

  std::size_t cycles() const noexcept { return last_.findings().cycles.size(); }

  /// Makes the runs of a search, until one fails or has come upon a new cycle of waits.
  std::optional<Result> runAll(ScheduleSearch& search, std::size_t knownCycles) {
    std::uint64_t repeatsNext = 1;  // once more, to see whether it goes the same way
    while (search.next()) {
      std::uint64_t const before = search.schedules();
      kept_.runBegins(search);
      bool const hasFailed = last_.run(search);
      kept_.runEnds(search, hasFailed);
      if (hasFailed) return failed(search);
      if (cycles() != knownCycles) return std::nullopt;
      if (search.schedules() == before) continue;  // it was given up
      if (before == 0) first_ = {search.token(), last_.texts()};
      if (search.schedules() < repeatsNext) continue;
      while (repeatsNext <= search.schedules()) repeatsNext *= 10;
      if (repeatsNext > MostRepeated) repeatsNext = ~std::uint64_t{0};
      if (auto const why = repeat({search.token(), last_.texts()}); !why.empty()) {
        return failed(search, why);
      }
    }
    if (search.nondeterministic()) return failed(search, search.nondeterminism());
    if (!search.fits()) {
      return failedWithoutRun(search, "the test has changed: the replay does not fit it");
    }
    return std::nullopt;
  }

  /// Whether the search has left out what only claims can tell apart, and has to begin anew.
  bool mustTellMoreApart(ScheduleSearch const& search) {
    bool const isExhaustive = options_.strategy == Options::Strategy::Exhaustive;
    return isExhaustive && search.complete() && last_.findings().claims.tellApart();
  }

  Result result(ScheduleSearch const& search) {
    if (search.complete()) {
      std::string const vacuous = last_.findings().claims.neverSometimes();
      if (!vacuous.empty()) return failedWithoutRun(search, "vacuous: never sometimes: " + vacuous);
    }
    Result result;
    bool const isReplay = options_.strategy == Options::Strategy::Replay;
    std::string const& unseen = last_.findings().incomplete;
    result.complete = (search.complete() && unseen.empty()) || isReplay;
    result.schedules = search.schedules();
    if (isReplay) result.replay = search.token();
    if (result.complete) return result;
    result.incomplete = search.complete() ? unseen : whyIncomplete(options_, search);
    if (options_.strategy == Options::Strategy::Exhaustive || isOverridden_) {
      say("tincan: " + std::to_string(result.schedules) +
          " schedules are ok, and not complete: " + result.incomplete + "\n");
    }
    return result;
  }

  /// Makes it once more. Returns a sentence if it goes another way now.
  std::string repeat(GoodRun const& before) {
    if (before.token == repeated_) return {};
    repeated_ = before.token;
    return differs(before);
  }
  std::string differs(GoodRun const& before) {
    bool const fails = last_.replay(before.token);
    if (!fails && last_.texts() == before.texts) return {};
    return secondDiffers(fails ? last_.failure() : std::string());
  }

  /// A sentence if the failure of the last run, no assertion of a framework, does not depend on its order alone.
  std::string doubt(std::string const& token) {
    std::string const failure = last_.failure();
    std::string why;
    if (!last_.replay(token)) {
      why = failedOnce(failure);
    } else if (!first_.token.empty()) {
      why = differs(first_);
    }
    last_.setFailure(failure);
    return why;
  }

  Result failed(ScheduleSearch const& search, std::string why = {}) {
    Result result;
    result.ok = false;
    result.schedules = search.schedules();
    result.replay = result.minimal = search.token();
    bool const mayDoubt = why.empty() && options_.strategy != Options::Strategy::Replay;
    if (last_.isAssertion()) return failedByAssertion(result, mayDoubt);
    if (mayDoubt) why = doubt(result.replay);
    result.failure = why.empty() ? last_.failure() : why;
    if (why.empty() && mayDoubt) {
      result.minimal =
          minimise(result.replay, [this](ScheduleSearch& one) { return last_.run(one); });
    }
    last_.keepLog();
    bool const failsAgain = last_.replay(result.minimal) && !last_.failure().empty();
    if (failsAgain && why.empty()) result.failure = last_.failure();
    show(result);
    return result;
  }

  /// No run by itself has failed, so there is none to show, nor a token for it.
  static Result failedWithoutRun(ScheduleSearch const& search, std::string why) {
    say("tincan: fails, schedules: " + std::to_string(search.schedules()) + ": " + why + "\n");
    Result result;
    result.ok = false;
    result.schedules = search.schedules();
    result.failure = std::move(why);
    return result;
  }

  /// Shows the run itself: another one would say once more what has failed.
  Result failedByAssertion(Result& result, bool mayDoubt) {
    std::exception_ptr const assertion = last_.takeAssertion();
    result.failure = last_.failure();
    show(result);
    if (mayDoubt && !first_.token.empty()) {
      if (std::string const why = differs(first_); !why.empty()) say("tincan: " + why + "\n");
    }
    if (assertion != nullptr) std::rethrow_exception(assertion);
    return result;
  }

  void show(Result& result) {
    Report const report = last_.report(result.failure);
    result.mermaid = report.mermaid();
    say("tincan: schedule " + std::to_string(result.schedules) + " fails: " + result.failure +
        "\n" + report.table() + "This one alone: TINCAN_SIM_REPLAY='" + result.minimal + "'\n");
    if (options_.page.empty()) return;
    bool const isWritten = last_.page().write(options_.page, result.failure, result.minimal);
    say((isWritten ? "As a page: " : "The page cannot be written: ") + options_.page + "\n");
  }

  static void say(std::string const& text) { std::fputs(text.c_str(), stderr); }

  Options const options_;
  bool const isOverridden_;  // the strategy, from outside
  SearchTime::Clock::time_point const begin_ = SearchTime::Clock::now();
  ExploredRun last_;
  std::function<void(Simulation&)> const body_;
  std::string repeated_{};
  GoodRun first_{};
  KeptSearch kept_{options_, last_, first_};
};

}  // namespace detail

TINCAN_INLINE Result explore(std::function<void(Simulation&)> body, Options options) {
  return detail::Exploration(std::move(body), options).run();
}

}  // namespace tincan::inline abi0::testing
