// tincan/testing/detail/simulate/simulated_effects.hpp - what the code of a simulation tells of itself
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/drive/effect_log.hpp>
#include <tincan/error.hpp>
#include <tincan/testing/detail/simulate/cycle_watch.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/looks_in_vain.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>
#include <tincan/testing/failure.hpp>

namespace tincan::inline abi0::testing::detail {

/// Notes for the search what production says that it touches, and for the observers what dies.
class SimulatedEffects final : public tincan::detail::EffectLog {
 public:
  using Slot = tincan::detail::AnswerSlot;
  using LookedAt = tincan::detail::LookedAt;

  /// `cycles`: those of all runs of an exploration; null: there is none.
  SimulatedEffects(SimulatedRun& run, Turn const& turn, Observers& observers,
                   Cycles* cycles) noexcept
      : run_(run), turn_(turn), observers_(observers), cycles_(run, cycles) {}

  /// Tells that one of looks in vain. Lives as long as this.
  void tellLooks(LooksInVain& looks) noexcept { looks_ = &looks; }

  void looksAtLife(EndpointCore const& core, LifeLook how) noexcept override {
    SimulatedEndpoint const& endpoint = SimulatedEndpoint::of(core);
    if (how == LifeLook::Alone && !core.isClosed())  // it will not open again
      looks_->looks("somebody has closed", Touches::lifeOf(endpoint));
    run_.touches.life(endpoint, AccessKind::Reads);
    findsClosed(endpoint);
  }
  void closes(EndpointCore const& core) noexcept override {
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    if (run_.isReordered) run_.causality.closes(endpoint, turn_.endpoint());
    if (!run_.touches.isOn()) return;
    run_.noteStop(endpoint, turn_.endpoint());
    ++run_.world.progress;
    run_.touches.life(endpoint, AccessKind::Writes);
    run_.touchRequestsBy(endpoint);
    run_.touches.endpoints(AccessKind::Removes);
    suspends(core);
  }
  void answersForOthers(EndpointCore const& core) noexcept override {
    run_.touches.answersFor(SimulatedEndpoint::of(core), AccessKind::FindsNone);
  }
  void suspends(EndpointCore const& core) noexcept override { cycles_.suspends(core); }
  void looksAtEndpoints() noexcept override {
    looks_->looks("somebody is there", Touches::Endpoints);
    run_.touches.endpoints(AccessKind::Reads);
    if (run_.isReordered) run_.causality.looksAtEndpoints(turn_.endpoint());
  }
  void hasJoined(EndpointCore const& core) noexcept override {
    if (!run_.isReordered) return;
    run_.causality.hasJoined(SimulatedEndpoint::of(core), turn_.endpoint());
  }
  void looksAtCounts() noexcept override {
    if (turn_.endpoint() == nullptr) return;
    run_.doubt(*turn_.endpoint(),
               "looks at Bus::stats(), and not every count was tried that it could see");
  }
  void usesHook(BusHook hook, HookUse use) noexcept override {
    run_.usesHook(static_cast<std::uint64_t>(hook), use);
  }
  void changesWhoWakes(EndpointCore const& core) noexcept override {
    run_.touches.looksForMore(SimulatedEndpoint::of(core));
  }
  void looksForRoom(MessageLane& lane) noexcept override {
    SimulatedLane const& simulated = SimulatedLane::of(lane);
    run_.touches.room(simulated);
    if (run_.isReordered) run_.causality.findsRoom(simulated, turn_.endpoint());
  }
  void discards(MessageLane& lane, std::uint64_t stamp) noexcept override {
    if (run_.isReordered) run_.discards(SimulatedLane::of(lane), stamp, turn_.endpoint());
  }
  void refuses() noexcept override { observers_.refuses(); }
  void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                  std::string_view to) noexcept override {
    isOnPurpose_ = observers_.isFailing();
    run_.noteLost(reason, channel, from, to);
    std::uint64_t const superseded =
        reason == Errc::Superseded ? std::exchange(run_.superseded, 0) : 0;
    observers_.died(reason, channel, from, to, superseded);
  }
  void unheard(Errc reason, std::string_view channel, std::string_view from,
               std::string const& what) override {
    if (isOnPurpose_ || run_.state.isOver || !run_.allowedDead.fails(reason, channel)) return;
    run_.state.fail(
        std::make_exception_ptr(Failure("nobody hears a message from '" + std::string(from) +
                                        "': " + what + "; Options::allowDead may allow it")));
  }

