// tincan/testing/detail/report/doubts.hpp - says why the word of an exploration does not go further
#pragma once

#include <string>

#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// Says why the runs of a search, which are ok, have not seen every outcome, and what they are worth.
inline std::string whyIncomplete(Options const& options, ScheduleSearch const& search) {
  std::string const schedules = std::to_string(search.schedules());
  if (options.strategy == Options::Strategy::Pct) {
    return "Pct draws " + schedules + " of the orders; " + search.assurance();
  }
  if (options.strategy == Options::Strategy::Random) {
    return "Random draws " + schedules + " of the orders";
  }
  std::string const most = search.isLate()
                               ? std::to_string(options.time.count()) + " s are over"
                               : "maxSchedules is " + std::to_string(options.maxSchedules);
  if (options.strategy == Options::Strategy::Exhaustive) return "there may be more, " + most;
  return "Bounded leaves out what is more than " + std::to_string(options.bound) +
         " deviations from the usual order, and " + most;
}

/// The causes of runs of one order that differ.
inline std::string leftOver() {
  return "Something is left over from a run before (in a static, a global, what body captures), or "
         "it uses "
         "random numbers, real time or addresses";
}

/// Says that a run was repeated and failed like that; or, if that is empty, handled other messages.
inline std::string secondDiffers(std::string const& failure) {
  std::string const how = failure.empty() ? std::string("handled other messages")
                                          : "failed (" + failure + "), and the first did not";
  return "the test is not deterministic: its second run with the same orders " + how + ". " +
         leftOver();
}

/// Says that a run failed like that, and not again when it was repeated.
inline std::string failedOnce(std::string const& failure) {
  return "the test is not deterministic: a run failed (" + failure +
         "), and another one with the same orders did not. " + leftOver();
}

}  // namespace tincan::inline abi0::testing::detail
