// tincan/testing/detail/simulate/scheduler.hpp - runs a bus step by step on one thread
//
// A step is: one message (or post, answer, quit) is handled; a body begins; what has blocked goes on.
// The test has its own stack. The steps happen on another one, until something blocks there: then
// that stack is left as it is, and the steps go on on the next one. So whatever has blocked can go on
// in any order.
//
//   Threads   The test's (see Stack).
//   Errors    What a test throws or says (Failure) ends the steps, and leaves by the call of the test
//             that made them happen.
#pragma once

#include <algorithm>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/testing/detail/report/report.hpp>
#include <tincan/testing/detail/search/search.hpp>
#include <tincan/testing/detail/simulate/cycles.hpp>
#include <tincan/testing/detail/simulate/delivery_log.hpp>
#include <tincan/testing/detail/simulate/frame.hpp>
#include <tincan/testing/detail/simulate/objects.hpp>
#include <tincan/testing/detail/simulate/pool.hpp>
#include <tincan/testing/detail/simulate/simulated_endpoint.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>
#include <tincan/testing/detail/simulate/step_observer.hpp>
#include <tincan/testing/failure.hpp>
#include <tincan/testing/options.hpp>

namespace tincan::inline v0::testing::detail {

using tincan::detail::Kind;
using tincan::detail::Nanoseconds;
using tincan::detail::NoDeadline;

/// What may happen next.
struct Candidate {
  enum class What { Deliver, Begin, GoOn, EndPoll, Expire, Crash } what;
  std::uint64_t number;
  Source source;
  SimulatedEndpoint* actor;  // null: the test
  SimulatedLane* line = nullptr;
  Body* body = nullptr;
  Frame* frame = nullptr;
};

/// What a scheduler keeps of a run; and leaves, empty but with its memory, to the next one.
struct SchedulerMemory {
  /// The latest request of a slot.
  struct Asked {
    tincan::detail::AnswerSlot const* slot;
    SimulatedEndpoint const* by = nullptr;  // null: unknown
    std::uint32_t number = 0;               // of all that it sends
    bool isAnswered = false;                // by another one than the endpoint that was asked
    ClockStore::Place knowledge{};          // of that one
  };

  void clear() {
    actors_.clear();
    lines_.clear();
    bodies_.clear();
    frames_.clear();
    stacks_.clear();
    free_.clear();
    closing_.clear();
    candidates_.clear();
    log_.clear();
    store_.clear();
    asked_.clear();
    accesses_.clear();
    announced_.clear();
  }

