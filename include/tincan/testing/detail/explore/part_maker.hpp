// tincan/testing/detail/explore/part_maker.hpp - makes the runs of a part of a search
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>

#include <tincan/testing/detail/explore/crew.hpp>
#include <tincan/testing/detail/explore/explored_run.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/search/search_time.hpp>
#include <tincan/testing/detail/search/subtree.hpp>
#include <tincan/testing/detail/simulate/death_signals.hpp>
#include <tincan/testing/detail/simulate/findings.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing::detail {

/// The way of one search to the crew. What parts have found goes to the findings of the search.
class CrewHelpers final : public Helpers {
 public:
  /// The findings are those that the search begins with. What of them tells steps apart stays as it is.
  CrewHelpers(Crew& crew, Findings& findings)
      : crew_(crew), findings_(findings), first_(std::make_shared<Findings>(findings)) {}

  bool areWaiting() const noexcept override { return crew_.areWaiting(); }
  void offer(std::shared_ptr<Subtree> part) override {
    part->found = first_;
    crew_.offer(std::move(part));
  }
  bool await(Subtree& part) override { return crew_.await(part); }
  void take(Subtree const& part) override {
    findings_.add(*static_cast<Findings const*>(part.found.get()));
  }

 private:
  Crew& crew_;
  Findings& findings_;
  std::shared_ptr<Findings> const first_;
};

/// Makes parts, on whichever thread.
///
///   Threads   Any, several at once: so is the body called.
class PartMaker {
 public:
  PartMaker(std::function<void(Simulation&)> const& body, Options const& options,
            SearchTime::Clock::time_point begin)
      : body_(body), options_(options), begin_(begin) {}

  /// Makes the part, and lets the crew help. What is more than a count ends it: that part is made again where it
  /// belongs.
  void make(Subtree& part, Crew& crew) const {
    Recycling const recycling;
    DeathSignals const deathSignals(options_.hang);
    ExploredRun run(body_, options_);
    run.findings() = *static_cast<Findings const*>(part.found.get());
    std::size_t const cycles = run.findings().cycles.size();
    CrewHelpers helpers(crew, run.findings());
    Options options = options_;
    options.maxSchedules = part.most;
    ScheduleSearch search(options, begin_);
    search.make(part);
    search.shareWith(helpers);
    part.end = Subtree::End::Unusual;
    // relaxed: it may go on for a while.
    while (!part.isCancelled.load(std::memory_order_relaxed) && search.next()) {
      if (run.run(search) || run.findings().cycles.size() != cycles) return;
    }
    search.conclude(part);
    part.found = std::make_shared<Findings>(std::move(run.findings()));
  }

 private:
  std::function<void(Simulation&)> const& body_;
  Options const& options_;
  SearchTime::Clock::time_point const begin_;
};

}  // namespace tincan::inline abi0::testing::detail
