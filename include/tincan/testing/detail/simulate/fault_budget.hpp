// tincan/testing/detail/simulate/fault_budget.hpp - how many faults a run may still have
#pragma once

#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// The number of endpoints that may still end, and of deadlines that may still pass, at any point. Only
/// an exploration has them.
struct FaultBudget {
  FaultBudget(Options const& options, bool isExplored) noexcept
      : crashes(isExplored ? options.crashes : 0),
        timeouts(isExplored ? options.timeouts : 0),
        hadAny(crashes + timeouts != 0),
        interrupts(crashes == 0) {}

  unsigned crashes, timeouts;
  bool const hadAny;      // then deadlines are steps like others
  bool const interrupts;  // handlers and bodies, between two of their calls
};

}  // namespace tincan::inline abi0::testing::detail