  Pool<SimulatedEndpoint> actors_;
  Pool<SimulatedLane> lines_;
  Pool<Body> bodies_;
  std::vector<Frame*> frames_;                  // in the order of their beginning
  std::vector<std::unique_ptr<Stack>> stacks_;  // besides the test's
  std::vector<Stack*> free_;                    // those on which nothing runs
  std::vector<SimulatedEndpoint*> closing_;
  std::vector<Candidate> candidates_;
  std::vector<Step> steps_;
  DeliveryLog log_;
  ClockStore store_;
  std::vector<Asked> asked_;
  std::vector<Access> accesses_;
  std::vector<Source> announced_;
};

class Scheduler final : public tincan::detail::Executor,
                        public tincan::detail::Ownership,
                        public tincan::detail::EffectLog,
                        private StackUser,
                        private SchedulerMemory {
 public:
  /// What a test says of its bus.
  struct Claim {
    std::string what;
    std::function<bool()> holds;
    bool hasHeld = false;
  };

  /// Without a search things happen in the order in which they were sent. `circles`: those of all
  /// its runs. Takes the memory, if there is some, and brings it back.
  Scheduler(Options const& options, ScheduleSearch* search, Cycles* cycles = nullptr,
            SchedulerMemory* history = nullptr)
      : SchedulerMemory(history == nullptr ? SchedulerMemory() : std::move(*history)),
        memory_(history),
        search_(search),
        cycles_(cycles),
        maxSteps_(options.maxSteps),
        stepsLeft_(maxSteps_),
        crashesLeft_(search == nullptr ? 0 : options.crashes),
        timeoutsLeft_(search == nullptr ? 0 : options.timeouts),
        deadlinesAreSteps_(crashesLeft_ + timeoutsLeft_ != 0) {
    // Now: the thread must not come by its token while it is somebody else.
    tincan::detail::thisToken();
  }
  ~Scheduler() {
    if (memory_ == nullptr) return;
    clear();
    *memory_ = std::move(static_cast<SchedulerMemory&>(*this));
  }

  // ---- for the simulation ----

  /// Handles one message, with what is no message and comes before; at that endpoint, if a name is
  /// given. False: there was none.
  bool step(std::string_view endpoint);
  std::size_t runUntilIdle();
  void advance(Nanoseconds duration);
  std::size_t pending(std::string_view endpoint) const;
  DeliveryLog& log() noexcept { return log_; }
  std::uint64_t choose(std::uint64_t n);
  /// Ends the run with that; throws it.
  [[noreturn]] void violate(std::string const& what);
  std::vector<Claim>& always() noexcept { return always_; }
  std::vector<Claim>& eventually() noexcept { return eventually_; }
  std::vector<Claim>& sometimes() noexcept { return sometimes_; }

  /// From now on.
  void join(std::shared_ptr<StepObserver> observer);
  /// The same for one that changes the order of messages.
  void joinAndDecide(std::shared_ptr<StepObserver> observer);
  /// What runs now depends on which messages have been sent so far, or decides about those to come.
  void touchFaults();
  /// Runs `act` as if that endpoint did.
  void actAs(EndpointCore& core, tincan::detail::FunctionRef<void()> act);

  /// The last of a run that is explored: everything happens, then the bus is closed. What ended the
  /// run; null: nothing.
  std::exception_ptr finish() noexcept;
  /// What left the test's own code.
  void testThrew(std::exception_ptr const& exception) noexcept;
  /// What happened besides messages.
  std::vector<Note> const& notes() const noexcept { return notes_; }
  bool isGivenUp() const noexcept { return isGivenUp_; }
  /// Closes the bus, and lets everybody end.
  void end() noexcept;
  /// Once the bus is gone.
  void letGo() noexcept;

  tincan::detail::Driver* driver() noexcept { return &driver_; }

  // ---- the driver ----

  Nanoseconds now() const noexcept override { return now_; }
  std::shared_ptr<EndpointCore> makeEndpoint(std::shared_ptr<tincan::detail::BusCore> bus,
                                             std::string name, std::uint64_t id,
                                             InboxOptions const& options) override;
  std::shared_ptr<MessageLane> makeLane(std::shared_ptr<EndpointCore> from,
                                        std::shared_ptr<EndpointCore> to) override;
  void added(std::shared_ptr<EndpointCore> const& core) override;
  void closed(EndpointCore& core) noexcept override;
  void laneMade(std::shared_ptr<MessageLane> const& lane) override;
  void checkCaller() const override;
  bool mayUse(EndpointCore const& core) const noexcept override;
  bool mayLeave(EndpointCore const& core) const noexcept override;
  void looksAtLife(EndpointCore const& core) noexcept override;
  void looksAtEndpoints() noexcept override;
  void looksForRoom(MessageLane& lane) noexcept override;
  void refuses() noexcept override { isRefusing_ = true; }
  void deadLetter(Errc reason, std::string_view channel, std::string_view from,
                  std::string_view to) noexcept override;
  bool pushed(MessageLane& lane) override;
  bool hasMessages(EndpointCore const& core) const noexcept override;
  void start(EndpointCore& core, std::unique_ptr<tincan::detail::PostedFunction> body) override;
  std::size_t pump(EndpointCore& core, Pump how,
                   tincan::detail::FunctionRef<bool(std::size_t)> isOver) override;
  std::uint64_t waitBegins(EndpointCore const& sender,
                           EndpointCore const& target) noexcept override;
  void cycleClosed(EndpointCore const& sender, EndpointCore const& target) override;
  std::string wait(tincan::detail::BlockedWait const& blocked,
                   tincan::detail::AnswerState<tincan::detail::ThreadPlatform>& state,
                   tincan::detail::FunctionRef<bool()> isOver) override;
  void answers(tincan::detail::AnswerSlot const& slot) noexcept override;
  void looksAtRequester(tincan::detail::AnswerSlot const& slot) noexcept override;
  void looksForAnswer(tincan::detail::AnswerSlot const& slot) noexcept override;
  void tookAnswer(tincan::detail::AnswerSlot const& slot, EndpointCore& asked) noexcept override;
  void throwIfEnded() override;
  bool takesException(std::exception_ptr const& exception, bool isHooked) noexcept override;

 private:
  /// Thrown to end a run that was explored before.
  struct GivenUp {};

  class Acting;

  static SimulatedEndpoint& of(EndpointCore const& core) noexcept {
    return static_cast<SimulatedEndpoint&>(*core.driven);
  }
  static SimulatedLane& of(MessageLane const& lane) noexcept {
    return static_cast<SimulatedLane&>(*lane.driven);
  }

  // ---- the loop ----
  Stack& runOn(Stack& here) override;
  Stack& freeStack();
  void letHappen();
  Stack* happenNext();
  bool mustStop();
  void happen(Candidate const& candidate);
  void endPoll(Frame const& frame);
  void goOn(Frame const& frame);
  bool passIdle();
  bool passDeadline();
  bool endRun();
  void giveUp(Frame& frame, std::string const& sentence);
  bool giveVerdicts();
  bool mayStillEnd(Frame const& frame) const;
  std::string whoWaits() const;
  void checkVain(std::uint64_t happened);
  void throwWhatEnded();
  void closeBus() noexcept;

  // ---- what may happen ----
  void collect(std::string_view endpoint = {});
  void collectLines(SimulatedEndpoint& actor);
  bool isNext(SimulatedLane& line) const;
  bool isThere(SimulatedLane& line) const;
  bool waitsForItsTurn(SimulatedEndpoint const& actor) const;
  bool isBuried(Frame const& frame) const;
  bool mayEndPoll(Frame const& frame) const;
  void collectFrames();
  void collectFaults();
  void collectCrashes();
  bool happenOne();
  bool mayCrash();
  void announceDeadlines();
  void settle();
  std::optional<std::size_t> pick();

  // ---- what happens ----
  void deliver(SimulatedLane& line);
  ForcedOutcome const* tellDelivering(SimulatedLane& line, QueuedMessage const& waiting,
                                      tincan::detail::MessageCell& cell,
                                      tincan::detail::MessageCell* extra);
  void begin(Body& body);
  void block(Frame& frame);
  void passTime(Nanoseconds to);
  void expire(SimulatedEndpoint& actor);
  void crash(SimulatedEndpoint& actor);
  Nanoseconds nextDeadline() const noexcept;
  Nanoseconds deadlineOf(SimulatedEndpoint const& actor) const noexcept;
  void checkAfterStep();
  void checkAtEnd();
  void fail(std::exception_ptr exception) noexcept;

  // ---- lines ----
  void look(SimulatedLane& line);
  void add(SimulatedLane& line, tincan::detail::MessageCell& cell, std::uint64_t position);
  void tellSent(SimulatedLane& line, QueuedMessage const& waiting,
                tincan::detail::MessageCell& cell);
  std::uint64_t placeOf(SimulatedLane const& line, std::uint64_t number) const;
  bool isHeld(SimulatedLane const& line) const { return placeOf(line, 0) == StepObserver::Held; }
  bool endsByCompanion();
  tincan::detail::MessageCell* frontOf(SimulatedLane& line,
                                       tincan::detail::MessageCell*& extra) const;
  void forgetDropped(SimulatedLane& line) const;

  /// Of what runs now.
  VectorClock& ownClock() noexcept { return acting_ == nullptr ? testClock_ : acting_->knowledge; }
  static Cycles::Edge edge(EndpointCore const& sender, EndpointCore const& target) {
    return {sender.displayName(), target.displayName()};
  }
  /// A wait of a circle begins or ends.
  void touchCircles(EndpointCore const& sender, EndpointCore const& target);
  Asked& askedBy(tincan::detail::AnswerSlot const& slot);
  void touchRequest(tincan::detail::AnswerSlot const& slot, std::uint32_t kind);
  void touchRequests(SimulatedEndpoint const& by);
  /// A poll() ends here unless there is a message, and a run() with a quit: what is sent comes before
  /// this, or after it.
  void looksForMore(SimulatedEndpoint const& actor) { touch(Objects::arrivals(actor), FindsNone); }

  /// Messages come in another order than that of their sending.
  bool reorders() const noexcept { return search_ != nullptr || isDecided_; }

  // ---- for the search ----
  void touch(std::uint64_t object, std::uint32_t kind) {
    if (search_ != nullptr && !isOver_) accesses_.push_back({object, kind});
  }
  void announce(Source source) {
    if (search_ != nullptr && !isOver_) announced_.push_back(source);
  }
  void record();
  /// Of what the test itself does.
  Source testSource() {
    if (testSource_ == Nothing) testSource_ = sources_++;
    return testSource_;
  }
  std::string loopSentence();

  tincan::detail::Driver driver_{*this, *this, *this};
  SchedulerMemory* const memory_;
  ScheduleSearch* const search_;
  Cycles* const cycles_;  // null if there is no search
  std::uint64_t const maxSteps_;
  std::uint64_t stepsLeft_;
  unsigned crashesLeft_;
  unsigned timeoutsLeft_;
  bool const deadlinesAreSteps_;
  Nanoseconds now_ = 1'000'000'000;
  std::uint64_t numbers_ = 0;    // of what was sent, begun, over
  std::size_t unbegun_ = 0;      // bodies
  std::uint64_t happened_ = 1;   // whatever is no poll in vain
  std::uint64_t vainPolls_ = 0;  // of the test, one after another
  Source sources_ = 0;
  Source testSource_ = Nothing;

  // Of the test's thread, which earlier simulations have raised; everybody begins with it, so that
  // what runs depends on none of them.
  std::uint64_t const firstClock_ =
      (std::max)(tincan::detail::threadState().clock, tincan::detail::threadState().told->load());
  void* here_ = &tincan::detail::threadState();  // of the thread that runs
  SimulatedEndpoint* acting_ = nullptr;          // who runs; null: the test, or this

  Frame* testFrame_ = nullptr;  // the test's own
  Stack test_;
  Stack* running_ = &test_;
  Stacks& idleStacks_ = Stacks::here();  // of the test's thread, whichever runs

  std::vector<std::shared_ptr<StepObserver>> observers_;
  bool isDecided_ = false;     // by one of them
  std::uint64_t waits_ = 0;    // that have begun
  bool isRefusing_ = false;    // the next dead letter has been in no lane
  std::uint64_t failing_ = 0;  // the message that is failed on purpose

  VectorClock testClock_;  // of the test itself
  VectorClock testSent_;   // of each actor, how many messages the test has sent in its name
  std::vector<Note> notes_;
  std::vector<Claim> always_, eventually_, sometimes_;

  std::exception_ptr ended_;      // what ended the run
  std::string deadlock_;          // to be thrown once those who wait have been told
  bool isStep_ = false;           // until a message was handled
  std::size_t stepsFrom_ = 0;     // so many there were before
  std::string_view stepsAt_;      // at that endpoint; empty: anywhere
  bool passesTimeFirst_ = false;  // before anything else happens
  Nanoseconds passesUntil_ = 0;   // deadlines until then
  bool isFinal_ = false;          // the test has done its part
  bool isGivenUp_ = false;
  bool isOver_ = false;  // the run is at its end, or was given up: everybody ends
};

/// While it lives, what runs is that actor.
class Scheduler::Acting {
 public:
  Acting(Scheduler& scheduler, SimulatedEndpoint& actor) noexcept
      : scheduler_(scheduler),
        actor_(actor),
        before_(std::exchange(scheduler.acting_, &actor)),
        wasPumped_(std::exchange(actor.isPumped, false)) {
    ++actor.running;
    actor.part.swap();
  }
  ~Acting() {
    actor_.part.swap();
    --actor_.running;
    actor_.isPumped = wasPumped_;
    scheduler_.acting_ = before_;
  }
  Acting(Acting const&) = delete;
  Acting& operator=(Acting const&) = delete;

 private:
  Scheduler& scheduler_;
  SimulatedEndpoint& actor_;
  SimulatedEndpoint* const before_;
  bool const wasPumped_;
};

}  // namespace tincan::inline v0::testing::detail