  std::uint64_t waitBegins(EndpointCore const& sender,
                           EndpointCore const& target) noexcept override {
    cycles_.waits(sender, target);
    return ++waits_;
  }
  void waitEnds(EndpointCore const& sender, EndpointCore const& target, bool isAnswered) {
    cycles_.waits(sender, target);
    if (!isAnswered) findsClosed(SimulatedEndpoint::of(target));
  }
  void cycleClosed(EndpointCore const& sender, EndpointCore const& target) override {
    cycles_.closed(sender, target);
  }

  std::uint64_t makesPorts() noexcept override {
    SimulatedEndpoint* const by = turn_.endpoint();
    return by == nullptr ? 0 : Touches::portsOf(*by, ++by->portsMade);
  }
  std::uint64_t postsAtPort(EndpointCore const* sender) noexcept override {
    SimulatedEndpoint* const runs = turn_.endpoint();
    SimulatedEndpoint* const from = sender == nullptr ? runs : &SimulatedEndpoint::of(*sender);
    if (!run_.isReordered || from == nullptr) return 0;
    return run_.causality.posts(*from, runs);
  }
  void bringsWaiting(void const* end, std::uint64_t posted) noexcept override {
    if (run_.isReordered) run_.causality.bringsWaiting(end, posted);
  }
  void bringsPosted(void const* end) noexcept override {
    if (run_.isReordered) run_.causality.bringsPosted(end);
  }
  void usesPort(std::uint64_t ports, unsigned end, PortUse use) noexcept override {
    run_.touches.port(ports, end, use == PortUse::Adds ? AccessKind::Adds : AccessKind::Writes);
  }

  std::uint64_t makesShared() noexcept override {
    SimulatedEndpoint* const by = turn_.endpoint();
    return by == nullptr ? 0 : Touches::sharedOf(*by, ++by->sharedMade);
  }
  void usesShared(std::uint64_t object, bool changes) override {
    if (!changes) {
      looks_->looks("something shared has changed", Touches::Shared | object,
                    LooksInARow::ToldApartOfShared);
      endLoop();
    } else if (run_.touches.isOn()) {
      ++run_.world.progress;
    }
    run_.touches.shared(object, changes ? AccessKind::Writes : AccessKind::Reads);
  }
  void hasUsedShared(std::uint64_t object, bool changes, Text text) override {
    if (run_.isShown) run_.noteShared(turn_.endpoint(), object, changes, text());
  }

