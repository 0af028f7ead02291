// tincan/testing/detail/simulate/run_loop.hpp - lets the steps of a simulation happen, one after another
//
// A step is: one message (or post, answer, quit) is handled; a body begins; what has blocked goes on.
// The test has its own stack. The steps happen on another one, until something blocks there: then
// that stack is left as it is, and the steps go on on the next one. So whatever has blocked can go on
// in any order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/death_signals.hpp>
#include <tincan/testing/detail/simulate/last_words.hpp>
#include <tincan/testing/detail/simulate/run_stacks.hpp>
#include <tincan/testing/detail/simulate/standstill.hpp>
#include <tincan/testing/detail/simulate/step_finder.hpp>
#include <tincan/testing/detail/simulate/step_picker.hpp>
#include <tincan/testing/detail/simulate/step_runner.hpp>

namespace tincan::inline abi0::testing::detail {

/// Runs the steps that a call of the test is to bring about.
///   Errors    What ends the run ends the steps, and leaves by the call of the test that made them happen.
class RunLoop final : private StackUser {
 public:
  /// `search`: picks among the steps; null: they happen in the order of their sending.
  RunLoop(SimulatedRun& run, Turn& turn, Observers& observers, VirtualClock& clock,
          FaultBudget& faults, Claims& claims, ScheduleSearch* search, Options const& options)
      : run_(run),
        turn_(turn),
        clock_(clock),
        claims_(claims),
        isExplored_(search != nullptr),
        hasFaults_(faults.hadAny),
        interrupts_(faults.interrupts),
        search_(search),
        maxSteps_(options.maxSteps),
        hang_(options.hang),
        finder_(run, turn, observers, clock, faults),
        picker_(run, finder_, faults, search),
        runner_(run, turn, observers, clock, faults, options.maxSteps),
        standstill_(run, observers, clock, faults, claims, finder_, picker_, runner_),
        stacks_(*this, options.stack) {}
  RunLoop(RunLoop const&) = delete;
  RunLoop& operator=(RunLoop const&) = delete;

  RunStacks& stacks() noexcept { return stacks_; }
  bool isExplored() const noexcept { return isExplored_; }
  std::uint64_t choose(std::uint64_t n) { return picker_.choose(n); }

  /// Handles one message, with what is no message and comes before; at that endpoint, if a name is
  /// given. False: there was none.
  bool step(std::string_view endpoint) {
    stacks_.checkIsTestRunning();
    stepsFrom_ = run_.messages;
    stepsAt_ = endpoint;
    isStep_ = true;
    ++run_.world.progress;
    letHappen();
    isStep_ = false;
    stepsAt_ = {};
    bool const hasHappened = run_.messages != stepsFrom_;
    throwWhatEnded();
    return hasHappened;
  }

  std::size_t runUntilIdle() {
    stacks_.checkIsTestRunning();
    std::size_t const before = run_.log.handled();
    ++run_.world.progress;
    letHappen();
    std::size_t const count = run_.log.handled() - before;
    if (run_.state.failure == nullptr && run_.state.deadlock.empty() && !isExplored_) {
      claims_.lookAtEnd();
    }
    throwWhatEnded();
    return count;
  }

  void advance(Nanoseconds duration) {
    stacks_.checkIsTestRunning();
    Nanoseconds const target = clock_.after(duration);
    if (clock_.nextDeadline() <= target) {
      passesTimeFirst_ = true;
      standstill_.passDeadlinesUntil(target, isExplored_ ? 0 : maxSteps_);
      letHappen();
      standstill_.passDeadlinesUntil(0, 0);
    }
    clock_.setAtLeast(target);
    throwWhatEnded();
  }

  /// Lets everything happen, once the test has done its part.
  void finish() {
    run_.state.isTestDone = true;
    ++run_.world.progress;
    if (!run_.state.isGivenUp && run_.state.failure == nullptr) letHappen();
    run_.assertions.look(run_.state);
  }

  /// Closes the bus, and lets everybody end.
  void end() {
    standstill_.closeBus();
    if (!run_.frames.all.empty() || !run_.world.closing.empty()) letHappen();
  }

  /// Whether handlers and bodies are interrupted: not where the test says which step comes, nor beside crashes.
  bool areInterruptionsWanted() const noexcept {
    return isExplored_ && interrupts_ && !isStep_ && !run_.state.isOver && !stacks_.isTestRunning();
  }
  /// Leaves the running stack to the steps that are to happen, until it is its turn again.
  void letOthersRun() {
    if (stacks_.isTestRunning()) claims_.lookBefore();
    stacks_.leave();
    turn_.arrive();
  }
  /// Lets others go first, if the search wants that, before the running code goes on.
  void interrupt(Frame& frame) {
    stacks_.makeFree();
    // Code that only looks for something is told so in other words.
    if (std::exchange(countedUpTo_, run_.world.progress) != run_.world.progress)
      runner_.countStep();
    turn_.suspend();
    run_.frames.add(frame, false);
    if (!goesOnAtOnce(frame)) stacks_.leave();
    run_.frames.remove(frame);
    turn_.arrive();
    turn_.resume(frame.runs, run_.touches);
  }

