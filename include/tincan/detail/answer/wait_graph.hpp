// tincan/detail/answer/wait_graph.hpp - who waits for whom
//
// A thread that is about to wait publishes an edge: a pointer to a Wait on its stack, in its token.
// That is one store; nobody looks at it unless somebody is about to wait for a thread that waits
// itself, or is about to sleep. Whoever looks holds the one mutex and has raised `walking_`; a
// waiter that leaves withdraws its edge and then checks `walking_`, so that no Wait goes away under
// a walk. A cycle counts only if every edge of it is still there after all have been read.
//
// A wait for an answer that a Task is to give is one for what that Task is suspended on, and for the
// loop in which it goes on (Suspension): then a thread waits for several at once, and the walk is a
// search.
//
//   Threads   Any.
//   Order     The edge of a request is there before the request is visible, so whoever handles the
//             request sees it.
//   Progress  begin() and end() take the mutex only if somebody walks; walking costs a barrier on
//             all threads (AsymmetricFlag) and happens before sleeping.
//   Lifetime  A Wait's party outlives it. Tokens are held by their threads and by the parties bound
//             to them.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/asymmetric_flag.hpp>

namespace tincan::inline v0::detail {

template <class Platform>
struct Wait;

/// One for each thread.
template <class Platform>
struct alignas(FalseSharingRange) ThreadTokenOf {
  typename Platform::template atomic<Wait<Platform> const*> waiting{nullptr};
  typename Platform::template atomic<std::uint64_t> serial{0};  // of the wait, to tell reuse
  enum Life : std::uint32_t {
    Alive,
    Ended,    // the thread is gone
    InParent  // it is a thread of the process that this one was forked from
  };
  typename Platform::template atomic<std::uint32_t> ended{Alive};
  typename Platform::template atomic<std::uint32_t> mustLeave{0};  // no wait of it goes on
  // An endpoint that it polls has been ended elsewhere, and the thread has not let that go yet.
  typename Platform::template atomic<std::uint32_t> hasAbandoned{0};

  // For the walk that is under way, under the lock of the WaitGraph: the wait that was found here.
  Wait<Platform> const* found = nullptr;
  std::uint64_t foundSerial = 0;
  ThreadTokenOf* foundNext = nullptr;
  std::uint64_t foundBy = 0;  // the number of that search
};

/// Somebody who can be waited for: an endpoint.
template <class Platform>
struct Party {
  using ThreadToken = ThreadTokenOf<Platform>;

  virtual std::string displayName() const = 0;
  /// It is closed, and waiting for it or in its name is about to end.
  virtual bool isOver() const noexcept = 0;

  /// The thread that will answer: the one it is bound to, else the one that now waits in its name.
  ThreadToken* thread() const noexcept {
    ThreadToken* const bound = owner.load(std::memory_order_acquire);
    return bound != nullptr ? bound : borrower.load(std::memory_order_acquire);
  }

  /// Only the parent of this process has the thread that would answer.
  virtual bool isInParent() const noexcept {
    // Not a borrower: whoever else waits in this name has nothing to answer.
    ThreadToken const* const bound = owner.load(std::memory_order_acquire);
    return bound != nullptr &&
           bound->ended.load(std::memory_order_seq_cst) == ThreadToken::InParent;
  }

  typename Platform::template atomic<ThreadToken*> owner{nullptr};
  typename Platform::template atomic<ThreadToken*> borrower{nullptr};

 protected:
  ~Party() = default;
};

template <class Platform>
struct Wait {
  AnswerState<Platform>* state;
  Party<Platform> const* target;
  Party<Platform>* sender;          // in whose name
  ThreadTokenOf<Platform>* thread;  // that waits
  bool endsWithParties;             // false for a join: a thread may outlive its endpoint
  typename Platform::template plain<std::uint64_t> clock;  // Lamport's, of the thread that waits
  // Who gives the answer if it is not the target; null: nobody is known.
  AnsweringTask<Platform> const* answeredBy = nullptr;
  // It has been told of a cycle, has ended what it could, and goes on: others in a cycle are told first.
  bool insists = false;
  // A wait that this one is inside of: a hook that is told of it waits.
  Wait const* outer = nullptr;

  // In the list of those that sleep, under the lock of the WaitGraph.
  mutable Wait const* asleepBefore = nullptr;
  mutable Wait const* asleepAfter = nullptr;
  mutable bool isAsleep = false;

