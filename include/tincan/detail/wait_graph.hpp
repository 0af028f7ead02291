// tincan/detail/wait_graph.hpp - layer 2 - who waits for whom
//
// A thread that is about to wait publishes an edge: a pointer to a Wait on its stack, in its token.
// That is one store; nobody looks at it unless somebody is about to wait for a thread that waits
// itself, or is about to sleep. Whoever looks holds the one mutex and has raised `walking_`; a
// waiter that leaves withdraws its edge and then checks `walking_`, so that no Wait goes away under
// a walk. A cycle counts only if every edge of it is still there after all have been read.
//
//   Threads   Any.
//   Order     The edge of a request is there before the request is visible, so whoever handles the
//             request sees it.
//   Progress  begin() and end() take the mutex only if somebody walks; walking costs a barrier on
//             all threads (Signal) and happens before sleeping.
//   Lifetime  A Wait's party outlives it. Tokens are held by their threads and by the parties bound
//             to them.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>

#include <tincan/detail/answer_state.hpp>
#include <tincan/detail/platform.hpp>
#include <tincan/detail/signal.hpp>

namespace tincan::detail {

template <class Platform>
struct Wait;

/// One for each thread.
template <class Platform>
struct alignas(Apart) ThreadToken {
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
  ThreadToken* foundNext = nullptr;
};

/// Somebody who can be waited for: an endpoint.
template <class Platform>
struct Party {
  using Token = ThreadToken<Platform>;

  virtual std::string displayName() const = 0;
  /// It is closed, and waiting for it or in its name is about to end.
  virtual bool isOver() const noexcept = 0;

  /// The thread that will answer: the one it is bound to, else the one that now waits in its name.
  Token* thread() const noexcept {
    Token* const bound = owner.load(std::memory_order_acquire);
    return bound != nullptr ? bound : borrower.load(std::memory_order_acquire);
  }

  typename Platform::template atomic<Token*> owner{nullptr};
  typename Platform::template atomic<Token*> borrower{nullptr};

 protected:
  ~Party() = default;
};

template <class Platform>
struct Wait {
  AnswerState<Platform>* state;
  Party<Platform> const* target;
  Party<Platform>* speaker;       // in whose name
  ThreadToken<Platform>* thread;  // that waits
  bool endsWithParties;           // false for a join: a thread may outlive its endpoint
  typename Platform::template plain<std::uint64_t> clock;  // Lamport's, of the thread that waits
  Wait const* outer =
      nullptr;  // a wait that this one is inside of: a hook that is told of it waits

  // In the list of those that sleep, under the lock of the WaitGraph.
  mutable Wait const* asleepBefore = nullptr;
  mutable Wait const* asleepAfter = nullptr;
  mutable bool isAsleep = false;

  /// Of the waits in a cycle the last one closed it. One that another led to has a larger clock.
  bool isAfter(Wait const& other) const noexcept {
    return clock != other.clock ? clock > other.clock : this > &other;
  }

  bool isPending() const noexcept {
    if (endsWithParties && (target->isOver() || speaker->isOver())) return false;
    return state->pending();
  }
};

template <class Platform>
class WaitGraph {
 public:
  using Token = ThreadToken<Platform>;
  using Edge = Wait<Platform>;

  /// Publishes the edge. False if it may close a cycle: then look().
  bool begin(Token& self, Edge& wait) noexcept {
    // relaxed: only this thread writes it.
    wait.outer = self.waiting.load(std::memory_order_relaxed);
    publish(self, wait);
    Token* const thread = wait.target->owner.load(std::memory_order_acquire);
    return thread == nullptr
               ? wait.target->borrower.load(std::memory_order_relaxed) == nullptr
               : thread != &self && thread->waiting.load(std::memory_order_acquire) == nullptr;
  }

  /// The path of the cycle that the edge closes, or an empty string. With a cycle, the edge is
  /// withdrawn. Again after every nudge.
  std::string look(Token& self, Edge const& wait) { return walk(self, wait, false); }

  /// Before sleeping: notes the wait, so that nudge() finds it, and looks.
  std::string sleeping(Token& self, Edge const& wait) { return walk(self, wait, true); }

  /// After sleeping().
  void awake(Edge const& wait) noexcept {
    Lock const lock(mutex_);
    wakeUp(wait);
  }

  /// Withdraws the edge. The one outside of it is there again.
  void end(Token& self, Edge const& wait) {
    withdraw(self, wait);
    if (walking_.observe() != 0) [[unlikely]] {
      Lock const untilTheWalkIsOver(mutex_);
    }
  }

  /// For fork(): nobody walks meanwhile.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }

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
    explicit Walk(Signal<Platform>& walking) : walking_(walking) { walking_.raise(1); }
    ~Walk() { walking_.set(0); }
    Walk(Walk const&) = delete;
    Walk& operator=(Walk const&) = delete;

