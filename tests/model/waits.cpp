// tests/model/waits.cpp - threads that wait for each other in a circle: exactly one is told
//
// An edge is deleted as soon as its thread has withdrawn it: Relacy reports a walk that looks at it
// then.
#include <string>

#include <tincan/detail/answer/wait_graph.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using tincan::detail::NoDeadline;

template <class Platform>
struct Endpoint : tincan::detail::Party<Platform> {
  std::string displayName() const override { return "endpoint"; }
  bool isOver() const noexcept override { return false; }
  tincan::detail::ThreadTokenOf<Platform> const* settledBy() const noexcept override {
    return settler;
  }

  tincan::detail::ThreadTokenOf<Platform> const* settler = nullptr;
};

/// Each thread has an endpoint.
template <class Derived, int Threads, bool Heavy>
struct Waits : Scenario<Derived, Threads, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using Edge = tincan::detail::Wait<Platform>;
  using State = tincan::detail::AnswerState<Platform>;
  using Party = tincan::detail::Party<Platform>;

  tincan::detail::WaitGraph<Platform> graph;
  tincan::detail::ThreadTokenOf<Platform> tokens[Threads];
  Endpoint<Platform> endpoints[Threads];
  State answers[Threads];
  int told[Threads] = {};
  bool wasMadeToLeave[Threads] = {};

  void before() {
    for (int i = 0; i < Threads; ++i) {
      endpoints[i].setOwner(&tokens[i]);
    }
  }

  /// In the name of the thread's own endpoint.
  std::unique_ptr<Edge> edge(unsigned self, Party& target, State& state, std::uint64_t clock,
                             bool endsWithParties = true) {
    return std::unique_ptr<Edge>(
        new Edge{&state, &target, &endpoints[self], &tokens[self], endsWithParties, clock});
  }

  /// As the constructor of Waiting. False: waiting would never end.
  bool begin(Edge& edge) {
    return graph.begin(*edge.thread, edge) || graph.look(*edge.thread, edge).empty();
  }
  /// As Waiting::sleep(). False: waiting would never end.
  bool sleep(Edge& edge) {
    auto& token = *edge.thread;
    if (!graph.sleeping(token, edge).empty()) return false;
    bool isFine = true;
    while (isFine && !edge.state->ready()) {
      if (token.mustLeave.load(std::memory_order_seq_cst) != 0) {
        wasMadeToLeave[&token - tokens] = true;
        break;
      }
      edge.state->sleep(NoDeadline);
      if (!edge.state->ready()) isFine = graph.look(token, edge).empty();
    }
    graph.awake(edge);
    return isFine;
  }
  bool wait(Edge& edge) { return begin(edge) && sleep(edge); }
  void end(std::unique_ptr<Edge> edge) { graph.end(*edge->thread, *edge); }

  int countTold() const {
    int sum = 0;
    for (int const one : told) sum += one;
    return sum;
  }
};

/// Each thread waits for the next one and answers the one before it when its own wait is over.
///
/// Three of them sleep in so many ways that all of these with one early wake-up take hours. It is the
/// state of the answer that has to bear that, and with two threads it is explored in full; what three
/// threads are about, who of them is told, does not depend on it.
template <int Threads, bool Heavy>
struct Circle : Waits<Circle<Threads, Heavy>, Threads, Heavy> {
  void before() {
    Circle::Waits::before();
    if (Threads > 2) Circle::Platform::withoutEarlyWakes();
  }
  void thread(unsigned index) {
    auto edge =
        this->edge(index, this->endpoints[(index + 1) % Threads], this->answers[index], index);
    this->told[index] = this->wait(*edge) ? 0 : 1;
    this->end(std::move(edge));
    this->answers[(index + Threads - 1) % Threads].signal();
  }
  void after() { MODEL_REQUIRE(this->countTold() == 1); }
};

/// Thread 0 waits, and has the larger clock; then thread 1 begins to wait for it, which closes the circle.
template <bool Heavy>
struct Late : Waits<Late<Heavy>, 2, Heavy> {
  typename Late::Platform::template atomic<bool> isWaiting{false};

