// tincan/detail/answer/continuations.ipp - what an endpoint goes on with when an answer comes: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/answer/continuations.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/deadline_heap.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void Continuations::add(TimedContinuation& one) noexcept {
  one.number = ++added_;
  if (one.at != NoDeadline) addTo(deadlines_, one);
  link(one, false);
}

TINCAN_INLINE void Continuations::addTimer(TimedContinuation& one) noexcept {
  one.number = ++added_;
  addTimerAgain(one);
}

TINCAN_INLINE void Continuations::addTimerAgain(TimedContinuation& one) noexcept {
  if (one.at != NoDeadline) addTo(timers_, one);
  link(one, false);
}

TINCAN_INLINE TimedContinuation* Continuations::takeTimer(Nanoseconds now,
                                                          std::uint64_t last) noexcept {
  if (!isTimerDue(now, last)) return nullptr;
  auto& one = static_cast<TimedContinuation&>(*timers_.first());
  remove(one);
  return &one;
}

TINCAN_INLINE void Continuations::addDue(Continuation& one) noexcept {
  link(one, true);
  ++timed_;
}

TINCAN_INLINE void Continuations::remove(Continuation& one) noexcept {
  if (one.list_ == nullptr) return;
  forgetDeadline(one);
  List& list = one.isDue_ ? due_ : waiting_;
  timed_ -= one.isDue_ ? 1 : 0;
  (one.before_ == nullptr ? list.first : one.before_->after_) = one.after_;
  (one.after_ == nullptr ? list.last : one.after_->before_) = one.before_;
  one.list_ = nullptr;
}

TINCAN_INLINE void Continuations::answered(Continuation& one) noexcept {
  remove(one);
  one.proceed(Continuation::Why::Answered);
}

TINCAN_INLINE Nanoseconds Continuations::nextDeadline() const noexcept {
  return smallerOf(nextExpiry(), timers_.next());
}

TINCAN_INLINE std::size_t Continuations::expire(Nanoseconds now) noexcept {
  // Those that are added meanwhile wait for the next time.
  std::uint64_t const last = added_;
  std::size_t most = 0;
  for (Continuation const* one = due_.first; one != nullptr; one = one->after_) ++most;
  std::size_t count = goOn(due_, Continuation::Why::Due, most);
  while (isLate(now) && deadlines_.first()->number <= last) {
    auto& one = static_cast<TimedContinuation&>(*deadlines_.first());
    remove(one);
    if (one.proceed(Continuation::Why::TimedOut)) ++count;
    else link(one, false);
  }
  return count;
}

TINCAN_INLINE std::size_t Continuations::closeLost() noexcept {
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

TINCAN_INLINE void Continuations::close() noexcept {
  while (due_.first != nullptr || waiting_.first != nullptr) {
    goOn(due_, Continuation::Why::Due, SIZE_MAX);
    goOn(waiting_, Continuation::Why::Closed, SIZE_MAX);
  }
}

TINCAN_INLINE std::size_t Continuations::goOn(List& list, Continuation::Why why,
                                              std::size_t most) noexcept {
  std::size_t count = 0;
  for (; list.first != nullptr && count < most; ++count) {
    Continuation& one = *list.first;
    remove(one);
    one.proceed(why);
  }
  return count;
}

TINCAN_INLINE void Continuations::link(Continuation& one, bool isDue) noexcept {
  one.isDue_ = isDue;
  one.list_ = this;
  append(isDue ? due_ : waiting_, one);
}

TINCAN_INLINE void Continuations::append(List& list, Continuation& one) noexcept {
  one.before_ = list.last;
  one.after_ = nullptr;
  (list.last == nullptr ? list.first : list.last->after_) = &one;
  list.last = &one;
}

TINCAN_INLINE void Continuations::addTo(DeadlineHeap& heap, TimedContinuation& one) noexcept {
  heap.add(one);
  one.deadlines_ = &heap;
  (&heap == &deadlines_ ? timed_ : ending_) += one.repeats_ ? 0 : 1;
}

TINCAN_INLINE void Continuations::forgetDeadline(Continuation& one) noexcept {
  DeadlineHeap* const heap = std::exchange(one.deadlines_, nullptr);
  if (heap == nullptr) return;
  auto& timed = static_cast<TimedContinuation&>(one);
  heap->remove(timed);
  (heap == &deadlines_ ? timed_ : ending_) -= timed.repeats_ ? 0 : 1;
}

TINCAN_INLINE void Continuation::leave() noexcept {
  if (list_ != nullptr) list_->remove(*this);
}

}  // namespace tincan::inline abi0::detail
