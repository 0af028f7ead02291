// tincan/testing/detail/simulate/virtual_clock.hpp - the time of a simulation
#pragma once

#include <algorithm>
#include <cstddef>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>

namespace tincan::inline abi0::testing::detail {

using tincan::detail::Nanoseconds;
using tincan::detail::NoDeadline;

/// A clock that stands still until it is told to pass.
class VirtualClock {
 public:
  VirtualClock(SimulatedRun& run, Turn& turn, Observers const& observers) noexcept
      : run_(run), turn_(turn), observers_(observers) {}

  Nanoseconds now() const noexcept { return now_; }
  /// The time after so long: at most the last moment before never.
  Nanoseconds after(Nanoseconds duration) const noexcept {
    Nanoseconds const most = NoDeadline - 1;
    return duration < most - now_ ? now_ + duration : most;
  }

  /// The first deadline of all, also of the observers.
  Nanoseconds nextDeadline() const noexcept {
    Nanoseconds next = observers_.nextDeadline(now_);
    for (SimulatedEndpoint const* const endpoint : run_.world.endpoints) {
      next = (std::min)(next, deadlineOf(*endpoint));
    }
    return next;
  }
  Nanoseconds deadlineOf(SimulatedEndpoint const& endpoint) const noexcept {
    Nanoseconds next = run_.frames.deadlineOf(endpoint);
    if (endpoint.core->isClosed()) return next;
    auto const& continuations = endpoint.core->continuations;
    if (endpoint.isPumped || continuations.nextExpiry() > now_)
      next = (std::min)(next, continuations.nextExpiry());
    // Timers that are due are steps.
    return continuations.nextTimer() <= now_ ? next : (std::min)(next, continuations.nextTimer());
  }
  /// Whether there is a deadline that does not come again and again.
  bool hasDeadlineThatEnds() const noexcept {
    auto const& all = run_.world.endpoints;
    return observers_.nextDeadline(now_) != NoDeadline ||
           std::any_of(all.begin(), all.end(), [this](SimulatedEndpoint const* one) {
             auto const& continuations = one->core->continuations;
             return run_.frames.deadlineOf(*one) != NoDeadline || continuations.hasDeadlines() ||
                    continuations.hasTimersThatEnd();
           });
  }

  /// Goes on to that time, if no deadline lies on the way.
  void setAtLeast(Nanoseconds to) noexcept { now_ = (std::max)(now_, to); }
  /// Goes on to that time, and ends what has waited for a deadline until then.
  void passTo(Nanoseconds to) {
    setAtLeast(to);
    ++run_.world.progress;
    for (SimulatedEndpoint* const endpoint : run_.world.endpoints) endpoint->announced = NoDeadline;
    endLate();
  }
  /// Ends what has waited for a deadline that has passed, but for what continues on an endpoint whose thread is
  /// interrupted or blocked: that is for later.
  void endLate() {
    hasLeftSome_ = false;
    auto const& all = run_.world.endpoints;
    for (std::size_t i = 0; i < all.size(); ++i) endLate(*all[i]);  // it may make others
  }
  /// Whether endLate() has left something for later.
  bool hasLeftSome() const noexcept { return hasLeftSome_; }

 private:
  void endLate(SimulatedEndpoint& endpoint) {
    EndpointCore& core = *endpoint.core;
    if (core.isClosed() || core.continuations.nextExpiry() > now_) return;
    if (!endpoint.isPumped || run_.frames.isInterrupted(endpoint)) {
      hasLeftSome_ = true;
      return;
    }
    run_.touches.time(AccessKind::Reads);
    Turn::Acting const acting(turn_, endpoint);
    InterruptibleCode const whole(endpoint, false);  // others have deadlines that pass now, too
    endpoint.items += tincan::detail::settleDriven(core);
  }

  SimulatedRun& run_;
  Turn& turn_;
  Observers const& observers_;
  bool hasLeftSome_ = false;
  Nanoseconds now_ = 1'000'000'000;
};

}  // namespace tincan::inline abi0::testing::detail
