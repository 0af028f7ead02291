// tincan/testing/detail/simulate/interruptions.hpp - lets others run between two calls of a handler or a body
//
// What the code of one endpoint does from one call of the bus to the next is one step: nobody else sees what is
// between. Before each call that can look at what others change, or change what others see, others may go first, if
// the code has already done or seen something in this step. The search knows which of the steps commute.
#pragma once

#include <utility>

#include <tincan/testing/detail/simulate/claims.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/run_loop.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>

namespace tincan::inline abi0::testing::detail {

/// Interrupts the code that runs before its calls.
class Interruptions {
 public:
  Interruptions(SimulatedRun& run, Turn const& turn, Claims const& claims, RunLoop& loop) noexcept
      : run_(run), turn_(turn), claims_(claims), loop_(loop) {}

  /// The endpoint whose code runs now, if that may be interrupted; else null.
  SimulatedEndpoint* interruptible() const noexcept {
    if (!turn_.isHere())
      return nullptr;  // a thread that is none of the simulation's, which is told so
    SimulatedEndpoint* const runs = turn_.endpoint();
    bool const isWanted =
        runs != nullptr && runs->mayBeInterrupted && loop_.areInterruptionsWanted();
    return isWanted ? runs : nullptr;
  }

  /// Lets others run before the next call of that endpoint, if there has been one in this step, or if claims may see
  /// what it has done besides.
  void beforeCall(SimulatedEndpoint& runs) {
    if (!std::exchange(runs.hasActed, true) && !claims_.areLookedAt()) return;
    if (runs.interruption == Nothing) runs.interruption = run_.world.newSource();
    auto const isOver = [] { return false; };  // it waits for nothing
    Frame frame{Frame::Kind::Interruption, &runs, &runs, isOver};
    frame.source = runs.interruption;
    frame.stack = loop_.stacks().running;
    loop_.interrupt(frame);
  }

 private:
  SimulatedRun& run_;
  Turn const& turn_;
  Claims const& claims_;
  RunLoop& loop_;
};

}  // namespace tincan::inline abi0::testing::detail
