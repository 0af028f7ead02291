// tincan/testing/detail/explore/explored_run.hpp - one run of a test after another, as a search wants them
#pragma once

#include <exception>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <tincan/detail/base/exception_text.hpp>
#include <tincan/testing/detail/report/loop_sentence.hpp>
#include <tincan/testing/detail/report/page.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/assertion_watch.hpp>
#include <tincan/testing/detail/simulate/findings.hpp>
#include <tincan/testing/detail/simulate/last_words.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/detail/simulate/shared_numbers.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing::detail {

/// Runs a test, and keeps what came of the last run and what all of them have found.
///
///   Threads   One.
class ExploredRun {
 public:
  ExploredRun(std::function<void(Simulation&)> body, Options const& options)
      : body_(std::move(body)), options_(options) {}

  /// Makes one run; true if it failed. What an assertion threw is kept.
  bool run(ScheduleSearch& search) {
    failure_.clear();
    assertion_ = nullptr;
    isAssertion_ = false;
    Simulation simulation(options_, &search, &findings_, &memory_);
    Scheduler& scheduler = *simulation.scheduler_;
    if (keepsLog_) scheduler.show();
    LastWords const lastWords(scheduler.run(), &search);
    SharedNumbers const numbers;
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

  /// Makes the one run of a token; true if it failed.
  bool replay(std::string const& token) {
    Options options;
    options.strategy = Options::Strategy::Replay;
    options.replay = token;
    ScheduleSearch search(options);
    return search.next() && run(search);
  }

  /// Keeps what is handled from now on, also of runs that go well.
  void keepLog() noexcept { keepsLog_ = true; }

  // ---- the last run ----

  /// One sentence about its failure; empty: it went well.
  std::string const& failure() const noexcept { return failure_; }
  /// Says what the failure of an earlier run was: that is what counts.
  void setFailure(std::string failure) { failure_ = std::move(failure); }
  /// Whether an assertion of the test has failed.
  bool isAssertion() const noexcept { return isAssertion_; }
  /// What the assertion has thrown, if it did.
  std::exception_ptr takeAssertion() noexcept { return std::exchange(assertion_, nullptr); }
  /// A text on which runs agree that have handled equal messages in one order.
  std::string const& texts() const noexcept { return texts_; }
  /// The run, and what it has ended with.
  Report report(std::string const& ended) {
    notes_.push_back({deliveries_.size(), {}, ended});
    return Report(deliveries_, notes_, ended.starts_with(NoEnd) ? Report::Few : Report::Many);
  }
  /// The run as a page; to be called after report().
  Page page() const { return Page(deliveries_, notes_); }

  // ---- all runs ----

  Findings& findings() noexcept { return findings_; }
  Findings const& findings() const noexcept { return findings_; }

 private:
  void collect(Simulation& simulation) {
    Scheduler& scheduler = *simulation.scheduler_;
    texts_ = scheduler.log().texts();
    findings_.add(scheduler.run());
    findings_.claims.add(scheduler.claims());
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
      failure_ = tincan::detail::exceptionText(exception);
    } catch (...) {
      failure_ = "an assertion of the test fails";
      assertion_ = ended;
      isAssertion_ = true;
    }
  }

  std::function<void(Simulation&)> const body_;
  Options const options_;
  Findings findings_{};
  bool keepsLog_ = false;
  SimulatedRun memory_{};

  std::string failure_{};
  std::exception_ptr assertion_{};  // if it threw
  bool isAssertion_ = false;
  std::string texts_{};
  std::vector<Delivery> deliveries_{};
  std::vector<Note> notes_{};
};

}  // namespace tincan::inline abi0::testing::detail
