// tincan/detail/dispatch/run_all.ipp - how one thread runs several endpoints: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/dispatch/driven.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/dispatch/poll.hpp>
#include <tincan/detail/dispatch/poll_scope.hpp>
#include <tincan/detail/dispatch/run_all.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/queue/group_bell.hpp>

namespace tincan::inline abi0::detail {

/// The endpoints of one runAll().
///
///   Threads   The one that they belong to.
///   Lifetime  Holds them.
class RunOfAll {
 public:
  RunOfAll(std::shared_ptr<EndpointCore> const* endpoints, std::size_t count) : all_(count) {
    std::size_t different = 0;
    for (std::size_t i = 0; i < count; ++i) {
      auto const isIt = [&](Run const& one) { return one.core == endpoints[i]; };
      if (!anyOf(all_, isIt)) all_[different++].core = endpoints[i];
    }
    all_.cut(all_.begin() + different);
    for (Run& one : all_) one.core->bind();
    for (Run& one : all_) ++one.core->polling.runsOfAll;
  }
  ~RunOfAll() {
    for (Run& one : all_) --one.core->polling.runsOfAll;
  }
  RunOfAll(RunOfAll const&) = delete;
  RunOfAll& operator=(RunOfAll const&) = delete;

  void run() {
    for (Run const& one : all_) PollScope(*one.core).refuseIfTooDeep();
    if (all_.front().core->bus->driver() != nullptr) return runDriven();
    while (isAnyOpen()) {
      std::size_t count = 0;
      for (Run& one : all_) {
        if (EndpointCore* const told = whoWasToldToQuit(); told != nullptr && finish(*told)) return;
        count += detail::poll(*one.core, AsManyAsThereAre());
      }
      if (count == 0 && whoWasToldToQuit() == nullptr) wait();
    }
  }

 private:
  struct Run {
    std::shared_ptr<EndpointCore> core{};
    std::uint64_t last = 0;  // the word up to which it handles what was queued before a quit
    // While it waits:
    std::uint32_t outer = 0;  // polls around this one
    bool isOpen = false;
    bool isAsleep = false;
  };

  bool isAnyOpen() const {
    return anyOf(all_, [](Run const& one) { return !one.core->isClosed(); });
  }
  EndpointCore* whoWasToldToQuit() const {
    for (Run const& one : all_) {
      if (!one.core->isClosed() && one.core->quits.isRequested()) return one.core.get();
    }
    return nullptr;
  }

  /// Handles what was queued at each of them before the oldest quit of that one. False, and only timers have run, if one
  /// of these has used up the quit.
  bool finish(EndpointCore& told) {
    for (Run const& one : all_) runTimersOf(*one.core);
    if (!told.quits.isRequested()) return false;
    RenewStop const renew(told.quits);
    Quits::Quit const quit = told.quits.takeOldest();
    for (Run& one : all_) {
      PollScope const scope(*one.core);
      if (!one.core->isClosed()) one.last = lastBefore(*one.core, quit);
    }
    for (Run const& one : all_) {
      PollScope scope(*one.core);
      handleUpTo(*one.core, one.last);
      scope.rearm();
    }
    return true;
  }
  /// Has the driver of all of them run them.
  void runDriven() {
    Row<EndpointCore*> others;
    for (Run const& one : all_) others.push_back(one.core.get());
    EndpointCore& first = *others.front();
    EndpointCore* told = nullptr;
    while (told == nullptr) {
      if (whoWasToldToQuit() == nullptr) {
        first.bus->driver()->executor.pump(
            first, Executor::Pump::Run,
            [this](std::size_t) { return !isAnyOpen() || whoWasToldToQuit() != nullptr; },
            NoDeadline, {others.begin() + 1, others.size() - 1});
      }
      if (whoWasToldToQuit() == nullptr) return;
      for (EndpointCore* const one : others) runDueTimersDriven(*one, Executor::Pump::Poll);
      told = whoWasToldToQuit();  // a timer may have used the quit up
    }
    RenewStop const renew(told->quits);
    LaneEnds toldEnds = takeDrivenQuit(*told);
    Quits::Quit const quit = told->quits.takeOldest();
    Row<LaneEnds> ends;
    for (EndpointCore* const one : others) {
      ends.push_back(one == told ? std::move(toldEnds) : laneEndsBefore(*one, quit));
    }
    for (std::size_t i = 0; i < others.size(); ++i) handleDrivenUpTo(*others[i], ends[i]);
  }

