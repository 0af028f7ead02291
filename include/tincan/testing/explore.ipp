// tincan/testing/explore.ipp - runs a test under every order of messages that can be told apart: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/report/doubts.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/search/minimise.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/assertion_watch.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/death_signals.hpp>
#include <tincan/testing/detail/simulate/last_words.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/explore.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

/// One exploration.
class Exploration {
 public:
  Exploration(std::function<void(Simulation&)> body, Options const& options)
      : body_(std::move(body)),
        options_(Environment::override(options)),
        isOverridden_(options_.strategy != options.strategy) {}

  Result run() {
    Recycling const recycling;
    DeathSignals const signals(options_.hang);
    for (;;) {
      std::size_t const known = cycles_.size();
      ScheduleSearch search(options_);
      std::optional<Result> const failure = runAll(search, known);
      if (failure.has_value()) return *failure;
      if (cycles_.size() == known) return result(search);
    }
  }

 private:
  /// Makes the runs of a search, until one fails or has come upon a new cycle of waits.
  std::optional<Result> runAll(ScheduleSearch& search, std::size_t knownCycles) {
    while (search.next()) {
      std::uint64_t const before = search.schedules();
      if (run(search)) return failed(search);
      if (cycles_.size() != knownCycles) return std::nullopt;
      if (search.schedules() == before) continue;  // it was given up
      if (before == 0) first_ = {search.token(), texts_};
      if (!isWorthRepeating(before + 1)) continue;
      if (auto const why = repeat({search.token(), texts_}); !why.empty()) {
        return failed(search, why);
      }
    }
    if (search.nondeterministic()) return failed(search, search.nondeterminism());
    if (!search.fits()) return failed(search, "the test has changed: the replay does not fit it");
    if (search.complete()) {
      for (Claim const& claim : sometimes_) {
        if (!claim.hasHeld) return failed(search, "vacuous: never sometimes: " + claim.what);
      }
    }
    return std::nullopt;
  }

  Result result(ScheduleSearch const& search) const {
    bool const isReplay = options_.strategy == Options::Strategy::Replay;
    Result result;
    result.complete = search.complete() || isReplay;
    result.schedules = search.schedules();
    if (isReplay) result.replay = search.token();
    if (result.complete) return result;
    result.incomplete = whyIncomplete(options_, search);
    if (options_.strategy == Options::Strategy::Exhaustive || isOverridden_) {
      say("tincan: " + std::to_string(result.schedules) +
          " schedules are ok, and not complete: " + result.incomplete + "\n");
    }
    return result;
  }

  /// One run; true if it failed. What an assertion threw is kept.
  bool run(ScheduleSearch& search) {
    failure_.clear();
    assertion_ = nullptr;
    isAssertion_ = false;
    Simulation simulation(options_, &search, &cycles_, &memory_);
    Scheduler& scheduler = *simulation.scheduler_;
    LastWords const lastWords(scheduler.run(), &search);
    try {
      body_(simulation);
    } catch (...) {
      scheduler.testThrew(std::current_exception());
    }
    std::exception_ptr const ended = scheduler.finish();
    if (scheduler.isGivenUp()) return false;
    if (ended != nullptr) explain(ended);
    collect(simulation);
    search.finish(ended != nullptr);
    return ended != nullptr;
  }

  void collect(Simulation& simulation) {
    Scheduler& scheduler = *simulation.scheduler_;
    texts_ = scheduler.log().texts();
    auto const& claims = scheduler.claims().sometimes();
    for (std::size_t i = 0; i < claims.size(); ++i) {
      if (i == sometimes_.size()) sometimes_.push_back({claims[i].what, nullptr, false});
      sometimes_[i].hasHeld = sometimes_[i].hasHeld || claims[i].hasHeld;
    }
    if (!keepsLog_ && !isAssertion_) return;
    auto const deliveries = scheduler.log().deliveries();
    deliveries_.assign(deliveries.begin(), deliveries.end());
    notes_ = scheduler.notes();
  }