  void thread(unsigned index) {
    // acquire: pairs with the release below.
    if (index == 1 && !isWaiting.load(std::memory_order_acquire)) return this->answers[0].signal();
    auto edge = this->edge(index, this->endpoints[1 - index], this->answers[index], 2 - index);
    bool isFine = this->begin(*edge);
    if (index == 0) isWaiting.store(true, std::memory_order_release);
    isFine = isFine && this->sleep(*edge);
    this->told[index] = isFine ? 0 : 1;
    this->end(std::move(edge));
    this->answers[1 - index].signal();
  }
  void after() { MODEL_REQUIRE(this->told[0] == 0); }
};

/// One of the two gives up whatever happens, as at a deadline.
template <bool Heavy>
struct Leaver : Waits<Leaver<Heavy>, 2, Heavy> {
  void thread(unsigned index) {
    auto edge = this->edge(index, this->endpoints[1 - index], this->answers[index], index);
    bool const isFine = index == 0 ? this->wait(*edge) : this->begin(*edge);
    this->told[index] = isFine ? 0 : 1;
    this->end(std::move(edge));
    this->answers[1 - index].signal();
  }
  void after() { MODEL_REQUIRE(this->countTold() <= 1); }
};

/// Inside of its wait for thread 1 thread 0 waits for thread 2, as a hook does that is told of the
/// request, and is answered. Thread 1 waits for thread 0: that is a circle once the inner wait is over.
template <bool Heavy, bool OuterIsLast>
struct Nested : Waits<Nested<Heavy, OuterIsLast>, 3, Heavy> {
  void before() {
    Nested::Waits::before();
    Nested::Platform::withoutEarlyWakes();
  }
  void thread(unsigned index) {
    if (index == 2) {
      this->answers[2].signal();
      return;
    }
    if (index == 1) {
      auto edge = this->edge(1, this->endpoints[0], this->answers[1], 1);
      this->told[1] = this->wait(*edge) ? 0 : 1;
      this->end(std::move(edge));
      this->answers[0].signal();
      return;
    }
    auto outer = this->edge(0, this->endpoints[1], this->answers[0], OuterIsLast ? 2 : 0);
    bool isFine = this->begin(*outer);
    if (isFine) {
      auto inner = this->edge(0, this->endpoints[2], this->answers[2], 3);
      MODEL_REQUIRE(this->wait(*inner));
      this->end(std::move(inner));
      isFine = this->sleep(*outer);
    }
    this->told[0] = isFine ? 0 : 1;
    this->end(std::move(outer));
    this->answers[1].signal();
  }
  void after() { MODEL_REQUIRE(this->countTold() == 1); }
};

/// How a thread joins another one: by its clock as the earlier or the later one of the two, or as at the end of a
/// handle, told first; there the other one may wait for what the joiner has set up and nobody polls.
enum class Joins { Earlier, Later, First, FirstUnpolled };

/// Thread 0 joins thread 1, as at the end of a RendererThread, and thread 1 waits for thread 0. If the
/// joiner is told, it ends the waits of the other one. What ThreadRecord does, which knows no
/// Platform, is written here once more: how a joiner is listed, told, and taken from the list before
/// it goes.
template <bool Heavy, Joins How>
struct Joined : Waits<Joined<Heavy, How>, 2, Heavy> {
  using State = typename Joined::Waits::State;
  static constexpr bool isToldFirst = How == Joins::First || How == Joins::FirstUnpolled;

  Endpoint<model::Platform<Heavy>> record, unpolled;
  Mutex joiners;
  State* joiner = nullptr;
  bool hasEnded = false;  // under the lock
  Atomic<std::uint32_t> isGone{0};