  static void runTimersOf(EndpointCore& core) {
    PollScope scope(core);
    if (!core.isClosed()) scope.tidyUp();
  }

  /// Looks for a while, then sleeps until there is something to do at one of them.
  void wait() {
    constexpr int Yields = 50;
    Entered const entered(*this);
    if (!entered.hasAny()) return;  // whoever has closed the last one has not found it asleep
    for (int i = 0; i < Yields; ++i) {
      if (hasMessages() || hasNotice()) return;
      ThreadPlatform::yield();
    }
    GroupBell<ThreadPlatform> bell;
    Asleep const asleep(*this, bell);
    if (asleep.isComplete && !hasNotice()) bell.wait(nextDeadline());
  }

  /// While it lives, nobody else clears the lanes of those that are open. The others are cleared at once.
  struct Entered {
    explicit Entered(RunOfAll& r) noexcept : run(r) {
      for (Run& one : run.all_) {
        one.outer = one.core->gate.enter();
        one.isOpen = one.core->gate.observe() == EndpointCore::Gate::Open;
        if (!one.isOpen) exit(one);
      }
    }
    ~Entered() {
      for (Run const& one : run.all_) {
        if (one.isOpen) exit(one);
      }
    }
    Entered(Entered const&) = delete;
    Entered& operator=(Entered const&) = delete;

    bool hasAny() const noexcept {
      return anyOf(run.all_, [](Run const& one) { return one.isOpen; });
    }
    static void exit(Run const& one) {
      bool const isInside = threadState().current == one.core.get();
      if (one.core->gate.exit(one.outer)) one.core->drainAfterPoll(isInside);
    }
    RunOfAll& run;
  };

  /// While it lives, those that are open are asleep, if none of them has a message: then it is complete.
  struct Asleep {
    Asleep(RunOfAll& r, GroupBell<ThreadPlatform>& b) : run(r), bell(b) {
      try {
        isComplete = !anyOf(run.all_, [this](Run& one) {
          one.isAsleep = one.isOpen && one.core->inbox.fallAsleep(bell);
          return one.isOpen && !one.isAsleep;
        });
      } catch (...) {
        wake();
        throw;
      }
    }
    ~Asleep() { wake(); }
    Asleep(Asleep const&) = delete;
    Asleep& operator=(Asleep const&) = delete;

    void wake() noexcept {
      std::uint32_t rings = 0;
      for (Run& one : run.all_) {
        if (std::exchange(one.isAsleep, false) && !one.core->inbox.wakeUp()) ++rings;
      }
      bell.waitForRings(rings);  // they must not ring one that is gone
    }

    RunOfAll& run;
    GroupBell<ThreadPlatform>& bell;
    bool isComplete = false;
  };

  bool hasMessages() const {
    return anyOf(all_, [](Run const& one) { return one.isOpen && !one.core->inbox.empty(); });
  }
  bool hasNotice() const {
    return anyOf(all_, [](Run const& one) {
      EndpointCore const& core = *one.core;
      return one.isOpen && (core.gate.peek() != EndpointCore::Gate::Open ||
                            core.notices.hasForSleeper(Notices::Kept) || core.quits.isRequested() ||
                            isTimerDue(core));
    });
  }
  Nanoseconds nextDeadline() const {
    Nanoseconds next = NoDeadline;
    for (Run const& one : all_) next = smallerOf(next, one.core->continuations.nextDeadline());
    return next;
  }

  Row<Run> all_;
};

TINCAN_INLINE void runAll(std::shared_ptr<EndpointCore> const* endpoints, std::size_t count) {
  RunOfAll(endpoints, count).run();
}

}  // namespace tincan::inline abi0::detail
