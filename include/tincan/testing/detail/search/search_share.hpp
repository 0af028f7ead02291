// tincan/testing/detail/search/search_share.hpp - how far a search has come
#pragma once

#include <cstddef>

#include <tincan/testing/detail/search/data_choices.hpp>
#include <tincan/testing/detail/search/decision_stack.hpp>

namespace tincan::inline abi0::testing::detail {

/// The share of the runs known to be needed that have been made, as if what is still to be tried at a step or a choice
/// took as long as what was tried there.
inline double shareOf(DecisionStack const& nodes, DataChoices const& choices) noexcept {
  double done = 0, each = 1;  // of all runs
  auto choice = choices.all().begin();
  for (std::size_t i = 0;; ++i) {
    for (; choice != choices.all().end() && choice->picks == i; ++choice) {
      each /= static_cast<double>(choice->n);
      done += each * static_cast<double>(choice->value);
    }
    if (i == nodes.size()) return done;
    auto const [wanted, tried] = nodes.counts(i);
    each /= static_cast<double>(wanted);
    done += each * static_cast<double>(tried);
  }
}

}  // namespace tincan::inline abi0::testing::detail
