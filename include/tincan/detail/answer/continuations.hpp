// tincan/detail/answer/continuations.hpp - what an endpoint goes on with when an answer comes
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/deadline_heap.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

class Continuations;
class TaskPromiseBase;

/// A coroutine or a function that waits for an answer without blocking, or is to begin when the loop of its
/// endpoint comes round.
///
///   Threads   The endpoint's.
///   Lifetime  Leaves the list that it is in at its end.
class Continuation {
 public:
  Continuation() = default;
  Continuation(Continuation const&) = delete;
  Continuation& operator=(Continuation const&) = delete;

  enum class Why {
    Answered,
    TimedOut,   // its deadline has passed
    Closed,     // its endpoint is closed, or whoever it waits for will never answer
    Cancelled,  // the Task that waits was cancelled
    Due         // it was to begin when the loop comes round
  };

  /// Goes on; called once, after it has left the list. False if the answer is on its way: then
  /// nothing has happened, and it will be called with that.
  virtual bool proceed(Why why) noexcept = 0;

  /// Lets a Task that was cancelled, and is suspended here, go on with Cancelled; or returns the Task for
  /// which it waits, and which is to be cancelled instead.
  virtual TaskPromiseBase* cancelAwait() noexcept { return nullptr; }

  /// True in a forked child if only its parent has the thread that would answer.
  virtual bool isLost() const noexcept { return false; }

 protected:
  virtual ~Continuation() { leave(); }

  /// Leaves the list that it is in, if any.
  void leave() noexcept;
  /// True while it waits.
  bool isListed() const noexcept { return list_ != nullptr; }

 private:
  friend class Continuations;

  Continuations* list_ = nullptr;
  Continuation* before_ = nullptr;
  Continuation* after_ = nullptr;
  DeadlineHeap* deadlines_ =
      nullptr;  // with its deadline, if it is a TimedContinuation that has one
  bool isDue_ = false;
};

/// A continuation that goes on at a moment, if nothing else has let it go on before.
class TimedContinuation : public Continuation, private Deadline {
 public:
  /// Says when it is to go on, before it is added; NoDeadline: whenever the answer comes.
  void setDeadline(Nanoseconds moment) noexcept { at = moment; }
  Nanoseconds deadline() const noexcept { return at; }

 protected:
  /// `repeats`: as a timer it is added again and again.
  explicit TimedContinuation(bool repeats = false) noexcept : repeats_(repeats) {}
  ~TimedContinuation() override { leave(); }  // as long as it has a deadline

 private:
  friend class Continuations;

  bool const repeats_;
};

/// The continuations of one endpoint, whose loop keeps their deadlines. Those that wait for nothing but
/// a moment are its timers.
///
///   Threads   The endpoint's.
///   Progress  Nothing allocates. What goes on may add others and remove any. What has to do with a deadline
///             takes the logarithm of the number of deadlines.
class Continuations {
 public:
  Continuations() = default;
  Continuations(Continuations const&) = delete;
  Continuations& operator=(Continuations const&) = delete;

  /// Adds one that waits for an answer; or for that and its deadline, if it has one.
  void add(Continuation& one) noexcept { link(one, false); }
  void add(TimedContinuation& one) noexcept;

  /// Adds one that is to go on when the loop comes round.
  void addDue(Continuation& one) noexcept;

  void remove(Continuation& one) noexcept;

  /// The answer is there: it goes on.
  void answered(Continuation& one) noexcept;

  /// Whether expire() may have something to do, now or later.
  bool hasDeadlines() const noexcept { return timed_ != 0; }
  /// The time at which expire() has something to do next; NoDeadline: not before others are added.
  Nanoseconds nextExpiry() const noexcept { return due_.first != nullptr ? 0 : deadlines_.next(); }
  /// The time at which expire() or takeTimer() has something to do next, likewise.
  Nanoseconds nextDeadline() const noexcept;
  /// Whether a deadline has passed by then.
  bool isLate(Nanoseconds now) const noexcept { return deadlines_.next() <= now; }

  /// Lets those go on that are due, and those whose deadline has passed. Returns how many.
  std::size_t expire(Nanoseconds now) noexcept;

  // ---- timers ----

  /// Adds one that waits for its deadline. Of those that have one deadline the first one that was added goes
  /// first, however often it was added again.
  void addTimer(TimedContinuation& one) noexcept;
  /// Adds a timer again that has gone on.
  void addTimerAgain(TimedContinuation& one) noexcept;
  /// True if addTimer() has added one that has a deadline, and is still here.
  bool hasTimers() const noexcept { return timers_.first() != nullptr; }
  /// The first deadline of a timer; NoDeadline: there is none.
  Nanoseconds nextTimer() const noexcept { return timers_.next(); }
  /// The number of the timer that comes next; 0: there is none.
  std::uint64_t firstTimer() const noexcept {
    return timers_.first() == nullptr ? 0 : timers_.first()->number;
  }
  /// The number of the timer that was added last.
  std::uint64_t lastTimer() const noexcept { return added_; }
  /// True if the deadline of the next timer has passed by that time, and its number is `last` at most. If that is
  /// lastTimer() of that time, or of an earlier one, no other such timer comes after one for which it is false.
  bool isTimerDue(Nanoseconds now, std::uint64_t last) const noexcept {
    Deadline const* const first = timers_.first();
    return first != nullptr && first->at <= now && first->number <= last;
  }
  /// Takes out the next timer, if isTimerDue(), to go on with TimedOut; else null.
  [[nodiscard]] TimedContinuation* takeTimer(Nanoseconds now, std::uint64_t last) noexcept;
  /// True if there are timers that are not added again and again.
  bool hasTimersThatEnd() const noexcept { return ending_ != 0; }

  /// Lets those go on, in a forked child, that are lost, as if whom they wait for were closed.
  /// Returns how many.
  std::size_t closeLost() noexcept;

  /// The endpoint is closed: lets all of them go on.
  void close() noexcept;

 private:
  struct List {
    Continuation* first = nullptr;  // in the order of their adding
    Continuation* last = nullptr;
  };

  std::size_t goOn(List& list, Continuation::Why why, std::size_t most) noexcept;

  void link(Continuation& one, bool isDue) noexcept;

  static void append(List& list, Continuation& one) noexcept;

  void addTo(DeadlineHeap& heap, TimedContinuation& one) noexcept;
  void forgetDeadline(Continuation& one) noexcept;

  List waiting_{}, due_{};
  std::size_t timed_ = 0;     // those that have a deadline or are due, but for timers
  std::size_t ending_ = 0;    // timers that do not repeat
  std::uint64_t added_ = 0;   // those with a deadline and timers, of all times
  DeadlineHeap deadlines_{};  // of those that wait for an answer
  DeadlineHeap timers_{};
};

}  // namespace tincan::inline abi0::detail