  /// Of the waits in a cycle the last one closed it. One that another led to has a larger clock.
  bool isAfter(Wait const& other) const noexcept {
    if (insists != other.insists) return other.insists;
    return clock != other.clock ? clock > other.clock : this > &other;
  }

  /// It is about to end by itself.
  bool isOver() const noexcept { return endsWithParties && (target->isOver() || sender->isOver()); }
};

template <class Platform>
class WaitGraph {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;

  /// Publishes the edge. False if it may close a cycle: then look().
  bool begin(ThreadToken& self, Edge& wait) noexcept {
    // relaxed: only this thread writes it.
    wait.outer = self.waiting.load(std::memory_order_relaxed);
    publish(self, wait);
    ThreadToken* const thread = wait.target->owner.load(std::memory_order_acquire);
    return thread == nullptr
               ? wait.target->borrower.load(std::memory_order_relaxed) == nullptr
               : thread != &self && thread->waiting.load(std::memory_order_acquire) == nullptr;
  }

  /// The path of the cycle that the edge closes, or an empty string. With a cycle, the edge is
  /// withdrawn. Again after every nudge.
  std::string look(ThreadToken& self, Edge const& wait) { return walk(self, wait, false); }

  /// Before sleeping: notes the wait, so that nudge() finds it, and looks.
  std::string sleeping(ThreadToken& self, Edge const& wait) { return walk(self, wait, true); }

  /// After sleeping().
  void awake(Edge const& wait) noexcept {
    Lock const lock(mutex_);
    wakeUp(wait);
  }

  /// Withdraws the edge. The one outside of it is there again.
  void end(ThreadToken& self, Edge const& wait) {
    withdraw(self, wait);
    letWalkEnd();
  }

  /// A coroutine is suspended, or a Task is to give an answer; that was published before. Whoever
  /// sleeps, and is in a cycle now, looks around.
  void suspended() noexcept {
    // seq_cst: see Suspension::publish().
    if (sleepers_.load(std::memory_order_seq_cst) == 0) return;
    Lock const lock(mutex_);
    if (!anyAsleep([](Edge const& wait) { return wait.state->handedOn(); })) return;
    Walk const walk(walking_);
    for (Edge const* wait = asleep_; wait != nullptr; wait = wait->asleepAfter) {
      if (wait->state->handedOn() && findCycle(*wait->thread, *wait)) wait->state->nudge();
    }
  }

  /// The coroutine is no more suspended on what it has published, which may go afterwards.
  void goesOn(Suspension<Platform>& coroutine) noexcept { take(coroutine.at); }
  /// No Task gives the answer any more.
  void isAnswered(AnsweringTask<Platform>& by) noexcept { take(by); }

  /// For fork(): nobody walks meanwhile.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  /// In a forked child, under the lock: threads that only the parent has wait here no more. Their
  /// stacks are as they were, but only until the child starts threads, which may be given them.
  void forgetParent() noexcept {
    sleepers_.store(0, std::memory_order_relaxed);
    for (Edge const* wait = std::exchange(asleep_, nullptr); wait != nullptr;) {
      Edge const* const next = wait->asleepAfter;
      wait->isAsleep = false;
      // relaxed: nobody else is there.
      if (wait->thread->ended.load(std::memory_order_relaxed) != ThreadToken::InParent)
        fallAsleep(*wait);
      wait = next;
    }
  }

  /// Makes every sleeping wait for or in the name of the party look around.
  template <class Chosen>
  void nudge(Chosen&& chosen) {
    Lock const lock(mutex_);
    for (Edge const* wait = asleep_; wait != nullptr; wait = wait->asleepAfter) {
      if (chosen(*wait)) wait->state->nudge();
    }
  }

 private:
  struct Lock {
    explicit Lock(typename Platform::mutex& m) : mutex(m) { mutex.lock(); }
    ~Lock() { mutex.unlock(); }
    Lock(Lock const&) = delete;
    Lock& operator=(Lock const&) = delete;
    typename Platform::mutex& mutex;
  };

  /// While it lives, no wait that was published before goes away.
  class Walk {
   public:
    explicit Walk(AsymmetricFlag<Platform>& walking) : walking_(walking) { walking_.raise(1); }
    ~Walk() { walking_.set(0); }
    Walk(Walk const&) = delete;
    Walk& operator=(Walk const&) = delete;

   private:
    AsymmetricFlag<Platform>& walking_;
  };

