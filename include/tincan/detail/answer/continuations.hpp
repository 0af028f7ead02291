// tincan/detail/answer/continuations.hpp - what an endpoint goes on with when an answer comes
#pragma once

#include <cstddef>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/base/pointer_tree.hpp>

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

  /// Takes the memory for the deadline, which is used when it is added. Throws std::bad_alloc, and then
  /// nothing has happened.
  void reserve(Nanoseconds deadline);

 protected:
  ~Continuation() { leave(); }

  /// Leaves the list that it is in, if any.
  void leave() noexcept;
  /// True while it waits.
  bool isListed() const noexcept { return list_ != nullptr; }

 private:
  friend class Continuations;

  Continuations* list_ = nullptr;
  Continuation* before_ = nullptr;
  Continuation* after_ = nullptr;
  PointerTree::node_type reserved_;
  PointerTree::iterator deadline_{};
  bool hasDeadline_ = false;
  bool isDue_ = false;
};

/// The continuations of one endpoint, whose loop keeps their deadlines.
///
///   Threads   The endpoint's.
///   Progress  Nothing allocates. What goes on may add others and remove any.
class Continuations {
 public:
  Continuations() = default;
  Continuations(Continuations const&) = delete;
  Continuations& operator=(Continuations const&) = delete;

  /// Adds one that waits for an answer, with the deadline that was reserved, if one was.
  void add(Continuation& one) noexcept;

  /// Adds one that is to go on when the loop comes round.
  void addDue(Continuation& one) noexcept;

  void remove(Continuation& one) noexcept;

  /// The answer is there: it goes on.
  void answered(Continuation& one) noexcept;

  /// Whether expire() may have something to do, now or later.
  bool hasDeadlines() const noexcept { return timed_ != 0; }
  /// The time at which expire() has something to do next; NoDeadline: not before others are added.
  Nanoseconds nextDeadline() const noexcept;

  /// Lets those go on that are due, and those whose deadline has passed. Returns how many.
  std::size_t expire(Nanoseconds now) noexcept;

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

  std::size_t goOn(List& list, Continuation::Why why) noexcept;

  void link(Continuation& one, bool isDue) noexcept;

  static void append(List& list, Continuation& one) noexcept;

  void forgetDeadline(Continuation& one) noexcept;

  List waiting_, due_;
  std::size_t timed_ = 0;  // those that have a deadline or are due
  PointerTree deadlines_;
};

}  // namespace tincan::inline abi0::detail
