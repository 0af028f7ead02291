// tincan/testing/replay.ipp - runs a simulation in the order of a recording: the bodies
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>

#include <tincan/detail/base/exception_text.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/simulate/follower.hpp>
#include <tincan/testing/detail/simulate/scheduler.hpp>
#include <tincan/testing/options.hpp>
#include <tincan/testing/recording.hpp>
#include <tincan/testing/replay.hpp>
#include <tincan/testing/simulation.hpp>

namespace tincan::inline abi0::testing {
TINCAN_INLINE Result replay(Recording const& recording, std::function<void(Simulation&)> body,
                            Options options) {
  constexpr std::uint64_t StepsForEach = 16;
  options.maxSteps =
      (std::max<std::uint64_t>)(options.maxSteps, recording.entries().size() * StepsForEach);
  Simulation simulation(options);
  detail::Scheduler& scheduler = detail::SimulationAccess::scheduler(simulation);
  scheduler.joinAndDecide(
      std::make_shared<detail::Follower>(recording, detail::Follower::Mode::Only));
  try {
    body(simulation);
  } catch (...) {
    scheduler.testThrew(std::current_exception());
  }
  std::exception_ptr const ended = scheduler.finish();
  Result result;
  result.ok = result.complete = ended == nullptr;
  result.schedules = 1;
  result.mermaid = detail::Report(simulation.log(), scheduler.notes()).mermaid();
  if (ended == nullptr) return result;
  try {
    std::rethrow_exception(ended);
  } catch (std::exception const& exception) {
    result.failure = tincan::detail::exceptionText(exception);
  }
  return result;
}

}  // namespace tincan::inline abi0::testing
