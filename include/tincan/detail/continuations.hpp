// tincan/detail/continuations.hpp - layer 1 - what an endpoint goes on with when an answer comes
//
// Coroutines and functions that wait for an answer without blocking. Their deadlines are kept by
// the endpoint's loop.
//
//   Threads   The endpoint's.
#pragma once

#include <cstddef>
#include <map>

#include <tincan/detail/platform.hpp>

namespace tincan::detail {

class Continuations;

class Continuation {
 public:
  Continuation() = default;
  Continuation(Continuation const&) = delete;
  Continuation& operator=(Continuation const&) = delete;

  enum class Why { Answered, TimedOut, Closed };

  /// Goes on; called once, after it has left the list. False if the answer is on its way: then
  /// nothing has happened, and it will be called with that.
  virtual bool proceed(Why why) noexcept = 0;

 protected:
  ~Continuation();

 private:
  friend class Continuations;
  using Deadlines = std::multimap<Nanoseconds, Continuation*>;

  Continuations* list_ = nullptr;
  Continuation* before_ = nullptr;
  Continuation* after_ = nullptr;
  Deadlines::iterator deadline_{};
  bool hasDeadline_ = false;
};

class Continuations {
 public:
  Continuations() = default;
  Continuations(Continuations const&) = delete;
  Continuations& operator=(Continuations const&) = delete;

  void add(Continuation& one, Nanoseconds deadline) {
    if (deadline != NoDeadline) {
      one.deadline_ = deadlines_.emplace(deadline, &one);
      one.hasDeadline_ = true;
    }
    link(one);
  }

  void remove(Continuation& one) noexcept {
    if (one.list_ == nullptr) return;
    forgetDeadline(one);
    (one.before_ == nullptr ? first_ : one.before_->after_) = one.after_;
    (one.after_ == nullptr ? last_ : one.after_->before_) = one.before_;
    one.list_ = nullptr;
  }

  void answered(Continuation& one) noexcept {
    remove(one);
    one.proceed(Continuation::Why::Answered);
  }

  bool hasDeadlines() const noexcept { return !deadlines_.empty(); }
  /// NoDeadline if there is none.
  Nanoseconds nextDeadline() const noexcept {
    return deadlines_.empty() ? NoDeadline : deadlines_.begin()->first;
  }

  /// Those whose deadline has passed go on. Returns how many.
  std::size_t expire(Nanoseconds now) noexcept {
    std::size_t count = 0;
    while (!deadlines_.empty() && deadlines_.begin()->first <= now) {
      Continuation& one = *deadlines_.begin()->second;
      remove(one);
      if (one.proceed(Continuation::Why::TimedOut)) ++count;
      else link(one);
    }
    return count;
  }

  /// The endpoint is closed: all of them go on.
  void close() noexcept {
    while (first_ != nullptr) {
      Continuation& one = *first_;
      remove(one);
      one.proceed(Continuation::Why::Closed);
    }
  }

 private:
  void link(Continuation& one) noexcept {
    one.list_ = this;
    one.before_ = last_;
    one.after_ = nullptr;
    (last_ == nullptr ? first_ : last_->after_) = &one;
    last_ = &one;
  }

  void forgetDeadline(Continuation& one) noexcept {
    if (one.hasDeadline_) deadlines_.erase(one.deadline_);
    one.hasDeadline_ = false;
  }

  Continuation* first_ = nullptr;  // in the order of their adding
  Continuation* last_ = nullptr;
  Continuation::Deadlines deadlines_;
};

inline Continuation::~Continuation() {
  if (list_ != nullptr) list_->remove(*this);
}

}  // namespace tincan::detail
