// tincan/testing/detail/simulate/vain_polls.hpp - ends code of a simulation that polls in vain on and on
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include <tincan/error.hpp>
#include <tincan/testing/detail/report/loop_sentence.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>

namespace tincan::inline abi0::testing::detail {

/// Counts polls that have found nothing. Throws Deadlock when there have been `most`.
class VainPolls {
 public:
  VainPolls(SimulatedRun& run, std::uint64_t most) noexcept : run_(run), most_(most) {}

  /// Counts a poll of the test's, one after another. `progressBefore`: what there was when it began.
  void ofTest(std::uint64_t progressBefore) {
    ofTest_ = run_.world.progress == progressBefore ? ofTest_ + 1 : 0;
    if (ofTest_ < most_) return;
    ofTest_ = 0;
    throw stuck("the test polls again and again");
  }

  /// Counts a poll of a closed endpoint. What it throws ends the run.
  void ofClosed(EndpointCore const& core) {
    if (++ofClosed_ < most_) return;
    ofClosed_ = 0;
    Error const error(Errc::Deadlock, {},
                      std::string(NoEnd) + "'" + core.displayName() +
                          "' polls again and again, also when it is closed");
    run_.state.fail(std::make_exception_ptr(error));
    throw error;
  }

 private:
  SimulatedRun& run_;
  std::uint64_t const most_;
  std::uint64_t ofTest_ = 0, ofClosed_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
