// tincan/testing/detail/search/sleep_sets.hpp - keeps runs with equal outcomes from being finished twice
//
// P. Godefroid, "Partial-Order Methods for the Verification of Concurrent Systems", 1996. (One
// exception: a step whose data choices touch different objects is woken with all its choices, so an
// outcome may come twice.)
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <tincan/testing/detail/search/decision_stack.hpp>
#include <tincan/testing/detail/search/trace.hpp>
#include <tincan/testing/detail/search/wishes.hpp>

namespace tincan::inline abi0::testing::detail {

/// Puts options to sleep that need not be tried where they are.
class SleepSets {
 public:
  SleepSets(DecisionStack& nodes, Trace const& trace, Wishes& wishes) noexcept
      : nodes_(nodes), trace_(trace), wishes_(wishes) {}

  /// Puts to sleep, at the last node, which is new, what was tried before the last step, or slept, and
  /// commutes with it: it need not follow it.
  void inherit() {
    std::size_t const self = nodes_.size() - 1;
    for (Option& option : nodes_.options(self)) {
      Option const* const earlier = nodes_.find(self - 1, option.source);
      if (earlier == nullptr || !earlier->is(Option::Done | Option::Asleep)) continue;
      if (!commutesWith(*earlier, self - 1)) continue;
      option.state |= Option::Asleep;
      option.known = earlier->known;
      option.accesses = earlier->accesses;
    }
  }

  /// Looks for steps that the last one made impossible: they do not show up in a race. If such a step
  /// sleeps, what begins with it was seen; but something later may still belong before it, which
  /// record() looks for. Else it is wanted. `enabled` is what is possible after the last step of `node`.
  void wantLost(std::size_t node, std::span<Step const> enabled) {
    Option const& chosen = nodes_.chosen(node);
    for (Option& option : nodes_.options(node)) {
      bool const isKept =
          &option == &chosen || std::any_of(enabled.begin(), enabled.end(), [&](Step const& step) {
            return step.source == option.source;
          });
      if (isKept) continue;
      if (option.is(Option::Asleep)) {
        lost_.push_back({option, static_cast<std::uint32_t>(trace_.size()) - 1});
      } else if (!option.is(Option::Wanted)) {
        wishes_.want({static_cast<std::uint32_t>(node), {nodes_.indexOf(node, option)}});
      }
    }
  }

  /// Calls `reverse` with each event that made a sleeping option impossible which the last event may
  /// belong before.
  template <class Reverse>
  void record(Reverse&& reverse) {
    std::size_t const last = trace_.size() - 1;
    for (Lost const& lost : lost_) {
      if (!trace_.happensBefore(lost.event, last) && !commutesWith(lost.option, last)) {
        reverse(lost.event);
      }
    }
  }

  /// Forgets what was lost from that event on.
  void rewind(std::size_t events) {
    while (!lost_.empty() && lost_.back().event >= events) lost_.pop_back();
  }

 private:
  struct Lost {  // an option that slept when this event made it impossible
    Option option;
    std::uint32_t event;
  };

  bool commutesWith(Option const& option, std::size_t event) const noexcept {
    return option.endpoint != trace_.endpoint(event) &&
           !trace_.conflict(option.accesses, trace_.accesses(event));
  }

  DecisionStack& nodes_;
  Trace const& trace_;
  Wishes& wishes_;
  std::vector<Lost> lost_{};
};

}  // namespace tincan::inline abi0::testing::detail