  void letWalkEnd() noexcept {
    if (walking_.observe() != 0) [[unlikely]] {
      Lock const untilTheWalkIsOver(mutex_);
    }
  }

  template <class T>
  void take(T& published) noexcept {
    // release: what was published has been used, and may go.
    published.store(nullptr, std::memory_order_release);
    letWalkEnd();
  }

  template <class Is>
  bool anyAsleep(Is&& is) const noexcept {
    Edge const* wait = asleep_;
    while (wait != nullptr && !is(*wait)) wait = wait->asleepAfter;
    return wait != nullptr;
  }

  void fallAsleep(Edge const& wait) noexcept {
    // relaxed: written under the lock. seq_cst: see Suspension::publish().
    sleepers_.store(sleepers_.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    wait.isAsleep = true;
    wait.asleepBefore = nullptr;
    wait.asleepAfter = asleep_;
    if (asleep_ != nullptr) asleep_->asleepBefore = &wait;
    asleep_ = &wait;
  }
  void wakeUp(Edge const& wait) noexcept {
    if (!wait.isAsleep) return;
    wait.isAsleep = false;
    sleepers_.store(sleepers_.load(std::memory_order_relaxed) - 1, std::memory_order_relaxed);
    (wait.asleepBefore == nullptr ? asleep_ : wait.asleepBefore->asleepAfter) = wait.asleepAfter;
    if (wait.asleepAfter != nullptr) wait.asleepAfter->asleepBefore = wait.asleepBefore;
  }

  void publish(ThreadToken& self, Edge const& wait) noexcept {
    if (wait.sender->owner.load(std::memory_order_relaxed) == nullptr) {
      wait.sender->borrower.store(&self, std::memory_order_release);
    }
    // relaxed, single writer; the release below orders it.
    self.serial.store(self.serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    // release: pairs with the acquire in read() and begin().
    self.waiting.store(&wait, std::memory_order_release);
  }

  /// True if the wait is the last one of the cycle that was found. Else the last one is made to
  /// look, if it sleeps; if it does not yet, it will before it does.
  bool closesIt(Edge const& wait) {
    Edge const* last = &wait;
    for (ThreadToken const* step = steps_; step != nullptr; step = step->foundNext) {
      if (step->found->isAfter(*last)) last = step->found;
    }
    if (last == &wait) return true;
    if (last->isAsleep) last->state->nudge();
    return false;
  }

  static void withdraw(ThreadToken& self, Edge const& wait) noexcept {
    // It was withdrawn before, when it closed a cycle.
    if (self.waiting.load(std::memory_order_relaxed) != &wait) return;
    if (wait.outer != nullptr) {
      // relaxed, single writer; the release below orders it.
      self.serial.store(self.serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    // release: the wait has been used, and may go.
    self.waiting.store(wait.outer, std::memory_order_release);
    bool const isOuters = wait.outer != nullptr && wait.outer->sender == wait.sender;
    if (!isOuters && wait.sender->borrower.load(std::memory_order_relaxed) == &self) {
      wait.sender->borrower.store(nullptr, std::memory_order_release);
    }
  }

  std::string walk(ThreadToken& self, Edge const& wait, bool toSleep) {
    Lock const lock(mutex_);
    // Every wait that was withdrawn before is over; every one that is withdrawn from here on lasts
    // until the mutex is free.
    Walk const walk(walking_);
    if (toSleep) fallAsleep(wait);  // before the search: see Suspension::publish()
    if (!findCycle(self, wait) || !closesIt(wait)) return {};
    wakeUp(wait);
    std::string cycle = describe(self, wait);
    // Under the lock: of those who close a cycle together one is told, and the others wait on.
    withdraw(self, wait);
    return cycle;
  }

  /// One search, depth first: each thread is entered once.
  struct Search {
    std::uint64_t number;  // which threads that were entered bear
    bool wantsNames = false;
    std::uint64_t traces = 0;      // of all that the cycle consists of
    ThreadToken* steps = nullptr;  // its other threads, in the order of the cycle
    std::string names{};           // " > window > main", if wanted
  };

  /// A mark of what was read, to see whether it is still so.
  static std::uint64_t trace(void const* at, void const* read, std::uint64_t serial) noexcept {
    constexpr std::uint64_t Odd = 0x9E3779B97F4A7C15;
    auto const number = [](void const* address) {
      return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    };
    return ((number(at) * Odd ^ number(read)) * Odd ^ serial) * Odd;
  }

  /// `steps_` are then the other threads of the cycle.
  bool findCycle(ThreadToken& self, Edge const& wait) {
    Search first{++searches_};
    if (!leadsTo(self, wait, first)) return false;
    // All of it was there at one time if it is there twice.
    Search second{++searches_};
    if (!leadsTo(self, wait, second) || first.traces != second.traces) return false;
    steps_ = second.steps;
    return true;
  }

  /// Whether one of those that the wait depends on is `self`, or waits for that.
  bool leadsTo(ThreadToken& self, Edge const& wait, Search& search) {
    if (wait.isOver()) return false;
    if (wait.state->pending()) return isAt(self, *wait.target, true, search);
    if (wait.answeredBy == nullptr || !wait.state->handedOn()) return false;
    return dependsOn(self, *wait.target, *wait.answeredBy, search);
  }

  /// Whether that is so through Tasks. `last` is the last one on the way who has a name.
  bool dependsOn(ThreadToken& self, Party<Platform> const& asked, AnsweringTask<Platform> const& by,
                 Search& search) {
    Party<Platform> const* last = &asked;
    std::string names;
    if (search.wantsNames) names = " > " + last->displayName();
    std::uint64_t traces = 0;
    auto const found = [&](bool isFound) {
      if (!isFound) return false;
      if (search.wantsNames) search.names = names + search.names;
      search.traces += traces;
      return true;
    };
    auto const* task = by.load(std::memory_order_seq_cst);
    // A Task that has ended answers in the loop of the endpoint that was asked.
    if (task != nullptr && isAt(self, asked, false, search)) return found(true);
    while (task != nullptr) {  // each has one who waits for it, so this does not go round
      std::uint64_t const serial = task->serial.load(std::memory_order_acquire);
      Suspended<Platform> const* const on = task->at.load(std::memory_order_seq_cst);
      if (on == nullptr) return false;
      traces += trace(task, on, serial);
      if (on->resumesAt != nullptr && isAt(self, *on->resumesAt, on->resumesAt != last, search)) {
        return found(true);
      }
      if (on->inner != nullptr) {
        task = on->inner;
        continue;
      }
      if (on->state == nullptr || on->target->isOver()) return false;
      if (on->state->pending()) return found(isAt(self, *on->target, true, search));
      if (!on->state->handedOn()) return false;
      last = on->target;
      if (search.wantsNames) names += " > " + last->displayName();
      task = on->answeredBy->load(std::memory_order_seq_cst);
      if (task != nullptr && isAt(self, *last, false, search)) return found(true);
    }
    return false;
  }

  bool isAt(ThreadToken& self, Party<Platform> const& party, bool isNamed, Search& search) {
    ThreadToken* const thread = party.thread();
    if (thread == nullptr || !isOn(self, *thread, search)) return false;
    search.traces += trace(&party, thread, 0);
    if (search.wantsNames && isNamed) search.names = " > " + party.displayName() + search.names;
    return true;
  }

  bool isOn(ThreadToken& self, ThreadToken& thread, Search& search) {
    if (&thread == &self) return true;
    // One that has been entered: a cycle without us, which somebody else has closed; or a dead end.
    if (std::exchange(thread.foundBy, search.number) == search.number) return false;
    thread.foundSerial = thread.serial.load(std::memory_order_acquire);
    thread.found = thread.waiting.load(std::memory_order_acquire);
    if (thread.found == nullptr || !leadsTo(self, *thread.found, search)) return false;
    search.traces += trace(&thread, thread.found, thread.foundSerial);
    thread.foundNext = std::exchange(search.steps, &thread);
    return true;
  }

  /// "main > window > main"
  std::string describe(ThreadToken& self, Edge const& wait) {
    Search search{++searches_, true};
    leadsTo(self, wait, search);
    std::string const end = " > " + wait.sender->displayName();
    // Another endpoint of this thread: what it waits for is this wait.
    if (!search.names.ends_with(end)) search.names += end;
    return wait.sender->displayName() + search.names;
  }

  typename Platform::mutex mutex_;
  AsymmetricFlag<Platform> walking_;
  Edge const* asleep_ = nullptr;
  typename Platform::template atomic<std::uint32_t> sleepers_{0};  // how many those are
  std::uint64_t searches_ = 0;
  ThreadToken* steps_ = nullptr;  // of the walk that is under way
};

}  // namespace tincan::inline v0::detail