  void before() {
    Joined::Waits::before();
    Joined::Platform::withoutEarlyWakes();
    record.setOwner(&this->tokens[1]);
    unpolled.settler = &this->tokens[0];
  }
  void thread(unsigned index) {
    if (index == 0) return join();
    auto& asked = How == Joins::FirstUnpolled ? unpolled : this->endpoints[0];
    auto edge = this->edge(1, asked, this->answers[1], 1);
    this->told[1] = this->wait(*edge) ? 0 : 1;
    this->end(std::move(edge));
    this->tokens[1].life.store(this->tokens[1].Ended, std::memory_order_seq_cst);
    joiners.lock();
    hasEnded = true;
    if (joiner != nullptr) std::exchange(joiner, nullptr)->signal();
    joiners.unlock();
    isGone.store(1, std::memory_order_release);
  }
  void join() {
    auto mine = std::make_unique<State>();
    joiners.lock();
    bool const isTooLate = hasEnded;
    if (!isTooLate) joiner = mine.get();
    joiners.unlock();
    if (!isTooLate) {
      auto edge = this->edge(0, record, *mine, How == Joins::Later ? 2 : 0, false);
      if (isToldFirst) edge->told = tincan::detail::Told::First;
      this->told[0] = this->wait(*edge) ? 0 : 1;
      this->end(std::move(edge));
      joiners.lock();
      joiner = nullptr;
      joiners.unlock();
    }
    mine.reset();
    if (this->told[0] != 0) {
      auto* const token = &this->tokens[1];
      token->mustLeave.store(1, std::memory_order_seq_cst);
      this->graph.nudge([&](auto const& wait) { return wait.thread == token; });
    }
    while (isGone.load(std::memory_order_acquire) == 0) Joined::Platform::yield();
  }
  void after() {
    MODEL_REQUIRE(this->countTold() == 1);
    if (isToldFirst) MODEL_REQUIRE(this->told[0] == 1);
    MODEL_REQUIRE(this->wasMadeToLeave[1] == (this->told[0] != 0));
  }
};

/// Thread 0 waits for an answer that a Task of thread 1 is to give, which is suspended on what two answers of
/// thread 0 are needed for, or one of them; and goes on all the same, or never. What it is suspended on is
/// deleted as soon as it goes on.
enum class Suspends { AllForGood, AnyForGood, AnyForNow };

template <bool Heavy, Suspends How>
struct Suspending : Waits<Suspending<Heavy, How>, 2, Heavy> {
  using Platform = typename Suspending::Waits::Platform;
  using State = typename Suspending::Waits::State;
  using Suspended = tincan::detail::Suspended<Platform>;

  struct Frame {
    State questions[2];
    Suspended on[2], all;
    tincan::detail::SuspensionBranch<Platform> branches[2];
  };

  tincan::detail::AnsweringTask<Platform> answeredBy{nullptr};
  tincan::detail::Suspension<Platform> task;

  void before() {
    Suspending::Waits::before();
    Suspending::Platform::withoutEarlyWakes();
  }
  void thread(unsigned index) {
    if (index == 1) return suspend();
    auto edge = this->edge(0, this->endpoints[1], this->answers[0], 1);
    edge->answeredBy = &answeredBy;
    this->told[0] = this->wait(*edge) ? 0 : 1;
    this->end(std::move(edge));
  }
  void suspend() {
    auto frame = std::make_unique<Frame>();
    for (int i = 0; i < 2; ++i) {
      frame->on[i].state = &frame->questions[i];
      frame->on[i].target = &this->endpoints[0];
      frame->branches[i].publish(frame->on[i]);
    }
    frame->all.branches = &frame->branches[0];
    frame->branches[0].next = &frame->branches[1];
    frame->all.isOneEnough = How != Suspends::AllForGood;
    frame->all.resumesAt = &this->endpoints[1];
    task.publish(frame->all);
    this->graph.suspended(task);
    // As SharedResponder does.
    this->answers[0].defer();
    answeredBy.store(&task, std::memory_order_seq_cst);
    this->graph.suspended(task);
    if (How != Suspends::AnyForNow) {
      forGood = std::move(frame);
      return;
    }
    this->graph.goesOn(frame->branches[0]);
    this->graph.goesOn(task);
    frame.reset();
    this->graph.withdrawTask(answeredBy);
    this->answers[0].signal();
  }
  void after() {
    MODEL_REQUIRE(How == Suspends::AnyForNow ? this->countTold() <= 1 : this->countTold() == 1);
  }

  std::unique_ptr<Frame> forGood;
};

