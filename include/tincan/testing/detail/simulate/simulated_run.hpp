// tincan/testing/detail/simulate/simulated_run.hpp - all that is noted of one run of a simulation
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/error.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/step.hpp>
#include <tincan/testing/detail/simulate/allowed_dead.hpp>
#include <tincan/testing/detail/simulate/assertion_watch.hpp>
#include <tincan/testing/detail/simulate/blocked_frames.hpp>
#include <tincan/testing/detail/simulate/candidate.hpp>
#include <tincan/testing/detail/simulate/causality.hpp>
#include <tincan/testing/detail/simulate/delivery_log.hpp>
#include <tincan/testing/detail/simulate/doing.hpp>
#include <tincan/testing/detail/simulate/run_state.hpp>
#include <tincan/testing/detail/simulate/touches.hpp>
#include <tincan/testing/detail/simulate/world.hpp>

namespace tincan::inline abi0::testing::detail {

/// The parts of a run, which do not know one another. A run leaves them, empty but with their
/// memory, to the next one.
struct SimulatedRun {
  void clear() {
    world.clear();
    frames.clear();
    log.clear();
    causality.clear();
    touches.clear();
    state = {};
    isReordered = isObserved = isShown = false;
    isForwardable = true;
    allowedDead.areOthersFailures = false;
    assertions.end();
    doing = {};
    messages = 0;
    notes.clear();
    incomplete.clear();
  }
  bool isIncomplete() const noexcept { return !incomplete.empty(); }

  /// Notes that the running code ends the message with that stamp, which nobody will handle. If it was the next one of
  /// its lane it might have been handled, before what has closed the receiver.
  void discards(SimulatedLane& lane, std::uint64_t stamp, SimulatedEndpoint* runs) {
    if (!lane.empty() && lane.front().stamp == stamp) {
      touches.lose({lane.source, lane.to->index, causality.isOrdered(lane), true, false});
    }
    causality.discards(lane, stamp, runs);
  }

  /// What a poll() of the endpoint knows that looks now.
  SimulatedEndpoint::PollLook pollLook(SimulatedEndpoint const& endpoint) {
    return {world.lastNumber(), causality.clocks.keep(endpoint.knowledge)};
  }

  /// Notes that nobody handles what waits: each that is next could have been, by a poll that is over.
  void endsWaiting() {
    if (!touches.isOn()) return;
    for (SimulatedEndpoint const* const endpoint : world.endpoints) {
      if (endpoint->waiting == 0 || endpoint->core->isClosed()) continue;
      for (SimulatedLane const* const lane : endpoint->lanes) {
        if (!lane->empty())
          touches.lose({lane->source, endpoint->index, causality.isOrdered(*lane), true, false});
      }
    }
  }

  /// Touches the requests of that endpoint: those that nobody has begun to answer may never run.
  void touchRequestsBy(SimulatedEndpoint const& by) {
    for (Causality::Request const& request : causality.requests()) {
      if (request.by == &by) touches.request(by, request.number, AccessKind::Writes);
    }
  }

  /// Touches whom those wait for whose deadline passes then: had he closed first, they would have waited no more.
  void touchWaitsUntil(tincan::detail::Nanoseconds until) {
    for (Frame const* const frame : frames.all) {
      if (frame->kind != Frame::Kind::Wait || frame->deadline > until) continue;
      touches.life(SimulatedEndpoint::of(frame->wait->target), AccessKind::Reads);
      touches.life(*frame->subject, AccessKind::Reads);
    }
  }

  /// Notes that more could have happened than was tried, because of what that endpoint has or does: the first reason of a
  /// run is told.
  void doubt(SimulatedEndpoint const& endpoint, char const* why) {
    if (!isReordered || state.isOver || isIncomplete()) return;
    incomplete = "'" + endpoint.core->displayName() + "' " + why;
  }
  /// Notes something besides messages, which concerns the endpoint with that name.
  void note(std::string_view endpoint, std::string text) {
    notes.push_back({log.size(), std::string(endpoint), std::move(text)});
  }
  /// Notes one of many such things, which a long run does not show.
  void noteBeside(std::string_view endpoint, std::string text) {
    note(endpoint, std::move(text));
    notes.back().mayHide = true;
  }

  /// Notes that the code of `by` (null: of the test) requests a stop of that endpoint: nobody sees when the code of that
  /// one looks at a token.
  void noteStop(SimulatedEndpoint const& of, SimulatedEndpoint const* by) {
    if (by == &of || !of.core->quits.hasToken()) return;
    doubt(
        of,
        "has a std::stop_token, and not every moment was tried at which its code finds that a stop "
        "is requested");
  }

