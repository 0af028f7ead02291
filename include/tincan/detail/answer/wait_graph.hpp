// tincan/detail/answer/wait_graph.hpp - who waits for whom
//
// A thread that is about to wait publishes an edge: a pointer to a Wait on its stack, in its token.
// That is one store; nobody looks at it unless somebody is about to wait for a thread that waits
// itself, or is about to sleep. Whoever looks holds the one mutex and has raised `walking_`; a
// waiter that leaves withdraws its edge and then looks at `walking_`, so that no Wait goes away under
// a walk.
#pragma once

#include <atomic>
#include <string>

#include <tincan/detail/answer/cycle_search.hpp>
#include <tincan/detail/answer/sleeping_waits.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>
#include <tincan/detail/queue/asymmetric_flag.hpp>

namespace tincan::inline abi0::detail {

/// The waits of all threads of a process, and whether they go round in a circle.
///
///   Threads   Any.
///   Order     The edge of a request is there before the request is visible, so whoever handles the
///             request sees it.
///   Progress  begin() and end() take the mutex only if somebody walks, or for a wait inside of another one;
///             walking costs a barrier on all threads (AsymmetricFlag) and happens before sleeping.
///   Lifetime  A Wait's party outlives it. Tokens are held by their threads and by the parties that
///             belong to them.
template <class Platform>
class WaitGraph {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;

  /// Publishes the edge. False if it may close a cycle: then look().
  [[nodiscard]] bool begin(ThreadToken& self, Edge& wait) noexcept {
    // relaxed: only this thread writes it.
    wait.outer = self.waiting.load(std::memory_order_relaxed);
    publish(self, wait);
    if (wait.outer != nullptr) [[unlikely]]
      waitForWalk();  // others may rely on the outer one to be told, which is hidden from now on
    // acquire: pairs with the release in Party::setOwner().
    ThreadToken* const thread = wait.target->owner_.load(std::memory_order_acquire);
    // relaxed: only whether somebody waits in its name; look() reads it again. acquire: pairs with the
    // release in publish(). Of two that begin at once one may miss the other: who sleeps looks again.
    bool const closesNone =
        thread == nullptr
            ? wait.target->borrower.load(std::memory_order_relaxed) == nullptr
            : thread != &self && thread->waiting.load(std::memory_order_acquire) == nullptr;
    // release: pairs with the acquire in Wait::isAfter().
    if (closesNone) wait.hasLooked.store(true, std::memory_order_release);
    return closesNone;
  }

  /// The path of the cycle that the edge closes, or an empty string; again after every nudge. With a
  /// cycle, the edge is withdrawn.
  [[nodiscard]] std::string look(ThreadToken& self, Edge const& wait) {
    return walk(self, wait, false);
  }

  /// Notes the wait, which is about to sleep, so that nudge() finds it; then does what look() does.
  [[nodiscard]] std::string sleeping(ThreadToken& self, Edge const& wait) {
    return walk(self, wait, true);
  }

  /// Ends what sleeping() has begun: the wait does not sleep any more.
  void awake(Edge const& wait) noexcept {
    Lock const lock(mutex_);
    asleep_.remove(wait);
  }

  /// Withdraws the edge. The one outside of it is there again.
  [[gnu::noinline]] void end(ThreadToken& self, Edge const& wait) noexcept {
    withdraw(self, wait);
    letWalkEnd();
  }

  /// A coroutine is suspended, or Tasks of that party are to give an answer; that was published before.
  /// Whoever sleeps, and is in a cycle now, looks around.
  void suspended(Suspension<Platform>& on, Party<Platform> const* asked = nullptr) noexcept {
    if (asleep_.isEmpty()) return;
    Lock const lock(mutex_);
    auto const isHandedOn = [](Edge const& wait) { return wait.state->handedOn(); };
    if (!asleep_.hasAny(isHandedOn)) return;
    Walk const walk(*this);
    if (!search_.mayLeadToWait(on, asked)) return;
    asleep_.nudge([&](Edge const& wait) {
      return isHandedOn(wait) && search_.find(*wait.thread, wait) != Found::Nothing;
    });
  }

  /// The coroutine is no more suspended on what it has published, which may go afterwards.
  void goesOn(Suspension<Platform>& coroutine) noexcept { take(coroutine.at); }
  /// Withdraws the Task that was to give the answer.
  void withdrawTask(AnsweringTask<Platform>& by) noexcept { take(by); }

  /// Makes those sleeping waits look around that are chosen.
  template <class Chosen>
  void nudge(Chosen&& chosen) {
    Lock const lock(mutex_);
    asleep_.nudge(chosen);
  }

  /// Keeps others from walking, while the process forks.
  void lock() { mutex_.lock(); }
  void unlock() { mutex_.unlock(); }
  /// Forgets, in a forked child and under the lock, the waits of threads that only the parent has.
  void forgetParent() noexcept { asleep_.forgetParent(); }

 private:
  struct Lock {
    explicit Lock(typename Platform::mutex& m) : mutex(m) { mutex.lock(); }
    ~Lock() { mutex.unlock(); }
    Lock(Lock const&) = delete;
    Lock& operator=(Lock const&) = delete;
    typename Platform::mutex& mutex;
  };

