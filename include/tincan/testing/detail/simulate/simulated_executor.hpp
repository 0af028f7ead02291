// tincan/testing/detail/simulate/simulated_executor.hpp - lets the code of a simulation run and block
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <utility>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/drive/executor.hpp>
#include <tincan/testing/detail/simulate/arrivals.hpp>
#include <tincan/testing/detail/simulate/interruptions.hpp>
#include <tincan/testing/detail/simulate/last_messages.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/pumped_endpoints.hpp>
#include <tincan/testing/detail/simulate/run_loop.hpp>
#include <tincan/testing/detail/simulate/second_look.hpp>
#include <tincan/testing/detail/simulate/simulated_effects.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>
#include <tincan/testing/detail/simulate/vain_polls.hpp>
#include <tincan/testing/detail/simulate/virtual_clock.hpp>

namespace tincan::inline abi0::testing::detail {

/// Takes in what is sent, and where code blocks, leaves its stack to the run loop.
class SimulatedExecutor final : public tincan::detail::Executor, private LooksInVain {
 public:
  template <class Signature>
  using FunctionRef = tincan::detail::FunctionRef<Signature>;

  SimulatedExecutor(SimulatedRun& run, Turn& turn, Observers& observers, VirtualClock const& clock,
                    SimulatedEffects& effects, Claims const& claims, RunLoop& loop,
                    std::uint64_t maxSteps) noexcept
      : run_(run),
        turn_(turn),
        clock_(clock),
        effects_(effects),
        loop_(loop),
        stacks_(loop.stacks()),
        interruptions_(run, turn, claims, loop),
        arrivals_(run, turn, observers, loop),
        last_(loop),
        maxSteps_(maxSteps),
        vainPolls_(run, maxSteps) {
    effects.tellLooks(*this);
  }

  Nanoseconds now() const noexcept override { return clock_.now(); }

  void start(EndpointCore& core,
             tincan::detail::Owned<tincan::detail::PostedFunction> task) override {
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    endpoint.isPumped = false;
    endpoint.isBound = true;
    endpoint.family = &endpoint;
    Body const& body = run_.world.addBody(endpoint, std::move(task));
    run_.touches.announce(body.source);
    if (run_.isReordered) run_.causality.starts(endpoint, turn_.endpoint());
  }

  bool pushed(MessageLane& real) override {
    noteEffect();
    return arrivals_.pushed(SimulatedLane::of(real));
  }
  bool arm(EndpointCore& core) override { return arrivals_.arm(SimulatedEndpoint::of(core)); }

  bool findsClosed() noexcept override {
    // Code that looks until nobody is there would not end.
    return run_.state.isOver && ++looksAtEnd_ % MostLooksAtEnd != 0;
  }

  std::size_t pump(EndpointCore& core, Pump how, FunctionRef<bool(std::size_t)> isOver,
                   tincan::detail::Nanoseconds deadline,
                   tincan::detail::EndpointRow others) override {
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    if (endpoint.isArmed) {
      mayInterrupt();
      arrivals_.disarm(endpoint);
    }
    std::size_t const before = endpoint.items;
    std::uint64_t const progress = run_.world.progress;
    auto const over = [&] { return isOver(endpoint.items - before); };
    auto const kind = how == Pump::Run ? Frame::Kind::Run : Frame::Kind::Poll;
    Frame frame{kind, nullptr, &endpoint, over, deadline};
    PumpedEndpoints const pumped(endpoint, {others.first, others.count});
    frame.others = pumped.all();
    run_.noteHooksOfSeveral(frame.others);
    frame.takesAll = how == Pump::Rest;
    if (how == Pump::Timers) frame.lastTimer = (std::min)(endpoint.timersUpTo, endpoint.lastTimer);
    if (how == Pump::Run) endpoint.beginsRun();
    frame.itemsBefore = before;
    SimulatedEndpoint* const runs = turn_.endpoint();
    bool const isForOther = run_.isReordered && runs != &endpoint;
    if (isForOther) run_.causality.beginsFor(endpoint, runs);
    bool const maySee = how == Pump::Poll && run_.isReordered;
    for (std::uint64_t const pumps = ++endpoint.pumps;;) {
      std::uint64_t const sent = run_.world.lastNumber();
      block(frame);
      if (!maySee || over()) break;
      SecondLook const look = secondLook(endpoint, sent, endpoint.pumps != pumps);
      if (look == SecondLook::No || (look == SecondLook::Perhaps && loop_.choose(2) == 0)) break;
    }
    if (isForOther) run_.causality.endsFor(endpoint, runs);
    if (stacks_.isTestRunning()) loop_.throwWhatEnded();
    if (!frame.verdict.empty() && !core.isClosed()) throw stuck(frame.verdict);
    if (runs == nullptr) vainPolls_.ofTest(progress);
    return std::exchange(endpoint.items, before) - before;  // a poll around this one counts its own
  }

