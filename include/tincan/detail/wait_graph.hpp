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

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

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
  typename Platform::template atomic<std::uint64_t> serial{0};     // of the wait, to tell reuse
  typename Platform::template atomic<std::uint32_t> ended{0};      // the thread is gone
  typename Platform::template atomic<std::uint32_t> mustLeave{0};  // no wait of it goes on
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
  Party<Platform>* speaker;  // in whose name
  bool endsWithParties;      // false for a join: a thread may outlive its endpoint
  typename Platform::template plain<std::uint64_t> clock;  // Lamport's, of the thread that waits

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
  bool begin(Token& self, Edge const& wait) noexcept {
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
  void awake(Edge const& wait) {
    Lock const lock(mutex_);
    std::erase(asleep_, &wait);
  }

  /// Withdraws the edge.
  void end(Token& self, Edge const& wait) {
    withdraw(self, wait);
    if (walking_.observe() != 0) [[unlikely]] {
      Lock const untilTheWalkIsOver(mutex_);
    }
  }

  /// Makes every sleeping wait for or in the name of the party look around.
  template <class Chosen>
  void nudge(Chosen&& chosen) {
    Lock const lock(mutex_);
    for (Edge const* wait : asleep_) {
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

  struct Step {
    Token* thread;
    Edge const* wait;
    std::uint64_t serial;
  };

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
    for (Step const& step : steps_) {
      if (step.wait->isAfter(*last)) last = step.wait;
    }
    if (last == &wait) return true;
    for (Edge const* asleep : asleep_) {
      if (asleep == last) last->state->nudge();
    }
    return false;
  }

  static void withdraw(Token& self, Edge const& wait) noexcept {
    // release: the wait has been used, and may go.
    self.waiting.store(nullptr, std::memory_order_release);
    if (wait.speaker->borrower.load(std::memory_order_relaxed) == &self) {
      wait.speaker->borrower.store(nullptr, std::memory_order_release);
    }
  }

  std::string walk(Token& self, Edge const& wait, bool toSleep) {
    Lock const lock(mutex_);
    // Every wait that was withdrawn before is over; every one that is withdrawn from here on
    // lasts until the mutex is free.
    walking_.raise(1);
    std::string cycle = findCycle(self, wait);
    if (!cycle.empty() && !closesIt(wait)) cycle.clear();
    // From here on the waits of others may go.
    walking_.set(0);
    if (!cycle.empty()) {
      // Under the lock: of those who close a cycle together one is told, and the others wait on.
      withdraw(self, wait);
    } else if (toSleep) {
      asleep_.push_back(&wait);
    }
    return cycle;
  }

  /// Reads the edge of a thread; false if it waits for nobody in particular.
  static bool read(Token& thread, Step& step) noexcept {
    step.thread = &thread;
    step.serial = thread.serial.load(std::memory_order_acquire);
    step.wait = thread.waiting.load(std::memory_order_acquire);
    return step.wait != nullptr && step.wait->isPending();
  }

  static bool stillThere(Step const& step) noexcept {
    return step.thread->waiting.load(std::memory_order_acquire) == step.wait &&
           step.thread->serial.load(std::memory_order_acquire) == step.serial &&
           step.wait->isPending();
  }

  /// Allocates only for a cycle; `steps_` keeps what it has.
  std::string findCycle(Token& self, Edge const& wait) {
    if (!wait.isPending()) return {};
    steps_.clear();
    Party<Platform> const* at = wait.target;
    for (;;) {
      Token* const thread = at->thread();
      if (thread == nullptr) return {};
      if (thread == &self) break;
      Step step{};
      if (!read(*thread, step)) return {};
      // A thread that is there already: a cycle without us, which somebody else has closed.
      for (Step const& earlier : steps_) {
        if (earlier.thread == thread) return {};
      }
      steps_.push_back(step);
      at = step.wait->target;
    }
    for (Step const& step : steps_) {
      if (!stillThere(step)) return {};
    }
    return describe(wait);
  }

  /// "main > window > main"
  std::string describe(Edge const& wait) const {
    std::string path = wait.speaker->displayName() + " > " + wait.target->displayName();
    Party<Platform> const* last = wait.target;
    for (Step const& step : steps_) {
      last = step.wait->target;
      path += " > " + last->displayName();
    }
    // Another endpoint of this thread: what it waits for is this wait.
    if (last != wait.speaker) path += " > " + wait.speaker->displayName();
    return path;
  }

  typename Platform::mutex mutex_;
  Signal<Platform> walking_;
  std::vector<Edge const*> asleep_;
  std::vector<Step> steps_;  // of the walk that is under way
};

}  // namespace tincan::detail