  using Found = typename CycleSearch<Platform>::Found;

  /// What everybody sees who withdraws something.
  enum Walking : std::uint32_t {
    Nobody,  // walks
    UnderWay,
    WasInVain  // and some of those that sleep must look again when something else goes
  };

  /// While it lives, no wait that was published before goes away.
  class Walk {
   public:
    explicit Walk(WaitGraph& graph) : graph_(graph) { graph_.walking_.raise(UnderWay); }
    ~Walk() { graph_.walking_.set(graph_.mustLookAgain_ ? WasInVain : Nobody); }
    Walk(Walk const&) = delete;
    Walk& operator=(Walk const&) = delete;

   private:
    WaitGraph& graph_;
  };

  [[gnu::always_inline]] void letWalkEnd() noexcept {
    if (walking_.observe() != Nobody) [[unlikely]]
      waitForWalk();
  }
  [[gnu::noinline]] void waitForWalk() noexcept {
    Lock const untilTheWalkIsOver(mutex_);
    if (!mustLookAgain_) return;
    letAllLookAgain();
    walking_.set(Nobody);
  }
  /// Something goes that kept some from being told of what they are in.
  void letAllLookAgain() noexcept {
    mustLookAgain_ = false;
    asleep_.nudge([](Edge const&) { return true; });
  }

  template <class T>
  void take(T& published) noexcept {
    // release: pairs with the seq_cst loads of a search; what was published may go afterwards.
    published.store(nullptr, std::memory_order_release);
    letWalkEnd();
  }

  void publish(ThreadToken& self, Edge const& wait) noexcept {
    // relaxed: once it has an owner, nobody looks at the borrower.
    if (wait.sender->owner_.load(std::memory_order_relaxed) == nullptr) {
      // release: pairs with the acquire in Party::thread().
      wait.sender->borrower.store(&self, std::memory_order_release);
    }
    beginNext(self);
    // release: pairs with the acquire in Dependencies::of() and begin().
    self.waiting.store(&wait, std::memory_order_release);
  }

  [[gnu::always_inline]] static void withdraw(ThreadToken& self, Edge const& wait) noexcept {
    // relaxed: only this thread writes it. It was withdrawn before, if it closed a cycle.
    if (self.waiting.load(std::memory_order_relaxed) != &wait) return;
    if (wait.outer != nullptr) beginNext(self);
    // release: pairs with the acquire in Dependencies::of(); the wait was used, and may go.
    self.waiting.store(wait.outer, std::memory_order_release);
    bool const isOuters = wait.outer != nullptr && wait.outer->sender == wait.sender;
    // relaxed: if it is this thread, only this thread has written it.
    if (!isOuters && wait.sender->borrower.load(std::memory_order_relaxed) == &self) {
      // release: pairs with the acquire in Party::thread().
      wait.sender->borrower.store(nullptr, std::memory_order_release);
    }
  }

  /// Another wait of this thread is about to be published, maybe at the address of one before.
  static void beginNext(ThreadToken& self) noexcept {
    // relaxed: only this thread writes it; the release of the store that follows orders it.
    self.serial.store(self.serial.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
  }

  std::string walk(ThreadToken& self, Edge const& wait, bool toSleep) {
    Lock const lock(mutex_);
    // Every wait that was withdrawn before is over; every one that is withdrawn from here on lasts
    // until the mutex is free.
    Walk const walk(*this);
    if (toSleep) asleep_.add(wait);  // before the search: see Suspension::publish()
    Found const found = search_.find(self, wait);
    mustLookAgain_ = mustLookAgain_ || found == Found::Changing;
    // Of a cycle one is told; of those who wait for what has ended, all.
    if (found != Found::Stuck || (!search_.foundDeserted() && !closesIt(wait))) {
      // relaxed: read under the lock, or too early.
      wait.hasLooked.store(true, std::memory_order_relaxed);
      return {};
    }
    asleep_.remove(wait);
    std::string cycle = search_.describe();
    // Under the lock: of those who close a cycle together one is told, and the others wait on.
    withdraw(self, wait);
    if (mustLookAgain_) letAllLookAgain();
    return cycle;
  }

  /// True if the wait is the one that closed the cycle that was found. Else the one that did is made to
  /// look, if it sleeps; if it does not yet, it will before it does. Where Tasks need several things there may be
  /// several cycles: what the one leaves that is told, others find who look again.
  bool closesIt(Edge const& wait) {
    Edge const* const last = &search_.closingOne();
    if (last == &wait) return true;
    mustLookAgain_ = mustLookAgain_ || search_.hasFoundTasks();
    if (last->isAsleep) last->state->nudge();
    return false;
  }

  typename Platform::mutex mutex_{};  // guards all but walking_; its holder alone walks
  AsymmetricFlag<Platform> walking_{};
  bool mustLookAgain_ = false;  // some of those that sleep, when something is withdrawn
  SleepingWaits<Platform> asleep_{};
  CycleSearch<Platform> search_{asleep_};
};

}  // namespace tincan::inline abi0::detail