  /// Notes that the running code uses a hook of the bus.
  void usesHook(std::uint64_t hook, tincan::detail::EffectLog::HookUse use) {
    bool const isThere = use != tincan::detail::EffectLog::HookUse::Misses;
    touches.hook(hook, isThere ? AccessKind::Writes : AccessKind::Reads);
  }
  /// Notes that one thread runs those: it is not told apart who of them sleeps, and who would be woken by a hook.
  void noteHooksOfSeveral(std::span<SimulatedEndpoint* const> all) {
    for (SimulatedEndpoint const* const one : all) {
      if (!one->core->wakeHook.isSet()) continue;
      doubt(*one,
            "is run beside others, and not every moment was tried at which its hook of onWake is "
            "called");
    }
  }
  /// Notes the end of a poll of an endpoint that has a hook of onWake(): the next message calls that, if none is there.
  void arm(SimulatedEndpoint& endpoint, bool isEmpty) {
    touches.wakes(true);
    touches.looksForMore(endpoint);
    endpoint.isArmed = isEmpty;
  }
  /// Does so for an endpoint that is polled for the test, after each of its steps. A timer that is due may go on in the
  /// same poll.
  void armForTest(SimulatedEndpoint& endpoint, tincan::detail::Nanoseconds now) {
    if (endpoint.family != nullptr || !endpoint.core->wakeHook.isSet()) return;
    bool const hasTimer = endpoint.isTimerDue(now);
    arm(endpoint, endpoint.waiting == 0 && !hasTimer);
    if (!hasTimer) return;
    doubt(endpoint,
          "has a hook of onWake, and timers were not tried that go on after that is armed again");
  }
  /// Notes that the endpoint is told to quit: others that its thread runs with it may have something left to do.
  void noteQuitOfSeveral(SimulatedEndpoint const& told) {
    if (told.runsWith == nullptr) return;
    for (SimulatedEndpoint const* const one : world.endpoints) {
      bool const isOther = one != &told && one->runsWith == told.runsWith;
      if (!isOther || (one->waiting == 0 && !one->core->continuations.hasTimers())) continue;
      doubt(
          told,
          "was told to quit, and not every order was tried in which others go on that are run with "
          "it");
    }
  }
  /// Notes a message to that endpoint that nobody handles.
  void noteLost(Errc reason, std::string_view channel, std::string_view from, std::string_view to) {
    if (!isReordered || state.isOver) return;
    std::string const sender = from.empty() ? "" : " from '" + std::string(from) + "'";
    std::string const what = "loses '" + std::string(channel) + "'" + sender;
    noteBeside(to, what + " (" + std::string(toString(reason)) + ")");
  }
  /// Notes that the endpoint does something besides messages, for whoever reads that.
  void noteDoing(SimulatedEndpoint const& at, char const* what) {
    if (isShown && !state.isOver) noteBeside(at.core->name, what);
  }
  /// Notes that the code of that endpoint (null: of the test) has used what it shares with others.
  void noteShared(SimulatedEndpoint const* by, std::uint64_t object, bool changes,
                  std::string const& value) {
    if (by == nullptr || state.isOver) return;
    std::string const what = (changes ? "writes " : "reads ") + Touches::sharedName(object);
    noteBeside(by->core->name, what + ": " + value);
  }

  /// Notes who waits, or looks, for what: one row for each.
  void noteWaits() {
    for (Frame const* const frame : frames.all) {
      bool const isWait = frame->kind == Frame::Kind::Wait;
      if (!isWait && frame->kind != Frame::Kind::Pause) continue;
      EndpointCore const& who = isWait ? frame->wait->sender : *frame->subject->core;
      note(who.name, frame->predicate());
    }
  }

  World world{};
  BlockedFrames frames{};
  DeliveryLog log{};
  Causality causality{};
  Touches touches{};
  RunState state{};
  bool isReordered = false;   // messages may come in another order than that of their sending
  bool isObserved = false;    // somebody goes along: see Observers
  bool isShown = false;       // somebody reads the notes of it, so that they may take time
  bool isForwardable = true;  // what is possible next can be told without a look at all that is
  AllowedDead allowedDead{};
  AssertionWatch assertions{};
  Doing doing{};
  std::uint64_t superseded = 0;  // the number of what the last sendLatest() has superseded
  std::uint64_t stepsLeft = 0;
  std::uint64_t happened = 0;           // steps, of all runs that this has been used for
  std::size_t messages = 0;             // whose turn has come, also those that nobody took
  std::vector<Note> notes{};            // what happened besides messages
  std::vector<Candidate> candidates{};  // for the next step
  std::vector<Step> steps{};            // those, as a search sees them
  std::string
      incomplete{};  // says what was done that has more outcomes than orders; empty: nothing
};

}  // namespace tincan::inline abi0::testing::detail