  void mayInterrupt() noexcept override {
    SimulatedEndpoint* const runs = interruptions_.interruptible();
    if (runs == nullptr) return;
    runs->looks.beginCall();
    if (!runs->looks.mustWait(run_.world.progress)) {
      orFail([&] { interruptions_.beforeCall(*runs); });
    } else if (!pause(*runs, "something has happened", true)) {
      runs->looks.giveUp();
    }
  }

  void clearLanes(tincan::detail::Row<std::shared_ptr<MessageLane>> const& lanes,
                  FunctionRef<void(MessageLane&)> clear) override {
    last_.clear(lanes, clear);
  }

  void pollsClosed(EndpointCore& core) override { vainPolls_.ofClosed(core); }

  std::string wait(tincan::detail::BlockedWait const& blocked,
                   tincan::detail::AnswerState<tincan::detail::ThreadPlatform>& state,
                   FunctionRef<bool()> isOver) override {
    Frame frame{Frame::Kind::Wait,
                nullptr,
                &SimulatedEndpoint::of(blocked.sender),
                isOver,
                blocked.deadline,
                &blocked,
                &state};
    block(frame);
    effects_.waitEnds(blocked.sender, blocked.target, state.ready());
    return frame.verdict;
  }

  void throwIfEnded() override {
    if (stacks_.isTestRunning()) run_.state.throwIfEnded();
  }
  bool takesException(std::exception_ptr const& exception, bool isHooked) noexcept override {
    return run_.state.takes(exception, loop_.isExplored() || run_.state.isReplayed, isHooked);
  }

 private:
  static constexpr std::uint64_t MostLooks = 10'000;  // without a pause
  static constexpr std::uint64_t MostLooksAtEnd = 1'000;

  /// Notes that the code has done something that those who look for it in vain may have waited for.
  void noteEffect() noexcept {
    if (run_.touches.isOn()) ++run_.world.progress;
  }

  /// Lets others run until the frame is over, or has a verdict.
  void block(Frame& frame) {
    stacks_.makeFree();
    SimulatedEndpoint& subject = *frame.subject;
    bool const isPoll = frame.kind == Frame::Kind::Poll;
    frame.runs = turn_.endpoint();
    frame.source = run_.world.sourceOf(frame.runs);
    frame.stack = stacks_.running;
    bool const isPumped = frame.kind == Frame::Kind::Run || isPoll;
    Service const outer = subject;
    subject.isPumped = isPumped;
    subject.pollLook = isPoll ? run_.pollLook(subject) : Service::PollLook{};
    subject.firstTimers = frame.firstTimers(clock_.now());
    subject.missesNothing = isPoll && (frame.runs == nullptr || frame.takesAll);
    if (isPumped) {
      subject.polledBy = frame.runs == &subject ? nullptr : frame.runs;
      if (subject.runsWith != nullptr) subject.servedInside = subject.runsWith->inside;
    }
    if (isPoll) run_.touches.announce(frame.source);
    run_.touches.polls(subject);
    run_.touches.thread(subject);
    turn_.suspend();
    run_.frames.add(frame, stacks_.isTestRunning());
    loop_.letOthersRun();
    run_.frames.remove(frame);
    turn_.resume(frame.runs, run_.touches);
    static_cast<Service&>(subject) = outer;
    run_.touches.polls(subject);  // the poll() around this one
  }

  /// Does what throws only if there is no stack for the others, which ends the run.
  template <class F>
  void orFail(F&& what) noexcept {
    try {
      what();
    } catch (...) {
      run_.state.fail(std::current_exception());
    }
  }
  /// Lets the others go first, since the code looks for something that only they can do. False: they have done nothing.
  bool pause(SimulatedEndpoint& runs, char const* looksFor, bool mayGoOn) noexcept {
    std::uint64_t const before = run_.world.progress;
    auto const over = [&] { return run_.world.progress != before; };
    Frame frame{Frame::Kind::Pause, nullptr, &runs, over};
    frame.looksFor = looksFor;
    frame.mayGoOn = mayGoOn;
    orFail([&] { block(frame); });
    return over();
  }

  void looks(char const* whether, std::uint64_t object, unsigned toldApart) override {
    if (SimulatedEndpoint* const runs = interruptions_.interruptible()) {
      runs->looks.add(object, run_.world.progress, toldApart);
    }
    if (std::exchange(looksSince_, run_.world.progress) != run_.world.progress) looks_ = 0;
    if (++looks_ % MostLooks != 0 || turn_.endpoint() == nullptr || run_.state.isOver) return;
    static_cast<void>(pause(*turn_.endpoint(), whether, looks_ / (MostLooks / 100) < maxSteps_));
  }

  SimulatedRun& run_;
  Turn& turn_;
  VirtualClock const& clock_;
  SimulatedEffects& effects_;
  RunLoop& loop_;
  RunStacks& stacks_;
  Interruptions interruptions_;
  Arrivals arrivals_;
  LastMessages last_;
  std::uint64_t const maxSteps_;
  VainPolls vainPolls_;
  std::uint64_t looksAtEnd_ = 0;  // of a run, for endpoints by name
  std::uint64_t looks_ = 0;       // since the progress of looksSince_
  std::uint64_t looksSince_ = 0;
};

}  // namespace tincan::inline abi0::testing::detail
