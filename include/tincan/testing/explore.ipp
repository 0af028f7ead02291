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
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/environment.hpp>
#include <tincan/testing/detail/search/minimise.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/explore.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

/// One exploration.
class Exploration {
 public:
  Exploration(std::function<void(Simulation&)> body, Options const& options)
      : body_(std::move(body)), options_(Environment::override(options)) {}

  Result run() {
    Recycling const recycling;
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
      bool const isNew = search.schedules() != before;  // else it was given up
      if (isNew && isWorthRepeating(search.schedules()) && !repeats(search.token())) {
        return failed(search,
                      "the test is not deterministic: its second run with the same orders "
                      "handled other messages");
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

  static Result result(ScheduleSearch const& search) {
    Result result;
    result.complete = search.complete();
    result.schedules = search.schedules();
    return result;
  }

  /// One run; true if it failed. What an assertion threw is kept.
  bool run(ScheduleSearch& search) {
    failure_.clear();
    Simulation simulation(options_, &search, &cycles_, &memory_);
    Scheduler& scheduler = *simulation.scheduler_;
    try {
      body_(simulation);
    } catch (...) {
      scheduler.testThrew(std::current_exception());
    }
    std::exception_ptr const ended = scheduler.finish();
    if (scheduler.isGivenUp()) return false;
    collect(simulation);
    if (ended != nullptr) explain(ended);
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
    if (!keepsLog_) return;
    auto const deliveries = scheduler.log().deliveries();
    deliveries_.assign(deliveries.begin(), deliveries.end());
    notes_ = scheduler.notes();
  }

  void explain(std::exception_ptr const& ended) {
    try {
      std::rethrow_exception(ended);
    } catch (std::exception const& exception) {
      failure_ = exception.what();
    } catch (...) {
      failure_ = "an assertion of the test";
      assertion_ = ended;
    }
  }

  static bool isWorthRepeating(std::uint64_t schedule) {
    return schedule == 1 || schedule == 10 || schedule == 100 || schedule == 1000;
  }

  bool repeats(std::string const& token) {
    if (token == repeated_) return true;
    repeated_ = token;
    std::string const texts = texts_;
    replay(token);
    return texts == texts_;
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
    result.failure = why.empty() ? failure_ : why;
    result.replay = result.minimal = search.token();
    if (assertion_ != nullptr) {
      say("tincan: an assertion failed in schedule " + std::to_string(result.schedules) +
          "; this one alone: TINCAN_SIM_REPLAY='" + result.replay + "'\n");
      std::rethrow_exception(assertion_);
    }
    if (why.empty() && options_.strategy != Options::Strategy::Replay) {
      result.minimal = minimise(result.replay, [this](ScheduleSearch& one) { return run(one); });
    }
    show(result);
    return result;
  }

  void show(Result& result) {
    keepsLog_ = true;
    if (replay(result.minimal) && !failure_.empty()) result.failure = failure_;
    notes_.push_back({deliveries_.size(), {}, result.failure});
    Report const report(deliveries_, notes_);
    result.mermaid = report.mermaid();
    say("tincan: schedule " + std::to_string(result.schedules) + " fails: " + result.failure +
        "\n" + report.table() + "This one alone: TINCAN_SIM_REPLAY='" + result.minimal + "'\n");
  }

  static void say(std::string const& text) { std::fputs(text.c_str(), stderr); }

  std::function<void(Simulation&)> const body_;
  Options const options_;
  std::vector<Claim> sometimes_;  // over all runs
  Cycles cycles_;
  bool keepsLog_ = false;
  SimulatedRun memory_;

  // Of the last run.
  std::string failure_;
  std::exception_ptr assertion_;
  std::string texts_;
  std::vector<Delivery> deliveries_;
  std::vector<Note> notes_;
  std::string repeated_;
};

}  // namespace detail

TINCAN_INLINE Result explore(std::function<void(Simulation&)> body, Options options) {
  return detail::Exploration(std::move(body), options).run();
}

}  // namespace tincan::inline abi0::testing
