// tests/unit/continuations.cpp - what an endpoint goes on with when an answer comes
#include <tincan/detail/answer/continuations.hpp>
#include <tincan/tincan.hpp>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "allocations.hpp"
#include "catch.hpp"

namespace {

using tincan::detail::Continuation;
using tincan::detail::Continuations;
using tincan::detail::Nanoseconds;
using tincan::detail::NoDeadline;
using tincan::detail::TimedContinuation;
using Why = Continuation::Why;
using Went = std::vector<std::pair<std::string, Why>>;

/// A continuation that notes how it goes on.
class Noted final : public TimedContinuation {
 public:
  Noted(Went& log, std::string name) : log_(log), name_(std::move(name)) {}

  bool proceed(Why why) noexcept override {
    if (isAnswerUnderWay) return false;
    log_.emplace_back(name_, why);
    if (then) then();
    return true;
  }
  bool isLost() const noexcept override { return isInParent; }

  bool isAnswerUnderWay = false;
  bool isInParent = false;
  std::function<void()> then;  // what it does when it goes on

 private:
  Went& log_;
  std::string const name_;
};

void addTimed(Continuations& all, TimedContinuation& one, Nanoseconds deadline) {
  one.setDeadline(deadline);
  all.add(one);
}

}  // namespace

TEST_CASE("continuations: one goes on with its answer, and is not there any more") {
  Went log;
  Continuations all;
  Noted a(log, "a"), b(log, "b");
  all.add(a);
  all.add(b);
  all.answered(b);
  CHECK(log == Went{{"b", Why::Answered}});
  all.close();
  CHECK(log == Went{{"b", Why::Answered}, {"a", Why::Closed}});
  all.close();
  CHECK(log.size() == 2);
}

TEST_CASE(
    "continuations: deadlines pass in their order, those of one time in that of their adding") {
  Went log;
  Continuations all;
  Noted a(log, "a"), b(log, "b"), c(log, "c"), never(log, "never");
  CHECK(all.nextDeadline() == NoDeadline);
  CHECK_FALSE(all.hasDeadlines());
  addTimed(all, never, NoDeadline);
  CHECK_FALSE(all.hasDeadlines());
  addTimed(all, a, 20);
  addTimed(all, b, 10);
  addTimed(all, c, 20);
  CHECK(all.hasDeadlines());
  CHECK(all.nextDeadline() == 10);
  CHECK(all.expire(9) == 0);
  CHECK(log.empty());
  CHECK(all.expire(10) == 1);
  CHECK(all.nextDeadline() == 20);
  CHECK(all.expire(100) == 2);
  CHECK(log == Went{{"b", Why::TimedOut}, {"a", Why::TimedOut}, {"c", Why::TimedOut}});
  CHECK_FALSE(all.hasDeadlines());
  CHECK(all.nextDeadline() == NoDeadline);
  all.remove(never);
}

TEST_CASE(
    "continuations: one that has its answer, or is removed, or ends, has no deadline any more") {
  Went log;
  Continuations all;
  Noted answered(log, "answered"), removed(log, "removed");
  addTimed(all, answered, 1);
  addTimed(all, removed, 2);
  {
    Noted ending(log, "ending");
    addTimed(all, ending, 3);
  }
  all.answered(answered);
  all.remove(removed);
  all.remove(removed);
  CHECK_FALSE(all.hasDeadlines());
  CHECK(all.expire(100) == 0);
  all.close();
  CHECK(log == Went{{"answered", Why::Answered}});
}

TEST_CASE("continuations: one whose answer is on its way when its deadline passes waits for that") {
  Went log;
  Continuations all;
  Noted one(log, "one");
  addTimed(all, one, 1);
  one.isAnswerUnderWay = true;
  CHECK(all.expire(1) == 0);
  CHECK_FALSE(all.hasDeadlines());
  CHECK(all.expire(100) == 0);
  one.isAnswerUnderWay = false;
  all.answered(one);
  CHECK(log == Went{{"one", Why::Answered}});
}

TEST_CASE(
    "continuations: those that are due go on when the loop comes round, before any deadline") {
  Went log;
  Continuations all;
  Noted timed(log, "timed"), first(log, "first"), second(log, "second"), removed(log, "removed");
  addTimed(all, timed, 5);
  all.addDue(first);
  all.addDue(removed);
  all.addDue(second);
  all.remove(removed);
  CHECK(all.hasDeadlines());
  CHECK(all.nextDeadline() == 0);
  CHECK(all.expire(5) == 3);
  CHECK(log == Went{{"first", Why::Due}, {"second", Why::Due}, {"timed", Why::TimedOut}});
  CHECK_FALSE(all.hasDeadlines());
}

TEST_CASE("continuations: at the end those that are due begin, and the others are told Closed") {
  Went log;
  Continuations all;
  Noted waiting(log, "waiting"), timed(log, "timed"), due(log, "due"), late(log, "late");
  all.add(waiting);
  addTimed(all, timed, 5);
  all.addDue(due);
  waiting.then = [&] { all.addDue(late); };
  all.close();
  CHECK(log == Went{{"due", Why::Due},
                    {"waiting", Why::Closed},
                    {"timed", Why::Closed},
                    {"late", Why::Due}});
  CHECK_FALSE(all.hasDeadlines());
  CHECK(all.nextDeadline() == NoDeadline);
}

