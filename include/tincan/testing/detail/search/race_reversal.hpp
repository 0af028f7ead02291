// tincan/testing/detail/search/race_reversal.hpp - wants the steps that turn a race round
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/sleep_sets.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/search/subtree.hpp>
#include <tincan/testing/detail/search/trace.hpp>
#include <tincan/testing/detail/search/wishes.hpp>

namespace tincan::inline abi0::testing::detail {

/// Turns races round: pairs of events that do not commute and could have come the other way round.
class RaceReversal {
 public:
  RaceReversal(DecisionStack& nodes, Trace& trace, Wishes& wishes, SleepSets& sleep) noexcept
      : nodes_(nodes), trace_(trace), wishes_(wishes), sleep_(sleep) {}

  /// Turns the races of the last event round.
  void reverse() {
    for (std::uint32_t const race : trace_.races()) reverse(race);
    sleep_.record([this](std::uint32_t early) { reverse(early); });
  }

  /// Does that for steps that the last event has made impossible, as if each came next. (Those that were possible until
  /// then show up in SleepSets::wantLost(); these had a blocked endpoint.)
  void reverseLost(std::span<Step const> lost) {
    std::size_t const event = trace_.size() - 1;
    for (Step const& step : lost) {
      if (nodes_.find(event, step.source) != nullptr) continue;
      Access const access{threadOf(step.endpoint), AccessKind::Writes};
      trace_.push(step, {&access, 1}, {});
      reverse();
      trace_.rewind(event + 1);
    }
  }

 private:
  /// Makes sure that the last event comes before `early` in another run, which it could have: the node
  /// before `early` is to try one of the steps that can begin such a run. That is an initial of what
  /// does not depend on `early`, up to the last event.
  void reverse(std::size_t early) {
    std::size_t const late = trace_.size() - 1;
    // Its endpoint may have been blocked in something else, which it comes before, or after.
    while (trace_.isShut(early) || !tryReverse(early, late)) {
      if (trace_.endpoint(early) != trace_.endpoint(late)) return;
      early = trace_.previous(early);
      if (early == Nothing || !trace_.mayPrecede(early)) return;
    }
  }

  /// Wants one of these steps. False: none of them is possible there.
  bool tryReverse(std::size_t early, std::size_t late) {
    takeIndependent(early, late);
    wish_.node = static_cast<std::uint32_t>(early);
    wish_.options.clear();
    for (std::uint32_t const event : sequence_) {
      if (!isInitial(event)) continue;
      Option* const option = nodes_.find(early, trace_.source(event));
      if (option == nullptr) continue;
      // Not enough: a step outside the sequence that sleeps and commutes with it. The sequence may
      // go on with something in conflict with that step, which must be seen here.
      if (option->state != 0 && wishes_.isOwn(early)) return true;
      wish_.options.push_back(nodes_.indexOf(early, *option));
    }
    wishes_.want(wish_);
    return !wish_.options.empty();
  }

  void takeIndependent(std::size_t early, std::size_t late) {
    sequence_.clear();
    members_.assign(late / 64 + 1, 0);
    for (std::size_t event = early + 1; event <= late; ++event) {
      if (event != late && trace_.happensBefore(early, event)) continue;
      sequence_.push_back(static_cast<std::uint32_t>(event));
      members_[event / 64] |= std::uint64_t{1} << event % 64;
    }
  }

  bool isInitial(std::uint32_t event) const noexcept {
    std::uint64_t const* const before = trace_.row(event);
    for (std::size_t word = 0; word <= event / 64; ++word) {
      if ((before[word] & members_[word]) != 0) return false;
    }
    return true;
  }

  DecisionStack& nodes_;
  Trace& trace_;
  Wishes& wishes_;
  SleepSets& sleep_;
  Wish wish_{};
  std::vector<std::uint32_t> sequence_{};
  std::vector<std::uint64_t> members_{};  // the events of the sequence as bits
};

}  // namespace tincan::inline abi0::testing::detail