/// Two threads wait for a Task that needs the answers of both: two circles that have no wait in common. Whoever is
/// told answers what it was asked, so that both have to be told. With an inner wait one of them waits, before it
/// sleeps, for what the other one answers once it has been told.
template <bool Heavy, bool HasInner = false>
struct Knot : Waits<Knot<Heavy, HasInner>, 2, Heavy> {
  using Platform = typename Knot::Waits::Platform;

  typename Knot::Waits::State questions[2];
  tincan::detail::Suspended<Platform> on[2], all;
  tincan::detail::SuspensionBranch<Platform> branches[2];
  tincan::detail::Suspension<Platform> task;
  tincan::detail::AnsweringTask<Platform> answeredBy{nullptr};
  Endpoint<Platform> tasks;  // whose thread never waits
  typename Knot::Waits::State inner;

  void before() {
    Knot::Waits::before();
    Knot::Platform::withoutEarlyWakes();
    for (int i = 0; i < 2; ++i) {
      on[i].state = &questions[i];
      on[i].target = &this->endpoints[i];
      branches[i].publish(on[i]);
      this->answers[i].defer();
    }
    all.branches = &branches[0];
    branches[0].next = &branches[1];
    task.publish(all);
    answeredBy.store(&task, std::memory_order_seq_cst);
  }
  void thread(unsigned index) {
    auto edge = this->edge(index, tasks, this->answers[index], index);
    edge->answeredBy = &answeredBy;
    bool const isFine = this->begin(*edge);
    if (HasInner && index == 1 && isFine) waitInside();
    this->told[index] = isFine && this->sleep(*edge) ? 0 : 1;
    this->end(std::move(edge));
    this->graph.goesOn(branches[index]);
    if (HasInner && index == 0) inner.signal();
  }
  void waitInside() {
    auto edge = this->edge(1, tasks, inner, 2);
    MODEL_REQUIRE(this->wait(*edge));
    this->end(std::move(edge));
  }
  void after() { MODEL_REQUIRE(this->countTold() == 2); }
};

template <bool Heavy>
void runAll(Explorer& explorer, std::string const& behind) {
  auto const name = [&](char const* what) { return "waits: " + (what + behind); };
  // With the heavy barrier one preemption less: each of its steps is one more place for them.
  constexpr unsigned Two = Heavy ? 1 : 2, Three = Heavy ? 2 : 3;
  explorer.run<Circle<2, Heavy>>(name("two in a circle").c_str(), Three);
  explorer.run<Circle<3, Heavy>>(name("three in a circle").c_str(), Two);
  explorer.run<Late<Heavy>>(name("the one with the larger clock has waited first").c_str(), Three);
  explorer.run<Leaver<Heavy>>(name("one of two gives up").c_str(), Three);
  explorer.run<Nested<Heavy, false>>(name("a wait in a wait").c_str(), Two);
  explorer.run<Nested<Heavy, true>>(name("a wait in a wait that is last").c_str(), Two);
  explorer.run<Joined<Heavy, Joins::Earlier>>(name("joined and waiting").c_str(), Three);
  explorer.run<Joined<Heavy, Joins::Later>>(name("joined and waiting, the joiner is last").c_str(),
                                            Three);
  explorer.run<Joined<Heavy, Joins::First>>(name("the joiner is told first").c_str(), Three);
  explorer.run<Joined<Heavy, Joins::FirstUnpolled>>(
      name("the joiner is told first, of what nobody polls").c_str(), Three);
  explorer.run<Suspending<Heavy, Suspends::AllForGood>>(name("a Task needs two things").c_str(),
                                                        Three);
  explorer.run<Suspending<Heavy, Suspends::AnyForGood>>(
      name("a Task needs one of two things").c_str(), Three);
  explorer.run<Knot<Heavy>>(name("two circles through one Task").c_str(), Two);
  explorer.run<Knot<Heavy, true>>(name("two circles, and a wait in a wait").c_str(), Two);
  explorer.run<Suspending<Heavy, Suspends::AnyForNow>>(
      name("a Task goes on by one of two things").c_str(), Three);
}

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  runAll<false>(explorer, "");
  runAll<true>(explorer, ", heavy barrier");
  return explorer.result();
}