  void explain(std::exception_ptr const& ended) {
    try {
      std::rethrow_exception(ended);
    } catch (FailedAssertion const& exception) {
      failure_ = exception.what();
      isAssertion_ = true;
    } catch (std::exception const& exception) {
      failure_ = exception.what();
    } catch (...) {
      failure_ = "an assertion of the test fails";
      assertion_ = ended;
      isAssertion_ = true;
    }
  }

  static bool isWorthRepeating(std::uint64_t schedule) {
    return schedule == 1 || schedule == 10 || schedule == 100 || schedule == 1000;
  }

  /// A run that was ok, and what it handled.
  struct GoodRun {
    std::string token, texts;
  };

  /// Makes it once more. Returns a sentence if it goes another way now.
  std::string repeat(GoodRun const& before) {
    if (before.token == repeated_) return {};
    repeated_ = before.token;
    return differs(before);
  }
  std::string differs(GoodRun const& before) {
    bool const fails = replay(before.token);
    if (!fails && texts_ == before.texts) return {};
    return secondDiffers(fails ? failure_ : std::string());
  }

  /// A sentence if the failure of the last run does not depend on its order alone.
  std::string doubt(std::string const& token) {
    std::string const failure = failure_;
    std::string why;
    if (assertion_ == nullptr && !replay(token)) {
      why = failedOnce(failure);
    } else if (!first_.token.empty()) {
      why = differs(first_);
    }
    failure_ = failure;
    return why;
  }

  bool replay(std::string const& token) {
    Options options;
    options.strategy = Options::Strategy::Replay;
    options.replay = token;
    ScheduleSearch search(options);
    return search.next() && run(search);
  }

  Result failed(ScheduleSearch const& search, std::string why = {}) {
    Result result;
    result.ok = false;
    result.schedules = search.schedules();
    result.replay = result.minimal = search.token();
    bool const mayDoubt = why.empty() && options_.strategy != Options::Strategy::Replay;
    if (isAssertion_) return failedByAssertion(result, mayDoubt);
    if (mayDoubt) why = doubt(result.replay);
    result.failure = why.empty() ? failure_ : why;
    if (why.empty() && mayDoubt) {
      result.minimal = minimise(result.replay, [this](ScheduleSearch& one) { return run(one); });
    }
    keepsLog_ = true;
    bool const failsAgain = replay(result.minimal) && !failure_.empty();
    if (failsAgain && why.empty()) result.failure = failure_;
    show(result);
    return result;
  }

  /// Shows the run itself: another one would say once more what has failed.
  Result failedByAssertion(Result& result, bool mayDoubt) {
    std::exception_ptr const assertion = std::exchange(assertion_, nullptr);
    result.failure = failure_;
    show(result);
    keepsLog_ = false;
    if (mayDoubt && !first_.token.empty()) {
      if (std::string const why = differs(first_); !why.empty()) say("tincan: " + why + "\n");
    }
    if (assertion != nullptr) std::rethrow_exception(assertion);
    return result;
  }

  void show(Result& result) {
    notes_.push_back({deliveries_.size(), {}, result.failure});
    Report const report(deliveries_, notes_);
    result.mermaid = report.mermaid();
    say("tincan: schedule " + std::to_string(result.schedules) + " fails: " + result.failure +
        "\n" + report.table() + "This one alone: TINCAN_SIM_REPLAY='" + result.minimal + "'\n");
  }

  static void say(std::string const& text) { std::fputs(text.c_str(), stderr); }

  std::function<void(Simulation&)> const body_;
  Options const options_;
  bool const isOverridden_;       // the strategy, from outside
  std::vector<Claim> sometimes_;  // over all runs
  Cycles cycles_;
  bool keepsLog_ = false;
  SimulatedRun memory_;

  // Of the last run.
  std::string failure_;
  std::exception_ptr assertion_;  // if it threw
  bool isAssertion_ = false;
  std::string texts_;
  std::vector<Delivery> deliveries_;
  std::vector<Note> notes_;
  std::string repeated_;
  GoodRun first_;
};

}  // namespace detail

TINCAN_INLINE Result explore(std::function<void(Simulation&)> body, Options options) {
  return detail::Exploration(std::move(body), options).run();
}

}  // namespace tincan::inline abi0::testing
