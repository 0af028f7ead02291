// tincan/detail/answer/continuations.hpp - what an endpoint goes on with when an answer comes
#pragma once

#include <cstddef>
#include <map>
#include <utility>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

class Continuations;

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
    TimedOut,  // its deadline has passed
    Closed,    // its endpoint is closed, or whoever it waits for will never answer
    Due        // it was to begin when the loop comes round
  };

  /// Goes on; called once, after it has left the list. False if the answer is on its way: then
  /// nothing has happened, and it will be called with that.
  virtual bool proceed(Why why) noexcept = 0;

  /// True in a forked child if only its parent has the thread that would answer.
  virtual bool isLost() const noexcept { return false; }

  /// Takes the memory for the deadline, which is used when it is added. Throws std::bad_alloc, and then
  /// nothing has happened.
  void reserve(Nanoseconds deadline) {
    if (deadline == NoDeadline) return;
    Deadlines one;
    one.emplace(deadline, this);
    reserved_ = one.extract(one.begin());
  }

 protected:
  ~Continuation() { leave(); }

  /// Leaves the list that it is in, if any.
  inline void leave() noexcept;

 private:
  friend class Continuations;
  using Deadlines = std::multimap<Nanoseconds, Continuation*>;

  Continuations* list_ = nullptr;
  Continuation* before_ = nullptr;
  Continuation* after_ = nullptr;
  Deadlines::node_type reserved_;
  Deadlines::iterator deadline_{};
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
  void add(Continuation& one) noexcept {
    if (!one.reserved_.empty()) {
      one.deadline_ = deadlines_.insert(std::move(one.reserved_));
      one.hasDeadline_ = true;
      ++timed_;
    }
    link(one, false);
  }

  /// Adds one that is to go on when the loop comes round.
  void addDue(Continuation& one) noexcept {
    link(one, true);
    ++timed_;
  }

  void remove(Continuation& one) noexcept {
    if (one.list_ == nullptr) return;
    forgetDeadline(one);
    List& list = one.isDue_ ? due_ : waiting_;
    timed_ -= one.isDue_ ? 1 : 0;
    (one.before_ == nullptr ? list.first : one.before_->after_) = one.after_;
    (one.after_ == nullptr ? list.last : one.after_->before_) = one.before_;
    one.list_ = nullptr;
  }

  /// The answer is there: it goes on.
  void answered(Continuation& one) noexcept {
    remove(one);
    one.proceed(Continuation::Why::Answered);
  }

  /// Whether expire() may have something to do, now or later.
  bool hasDeadlines() const noexcept { return timed_ != 0; }
  /// The time at which expire() has something to do next; NoDeadline: not before others are added.
  Nanoseconds nextDeadline() const noexcept {
    if (due_.first != nullptr) return 0;
    return deadlines_.empty() ? NoDeadline : deadlines_.begin()->first;
  }

  /// Lets those go on that are due, and those whose deadline has passed. Returns how many.
  std::size_t expire(Nanoseconds now) noexcept {
    std::size_t count = goOn(due_, Continuation::Why::Due);
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      Continuation& one = *deadlines_.begin()->second;
      remove(one);
      if (one.proceed(Continuation::Why::TimedOut)) ++count;
      else link(one, false);
    }
    return count;
  }

  /// Lets those go on, in a forked child, that are lost, as if whom they wait for were closed.
  /// Returns how many.
  std::size_t closeLost() noexcept {
    // First they come to the front of the list, since what goes on may change it.
    List lost, others;
    for (Continuation* one = waiting_.first; one != nullptr;) {
      Continuation* const next = one->after_;
      append(one->isLost() ? lost : others, *one);
      one = next;
    }
    waiting_ = {};
    for (List const& part : {lost, others}) {
      for (Continuation* one = part.first; one != nullptr;) {
        Continuation* const next = one->after_;
        append(waiting_, *one);
        one = next;
      }
    }
    std::size_t count = 0;
    for (; waiting_.first != nullptr && waiting_.first->isLost(); ++count) {
      Continuation& one = *waiting_.first;
      remove(one);
      one.proceed(Continuation::Why::Closed);
    }
    return count;
  }

  /// The endpoint is closed: lets all of them go on.
  void close() noexcept {
    while (due_.first != nullptr || waiting_.first != nullptr) {
      goOn(due_, Continuation::Why::Due);
      goOn(waiting_, Continuation::Why::Closed);
    }
  }

 private:
  struct List {
    Continuation* first = nullptr;  // in the order of their adding
    Continuation* last = nullptr;
  };

  std::size_t goOn(List& list, Continuation::Why why) noexcept {
    std::size_t count = 0;
    for (; list.first != nullptr; ++count) {
      Continuation& one = *list.first;
      remove(one);
      one.proceed(why);
    }
    return count;
  }

  void link(Continuation& one, bool isDue) noexcept {
    one.isDue_ = isDue;
    one.list_ = this;
    append(isDue ? due_ : waiting_, one);
  }

  static void append(List& list, Continuation& one) noexcept {
    one.before_ = list.last;
    one.after_ = nullptr;
    (list.last == nullptr ? list.first : list.last->after_) = &one;
    list.last = &one;
  }

  void forgetDeadline(Continuation& one) noexcept {
    if (!std::exchange(one.hasDeadline_, false)) return;
    deadlines_.erase(one.deadline_);
    --timed_;
  }

  List waiting_, due_;
  std::size_t timed_ = 0;  // those that have a deadline or are due
  Continuation::Deadlines deadlines_;
};

inline void Continuation::leave() noexcept {
  if (list_ != nullptr) list_->remove(*this);
}

}  // namespace tincan::inline abi0::detail