  /// Throws what has ended the run; called at the end of a call of the test.
  void throwWhatEnded() {
    if (!isExplored_) run_.stepsLeft = maxSteps_;
    run_.state.throwWhatEnded();
  }

 private:
  /// Lets things happen until nothing can, or whatever else the test wants.
  void letHappen() {
    DeathSignals const deathSignals(hang_);
    LastWords const lastWords(run_, search_, &stacks_);
    letOthersRun();
    run_.doing = {};
  }

  /// Lets the steps happen on this stack until it is another one's turn.
  Stack& runOn(Stack& here) override {
    stacks_.running = &here;
    turn_.arrive();
    tincan::detail::thisToken();  // if this stack is a thread: see Turn
    Stack* next = nullptr;
    while (next == nullptr) next = happenNext();
    stacks_.free.push_back(&here);
    return *next;
  }

  /// Whether the code that is interrupted is to go on before all others.
  bool goesOnAtOnce(Frame& frame) {
    claims_.look();
    if (mustStop()) return false;
    Candidate next{};
    if (auto const goesOn = picker_.repeats(frame, next)) {
      if (!*goesOn) picked_ = next;
      return *goesOn;
    }
    auto const& candidates = finder_.collect(stepsAt_);
    if (candidates.size() == 1) return true;
    run_.touches.announce(frame.source);
    auto const index = picker_.pick(candidates);
    run_.state.isGivenUp = !index.has_value();
    if (!index.has_value()) return false;
    ++run_.happened;
    if (candidates[*index].frame == &frame) return true;
    picked_ = candidates[*index];
    return false;
  }

  /// The stack to go on with; null: more may happen on this one.
  Stack* happenNext() {
    if (auto const picked = std::exchange(picked_, std::nullopt)) return happen(*picked);
    if (hasHappened_ && (hasFaults_ || clock_.hasLeftSome())) clock_.endLate();
    if (std::exchange(hasHappened_, false)) claims_.look();
    if (mustStop()) return &stacks_.test;
    if (std::exchange(passesTimeFirst_, false)) {
      clock_.passTo(clock_.nextDeadline());
      hasHappened_ = true;
      return nullptr;
    }
    Candidate repeated{};
    if (!isStep_ && picker_.repeats(repeated)) return happen(repeated);
    auto const& candidates = finder_.collect(stepsAt_);
    if (candidates.empty()) {
      hasHappened_ = standstill_.pass(isStep_);
      return hasHappened_ ? nullptr : &stacks_.test;
    }
    auto const index = picker_.pick(candidates);
    if (!index.has_value()) {
      run_.state.isGivenUp = true;
      return nullptr;
    }
    return happen(candidates[*index]);
  }

  Stack* happen(Candidate const& next) {
    hasHappened_ = true;
    Frame const* const frame = next.frame;
    runner_.happen(next);
    return frame == nullptr ? nullptr : frame->stack;
  }

  /// Whether the test goes on, whatever it waits for.
  bool mustStop() {
    RunState const& state = run_.state;
    if (state.isOver) return false;
    bool const goesOn = state.failure == nullptr && !state.isGivenUp;
    if (goesOn) return isStep_ && run_.messages != stepsFrom_;
    if (Frame* const tests = run_.frames.test) tests->verdict = "the run has ended";
    return true;
  }

  SimulatedRun& run_;
  Turn& turn_;
  VirtualClock& clock_;
  Claims& claims_;
  bool const isExplored_, hasFaults_, interrupts_;
  ScheduleSearch const* const search_;
  std::uint64_t const maxSteps_;
  std::chrono::seconds const hang_;
  StepFinder finder_;
  StepPicker picker_;
  StepRunner runner_;
  Standstill standstill_;
  RunStacks stacks_;

  std::uint64_t countedUpTo_ = 0;      // the progress, by which the last interruption was counted
  bool isStep_ = false;                // until a message was handled
  std::size_t stepsFrom_ = 0;          // so many there were before
  std::string_view stepsAt_{};         // at that endpoint; empty: anywhere
  bool passesTimeFirst_ = false;       // before anything else happens
  std::optional<Candidate> picked_{};  // happens first
  bool hasHappened_ = false;           // something has, and no claim has been looked at since then
};

}  // namespace tincan::inline abi0::testing::detail
