// tincan/detail/answer/cycle_search.hpp - looks for a cycle of waits
//
// A thread that waits depends on the thread that will answer. If a Task is to answer, it depends on what
// that Task is suspended on, and on the loop in which it goes on (Suspension): on several threads at
// once. So the search goes depth first, and enters each thread once.
//
// Nobody stands still meanwhile. A cycle counts only if two searches, one after the other, have read the
// same: then all of it was there at one time.
//
//   Threads   Under the lock of the WaitGraph, while its walk lasts: no wait that it reads goes away.
//   Progress  find() does not allocate; describe() does.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <utility>

#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class CycleSearch {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;

  /// Whether the wait, which is that of `self`, closes or belongs to a cycle.
  bool find(ThreadToken& self, Edge const& wait) {
    Walk first{++searches_, wait.told};
    if (!leadsTo(self, wait, first)) return false;
    Walk second{++searches_, wait.told};
    if (!leadsTo(self, wait, second) || first.traces != second.traces) return false;
    steps_ = second.steps;
    return true;
  }

  /// The wait that closed the cycle which find(self, wait) has found just now.
  Edge const& closingOne(Edge const& wait) const noexcept {
    Edge const* last = &wait;
    for (ThreadToken const* step = steps_; step != nullptr; step = step->foundNext) {
      if (step->found->isAfter(*last)) last = step->found;
    }
    return *last;
  }

  /// The names along the cycle: "main > window > main".
  std::string describe(ThreadToken& self, Edge const& wait) {
    Walk walk{++searches_, wait.told, true};
    leadsTo(self, wait, walk);
    std::string const end = " > " + wait.sender->displayName();
    // Another endpoint of this thread: what it waits for is this wait.
    if (!walk.names.ends_with(end)) walk.names += end;
    return wait.sender->displayName() + walk.names;
  }

 private:
  struct Walk {
    std::uint64_t number;  // which threads that were entered bear
    Told told;             // when the wait of `self` is
    bool wantsNames = false;
    std::uint64_t traces = 0;      // of all that the cycle consists of
    ThreadToken* steps = nullptr;  // its other threads, in the order of the cycle
    std::string names{};           // " > window > main", if wanted
  };

  /// A mark of what was read, by which the second walk tells whether it is still so.
  static std::uint64_t trace(void const* at, void const* read, std::uint64_t serial) noexcept {
    constexpr std::uint64_t Odd = 0x9E3779B97F4A7C15;
    auto const number = [](void const* address) {
      return static_cast<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    };
    return ((number(at) * Odd ^ number(read)) * Odd ^ serial) * Odd;
  }

  /// Whether one of those that the wait depends on is `self`, or waits for that.
  bool leadsTo(ThreadToken& self, Edge const& wait, Walk& walk) {
    if (wait.isOver()) return false;
    if (wait.state->pending()) return isAt(self, *wait.target, true, walk);
    if (wait.answeredBy == nullptr || !wait.state->handedOn()) return false;
    return dependsOn(self, *wait.target, *wait.answeredBy, walk);
  }

  /// Whether an answer that Tasks are to give depends on `self`.
  bool dependsOn(ThreadToken& self, Party<Platform> const& asked, AnsweringTask<Platform> const& by,
                 Walk& walk) {
    Party<Platform> const* last = &asked;  // the last one on the way who has a name
    std::string names;
    if (walk.wantsNames) names = " > " + last->displayName();
    std::uint64_t traces = 0;
    auto const found = [&](bool isFound) {
      if (!isFound) return false;
      if (walk.wantsNames) walk.names = names + walk.names;
      walk.traces += traces;
      return true;
    };
    // seq_cst, as all loads of this kind here: see Suspension::publish().
    auto const* task = by.load(std::memory_order_seq_cst);
    // A Task that has ended answers in the loop of the endpoint that was asked.
    if (task != nullptr && isAt(self, asked, false, walk)) return found(true);
    while (task != nullptr) {  // each has one who waits for it, so this does not go round
      // acquire: read before what it numbers; a later publish() gives another number.
      std::uint64_t const serial = task->serial.load(std::memory_order_acquire);
      Suspended<Platform> const* const on = task->at.load(std::memory_order_seq_cst);
      if (on == nullptr) return false;
      traces += trace(task, on, serial);
      if (on->resumesAt != nullptr && isAt(self, *on->resumesAt, on->resumesAt != last, walk)) {
        return found(true);
      }
      if (on->inner != nullptr) {
        task = on->inner;
        continue;
      }
      if (on->state == nullptr || on->target->isOver()) return false;
      if (on->state->pending()) return found(isAt(self, *on->target, true, walk));
      if (!on->state->handedOn()) return false;
      last = on->target;
      if (walk.wantsNames) names += " > " + last->displayName();
      task = on->answeredBy->load(std::memory_order_seq_cst);
      if (task != nullptr && isAt(self, *last, false, walk)) return found(true);
    }
    return false;
  }

  bool isAt(ThreadToken& self, Party<Platform> const& party, bool isNamed, Walk& walk) {
    ThreadToken* const thread = party.thread();
    if (thread == nullptr ? !isSetUpBy(self, party, walk) : !isOn(self, *thread, walk))
      return false;
    walk.traces += trace(&party, thread, 0);
    if (walk.wantsNames && isNamed) walk.names = " > " + party.displayName() + walk.names;
    return true;
  }

  /// Whether `self` would have to answer for the party, which belongs to no thread. Another thread may come and
  /// answer; for that only waits go on that are not told first.
  static bool isSetUpBy(ThreadToken const& self, Party<Platform> const& party, Walk const& walk) {
    return walk.told == Told::First && party.settledBy() == &self;
  }

  bool isOn(ThreadToken& self, ThreadToken& thread, Walk& walk) {
    if (&thread == &self) return true;
    // One that has been entered: a cycle without us, which somebody else has closed; or a dead end.
    if (std::exchange(thread.foundBy, walk.number) == walk.number) return false;
    // acquire: read before the wait that it numbers; a later one has another number.
    thread.foundSerial = thread.serial.load(std::memory_order_acquire);
    // acquire: pairs with the release in WaitGraph::publish(), and what the wait holds is visible.
    thread.found = thread.waiting.load(std::memory_order_acquire);
    if (thread.found == nullptr || !leadsTo(self, *thread.found, walk)) return false;
    walk.traces += trace(&thread, thread.found, thread.foundSerial);
    thread.foundNext = std::exchange(walk.steps, &thread);
    return true;
  }

  std::uint64_t searches_ = 0;
  ThreadToken* steps_ = nullptr;  // the other threads of the cycle that was found last
};

}  // namespace tincan::inline abi0::detail