   private:
    Signal<Platform>& walking_;
  };

  void fallAsleep(Edge const& wait) noexcept {
    wait.isAsleep = true;
    wait.asleepBefore = nullptr;
    wait.asleepAfter = asleep_;
    if (asleep_ != nullptr) asleep_->asleepBefore = &wait;
    asleep_ = &wait;
  }
  void wakeUp(Edge const& wait) noexcept {
    if (!wait.isAsleep) return;
    wait.isAsleep = false;
    (wait.asleepBefore == nullptr ? asleep_ : wait.asleepBefore->asleepAfter) = wait.asleepAfter;
    if (wait.asleepAfter != nullptr) wait.asleepAfter->asleepBefore = wait.asleepBefore;
  }

  void publish(Token& self, Edge const& wait) noexcept {
    if (wait.speaker->owner.load(std::memory_order_relaxed) == nullptr) {
      wait.speaker->borrower.store(&self, std::memory_order_release);
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
    for (Token const* step = steps_; step != nullptr; step = step->foundNext) {
      if (step->found->isAfter(*last)) last = step->found;
    }
    if (last == &wait) return true;
    if (last->isAsleep) last->state->nudge();
    return false;
  }

  static void withdraw(Token& self, Edge const& wait) noexcept {
    // It was withdrawn before, when it closed a cycle.
    if (self.waiting.load(std::memory_order_relaxed) != &wait) return;
    if (wait.outer != nullptr) {
      // relaxed, single writer; the release below orders it.
      self.serial.store(self.serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    }
    // release: the wait has been used, and may go.
    self.waiting.store(wait.outer, std::memory_order_release);
    bool const isOuters = wait.outer != nullptr && wait.outer->speaker == wait.speaker;
    if (!isOuters && wait.speaker->borrower.load(std::memory_order_relaxed) == &self) {
      wait.speaker->borrower.store(nullptr, std::memory_order_release);
    }
  }

  std::string walk(Token& self, Edge const& wait, bool toSleep) {
    Lock const lock(mutex_);
    // Every wait that was withdrawn before is over; every one that is withdrawn from here on lasts
    // until the mutex is free.
    Walk const walk(walking_);
    if (findCycle(self, wait) && closesIt(wait)) {
      std::string cycle = describe(wait);
      // Under the lock: of those who close a cycle together one is told, and the others wait on.
      withdraw(self, wait);
      return cycle;
    }
    if (toSleep) fallAsleep(wait);
    return {};
  }

  /// Reads the edge of a thread; false if it waits for nobody in particular.
  static bool read(Token& thread) noexcept {
    thread.foundSerial = thread.serial.load(std::memory_order_acquire);
    thread.found = thread.waiting.load(std::memory_order_acquire);
    return thread.found != nullptr && thread.found->isPending();
  }

  static bool stillThere(Token const& step) noexcept {
    return step.waiting.load(std::memory_order_acquire) == step.found &&
           step.serial.load(std::memory_order_acquire) == step.foundSerial &&
           step.found->isPending();
  }

  /// `steps_` are then the other threads of the cycle.
  bool findCycle(Token& self, Edge const& wait) noexcept {
    steps_ = nullptr;
    if (!wait.isPending()) return false;
    Token** last = &steps_;
    Party<Platform> const* at = wait.target;
    for (;;) {
      Token* const thread = at->thread();
      if (thread == nullptr) return false;
      if (thread == &self) break;
      // A thread that is there already: a cycle without us, which somebody else has closed.
      for (Token const* earlier = steps_; earlier != nullptr; earlier = earlier->foundNext) {
        if (earlier == thread) return false;
      }
      if (!read(*thread)) return false;
      thread->foundNext = nullptr;
      *last = thread;
      last = &thread->foundNext;
      at = thread->found->target;
    }
    for (Token const* step = steps_; step != nullptr; step = step->foundNext) {
      if (!stillThere(*step)) return false;
    }
    return true;
  }

  /// "main > window > main"
  std::string describe(Edge const& wait) const {
    std::string path = wait.speaker->displayName() + " > " + wait.target->displayName();
    Party<Platform> const* last = wait.target;
    for (Token const* step = steps_; step != nullptr; step = step->foundNext) {
      last = step->found->target;
      path += " > " + last->displayName();
    }
    // Another endpoint of this thread: what it waits for is this wait.
    if (last != wait.speaker) path += " > " + wait.speaker->displayName();
    return path;
  }

  typename Platform::mutex mutex_;
  Signal<Platform> walking_;
  Edge const* asleep_ = nullptr;
  Token* steps_ = nullptr;  // of the walk that is under way
};

}  // namespace tincan::detail