TEST_CASE("continuations: what goes on may add others, remove some and end some") {
  Went log;
  Continuations all;
  Noted first(log, "first"), removed(log, "removed"), added(log, "added");
  std::optional<Noted> ending(std::in_place, log, "ending");
  addTimed(all, first, 1);
  addTimed(all, removed, 1);
  addTimed(all, *ending, 1);
  first.then = [&] {
    all.remove(removed);
    ending.reset();
    addTimed(all, added, 1);
  };
  CHECK(all.expire(1) == 1);
  CHECK(log == Went{{"first", Why::TimedOut}});
  // What was added meanwhile waits for the next time.
  CHECK(all.expire(1) == 1);
  CHECK(log == Went{{"first", Why::TimedOut}, {"added", Why::TimedOut}});
  CHECK_FALSE(all.hasDeadlines());
}

TEST_CASE("continuations: in a forked child those that are lost are closed, the others wait on") {
  Went log;
  Continuations all;
  Noted a(log, "a"), b(log, "b"), c(log, "c"), d(log, "d"), due(log, "due");
  for (Noted* const one : {&a, &b, &c, &d}) all.add(*one);
  all.addDue(due);
  b.isInParent = d.isInParent = true;
  // What goes on in between may end what is lost as well.
  b.then = [&] { all.remove(a); };
  CHECK(all.closeLost() == 2);
  CHECK(log == Went{{"b", Why::Closed}, {"d", Why::Closed}});
  CHECK(all.closeLost() == 0);
  log.clear();
  all.close();
  CHECK(log == Went{{"due", Why::Due}, {"c", Why::Closed}});
}

TEST_CASE("continuations: nothing takes memory") {
  if (!test::countsAllocations()) return;
  Went log;
  log.reserve(9);
  Continuations all;
  Noted timed(log, "timed"), waiting(log, "waiting"), due(log, "due"), timer(log, "timer");
  CHECK(test::runsWithout(1, true, [&] {
    addTimed(all, timed, 1);
    all.add(static_cast<Continuation&>(waiting));
    all.addDue(due);
    timer.setDeadline(1);
    all.addTimer(timer);
    all.remove(timed);
    all.remove(timer);
    all.addTimerAgain(timer);
  }));
  CHECK(all.nextDeadline() == 0);
  CHECK(all.expire(1) == 1);
}

// ---- timers -------------------------------------------------------------------------------------

TEST_CASE("continuations: timers are taken in the order of their deadlines, then of their adding") {
  Went log;
  Continuations all;
  Noted a(log, "a"), b(log, "b"), c(log, "c"), never(log, "never");
  CHECK_FALSE(all.hasTimers());
  CHECK(all.nextTimer() == NoDeadline);
  for (Noted* const one : {&a, &b, &c}) one->setDeadline(one == &b ? 10 : 20);
  for (Noted* const one : {&a, &b, &c, &never}) all.addTimer(*one);
  CHECK(all.hasTimers());
  CHECK_FALSE(all.hasDeadlines());
  CHECK(all.nextTimer() == 10);
  CHECK(all.nextDeadline() == 10);
  CHECK(all.expire(100) == 0);
  CHECK(all.takeTimer(9, all.lastTimer()) == nullptr);
  CHECK(all.takeTimer(20, all.lastTimer()) == &b);
  b.setDeadline(20);
  all.addTimerAgain(b);
  CHECK(all.takeTimer(20, all.lastTimer()) == &a);
  CHECK(all.takeTimer(20, all.lastTimer()) == &b);
  CHECK(all.takeTimer(20, all.lastTimer()) == &c);
  CHECK(all.takeTimer(20, all.lastTimer()) == nullptr);
  CHECK_FALSE(all.hasTimers());
  CHECK(log.empty());
  all.close();
  CHECK(log == Went{{"never", Why::Closed}});
}

TEST_CASE(
    "continuations: timers that are added later than the last one that counts are not taken") {
  Went log;
  Continuations all;
  Noted a(log, "a"), b(log, "b");
  a.setDeadline(5);
  b.setDeadline(5);
  all.addTimer(a);
  auto const last = all.lastTimer();
  all.addTimer(b);
  CHECK(all.takeTimer(5, last) == &a);
  CHECK(all.takeTimer(5, last) == nullptr);
  CHECK(all.takeTimer(5, all.lastTimer()) == &b);
}

TEST_CASE("continuations: a timer that is removed, or ends, is taken no more") {
  Went log;
  Continuations all;
  Noted a(log, "a");
  a.setDeadline(1);
  all.addTimer(a);
  {
    Noted ending(log, "ending");
    ending.setDeadline(2);
    all.addTimer(ending);
  }
  CHECK(all.nextTimer() == 1);
  all.remove(a);
  CHECK_FALSE(all.hasTimers());
  CHECK(all.takeTimer(9, all.lastTimer()) == nullptr);
}
