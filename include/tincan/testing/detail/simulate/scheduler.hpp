// tincan/testing/detail/simulate/scheduler.hpp - runs a bus step by step on one thread
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/base/function_ref.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/testing/detail/simulate/claims.hpp>
#include <tincan/testing/detail/simulate/fault_budget.hpp>
#include <tincan/testing/detail/simulate/findings.hpp>
#include <tincan/testing/detail/simulate/observers.hpp>
#include <tincan/testing/detail/simulate/recycling.hpp>
#include <tincan/testing/detail/simulate/run_loop.hpp>
#include <tincan/testing/detail/simulate/simulated_effects.hpp>
#include <tincan/testing/detail/simulate/simulated_executor.hpp>
#include <tincan/testing/detail/simulate/simulated_ownership.hpp>
#include <tincan/testing/detail/simulate/simulated_run.hpp>
#include <tincan/testing/detail/simulate/turn.hpp>
#include <tincan/testing/detail/simulate/virtual_clock.hpp>
#include <tincan/testing/failure.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline abi0::testing::detail {

/// The parts of a simulation, put together: its run, what drives the bus, and the loop.
///
///   Threads   The test's (see Stack).
///   Errors    What a test throws or says (Failure) ends the steps, and leaves by the call of the test
///             that made them happen.
class Scheduler {
 public:
  /// Makes the parts. Without a search things happen in the order in which they were sent. `findings`: those of all
  /// runs of the search. Takes the memory of an earlier run, if there is some, and brings it back.
  Scheduler(Options const& options, ScheduleSearch* search, Findings* findings = nullptr,
            SimulatedRun* memory = nullptr)
      : memory_(memory),
        run_(memory == nullptr ? SimulatedRun() : std::move(*memory)),
        claims_(run_, findings == nullptr ? nullptr : &findings->claims.toldApart()),
        faults_(options, search != nullptr),
        clock_(run_, turn_, observers_),
        ownership_(run_, turn_, observers_, faults_),
        effects_(run_, turn_, observers_, findings == nullptr ? nullptr : &findings->cycles),
        loop_(run_, turn_, observers_, clock_, faults_, claims_, search, options),
        executor_(run_, turn_, observers_, clock_, effects_, claims_, loop_, options.maxSteps) {
    if (search == nullptr) return;
    run_.touches.turnOn();
    run_.isReordered = true;
    run_.allowedDead = {options.allowDead, true};
    run_.assertions.begin();
  }
  /// One is made for each run, in memory that an earlier one has left.
  static void* operator new(std::size_t size) {
    return Recycling::take(size, std::align_val_t{alignof(Scheduler)});
  }
  static void operator delete(void* memory, std::size_t size) noexcept {
    Recycling::give(memory, size, std::align_val_t{alignof(Scheduler)});
  }
  Scheduler(Scheduler const&) = delete;
  Scheduler& operator=(Scheduler const&) = delete;
  ~Scheduler() {
    if (memory_ == nullptr) return;
    run_.clear();
    *memory_ = std::move(run_);
  }

  /// The driver for the bus. Lives as long as this.
  tincan::detail::Driver* driver() noexcept { return &driver_; }

  // ---- what the test makes happen; see Simulation ----

  bool step(std::string_view endpoint) {
    turn_.checkCaller();
    return loop_.step(endpoint);
  }
  std::size_t runUntilIdle() {
    turn_.checkCaller();
    return loop_.runUntilIdle();
  }
  void advance(Nanoseconds duration) {
    turn_.checkCaller();
    if (duration < 0) throw std::invalid_argument("tincan: time does not go back");
    loop_.advance(duration);
  }
  std::uint64_t choose(std::uint64_t n) {
    if (n == 0) throw std::invalid_argument("tincan: choose(0) has nothing to choose from");
    return loop_.choose(n);
  }
  /// Ends the run with that sentence; throws it, too.
  [[noreturn]] void violate(std::string const& what) {
    Failure const failure(what);
    run_.state.fail(std::make_exception_ptr(failure));
    throw failure;
  }
  /// Runs `act` as if that endpoint did.
  void actAs(EndpointCore& core, tincan::detail::FunctionRef<void()> act) {
    turn_.checkCaller();
    SimulatedEndpoint& endpoint = SimulatedEndpoint::of(core);
    if (turn_.endpoint() == &endpoint) return act();
    Turn::Acting const acting(turn_, endpoint);
    tincan::detail::Running const inItsName(core);
    act();
  }

  Claims& claims() noexcept { return claims_; }
  Claims const& claims() const noexcept { return claims_; }

  // ---- who goes along ----

  /// Tells the observer of all that happens from now on.
  void join(std::shared_ptr<StepObserver> observer) {
    for (SimulatedEndpoint const* const one : run_.world.endpoints) observer->met(*one);
    run_.isObserved = true;
    observers_.join(std::move(observer));
  }
  /// Tells the observer of all that happens from now on, and lets it change the order of messages.
  void joinAndDecide(std::shared_ptr<StepObserver> observer) {
    run_.isReordered = run_.state.isReplayed = true;
    join(std::move(observer));
  }
  /// Notes that what runs now depends on which messages have been sent so far, or decides about those to
  /// come.
  void touchFaults() { run_.touches.faults(); }

  // ---- what has happened ----

  /// From now on notes are taken that take time.
  void show() noexcept { run_.isShown = true; }
  Nanoseconds now() const noexcept { return clock_.now(); }
  Nanoseconds after(Nanoseconds duration) const noexcept { return clock_.after(duration); }
  SimulatedRun const& run() const noexcept { return run_; }
  std::size_t pending(std::string_view endpoint) const { return run_.world.pending(endpoint); }
  DeliveryLog& log() noexcept { return run_.log; }
  /// What happened besides messages, each after the number of a delivery.
  std::vector<Note> notes() const {
    std::vector<Note> notes = run_.notes;
    for (Note& note : notes)
      note.after = run_.log.handledOf(tincan::detail::narrowed<std::size_t>(note.after));
    return notes;
  }
  /// Whether the run was explored before, and so has no end.
  bool isGivenUp() const noexcept { return run_.state.isGivenUp; }

  // ---- the end ----

  /// Learns what has left the test's own code.
  void testThrew(std::exception_ptr const& exception) noexcept {
    if (!isGivenUp()) run_.state.fail(exception);
  }
  /// Ends a run that is explored: everything happens, then the bus is closed. Returns what has ended
  /// the run; null if nothing did.
  std::exception_ptr finish() noexcept {
    loop_.finish();
    if (run_.state.failure != nullptr) run_.log.endInside();
    return run_.state.failure;
  }
  /// Closes the bus, and lets everybody end.
  void end() noexcept { loop_.end(); }
  /// Lets go of what is left, once the bus is gone: closed endpoints of no thread.
  void letGo() noexcept {
    auto const& endpoints = run_.world.endpoints;
    if (!endpoints.empty()) endpoints.front()->core->bus->driveBy(nullptr);
    for (SimulatedEndpoint const* const endpoint : endpoints) {
      endpoint->core->endDrive();
    }
    loop_.stacks().giveBack();
  }

 private:
  SimulatedRun* const memory_;
  SimulatedRun run_;
  Turn turn_{};
  Observers observers_{};
  Claims claims_;
  FaultBudget faults_;
  VirtualClock clock_;
  SimulatedOwnership ownership_;
  SimulatedEffects effects_;
  RunLoop loop_;
  SimulatedExecutor executor_;
  tincan::detail::Driver driver_{executor_, ownership_, effects_};
};

}  // namespace tincan::inline abi0::testing::detail