  std::uint64_t answers(EndpointCore const& responder, Slot const& slot) noexcept override {
    if (!run_.isReordered) return 0;
    run_.touches.answersFor(SimulatedEndpoint::of(responder), AccessKind::Adds);
    run_.causality.answers(slot, turn_.endpoint());
    Causality::Request const& request = run_.causality.requestOf(slot);
    if (request.by == nullptr) return 0;
    std::uint64_t const answer = Touches::answerOf(*request.by, request.number);
    run_.touches.answer(answer, AccessKind::Writes);
    return answer;
  }
  void leaves(EndpointCore const& responder, Slot const& slot, bool isLast) noexcept override {
    if (isLast) run_.touches.answersFor(SimulatedEndpoint::of(responder), AccessKind::Adds);
    if (Causality::Request const* const request = requestOf(slot))
      run_.touches.answer(Touches::answerOf(*request->by, request->number), AccessKind::Removes);
  }
  void findsAnswer(std::uint64_t answer) noexcept override {
    looks_->looks("somebody has answered", answer);
    if (answer != 0) run_.touches.answer(answer, AccessKind::Reads);
  }
  void publishes(Slot const& slot, EndpointCore const& responder) noexcept override {
    if (run_.touches.isOn()) ++run_.world.progress;
    if (run_.isReordered) {
      bool const isForOther = turn_.endpoint() != &SimulatedEndpoint::of(responder);
      run_.causality.publishes(slot, turn_.endpoint(), isForOther);
    }
    touchRequest(slot, AccessKind::Reads);
    run_.touches.life(SimulatedEndpoint::of(responder), AccessKind::Reads);
  }
  void looksAtRequester(Slot const& slot) noexcept override {
    looks_->looks("a request is cancelled", touchRequest(slot, AccessKind::Reads));
    Causality::Request const* const request = requestOf(slot);
    if (request == nullptr) return;
    run_.touches.answer(Touches::answerOf(*request->by, request->number), AccessKind::Reads);
    if (slot.state.abandoned()) run_.causality.findsGivenUp(slot, turn_.endpoint());
    findsClosed(*request->by);
  }
  void givesUp(Slot const& slot) noexcept override {
    looksForAnswer(slot);
    if (run_.isReordered) run_.causality.givesUp(slot, turn_.endpoint());
  }
  void looksForAnswer(Slot const& slot) noexcept override {
    looks_->looks("an answer is ready", touchRequest(slot, AccessKind::Writes));
  }
  void looked(EndpointCore const& by, EndpointCore const& at, LookedAt what,
              bool isSo) noexcept override {
    if (run_.isObserved) observers_.looked(by, at, what, isSo);
  }
  void deadlinePassed(EndpointCore const& at, bool isTimer) noexcept override {
    if (run_.isObserved && !run_.state.isOver) observers_.deadlinePassed(at, isTimer);
  }
  void tookAnswer(Slot const& slot, EndpointCore& asked) noexcept override {
    if (!run_.isReordered) return;
    run_.causality.tookAnswer(slot, SimulatedEndpoint::of(asked), turn_.endpoint());
  }

 private:
  static constexpr std::uint64_t MostReadsAtEnd = 10'000;
  void findsClosed(SimulatedEndpoint const& endpoint) {
    if (!run_.isReordered || !endpoint.core->isClosed()) return;
    run_.causality.findsClosed(endpoint, turn_.endpoint());
  }

  /// Ends code that goes on to read what it shares when the run is over: the end of the bus does not.
  void endLoop() {
    if (!run_.state.isOver || ++readsAtEnd_ < MostReadsAtEnd) return;
    readsAtEnd_ = 0;
    throw Error(Errc::Closed, {}, "the run is over, and the code reads what it shares on and on");
  }

  /// The request whose slot it is; null: unknown.
  Causality::Request const* requestOf(Slot const& slot) {
    if (!run_.isReordered) return nullptr;
    Causality::Request const& request = run_.causality.requestOf(slot);
    return request.by == nullptr ? nullptr : &request;
  }
  /// Touches the request whose slot it is. Returns the number of that as an object.
  std::uint64_t touchRequest(Slot const& slot, AccessKind kind) {
    Causality::Request const* const request = requestOf(slot);
    if (request == nullptr) return 0;
    run_.touches.request(*request->by, request->number, kind);
    return Touches::objectOf(*request->by, request->number);
  }

  SimulatedRun& run_;
  Turn const& turn_;
  Observers& observers_;
  CycleWatch const cycles_;
  LooksInVain* looks_ = nullptr;
  std::uint64_t waits_ = 0;  // that have begun
  std::uint64_t readsAtEnd_ = 0;
  bool isOnPurpose_ = false;  // the last dead letter
};

}  // namespace tincan::inline abi0::testing::detail
