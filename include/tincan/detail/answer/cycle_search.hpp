// tincan/detail/answer/cycle_search.hpp - looks for waits that would never end
//
// A thread that waits depends on the thread that will answer. If Tasks are to answer, it depends on what
// these are suspended on, and on the loops in which they go on. One thing that is needed and never comes is
// enough to be stuck; of several of which each would do, all of them have to be.
//
// So this looks for the largest set of threads and Tasks of which each is stuck as long as the others are,
// and from each of which a way inside of the set leads to the thread that asks: all are taken to be stuck at
// first, and those without such a way are taken out until all have one.
//
// Nobody stands still meanwhile. A set counts only if two searches, one after the other, have read the same:
// then all of it was there at one time.
//
//   Threads   Under the lock of the WaitGraph, while its walk lasts: no wait that it reads goes away.
//   Progress  find() does not allocate; describe() does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include <tincan/detail/answer/dependencies.hpp>
#include <tincan/detail/answer/node_judge.hpp>
#include <tincan/detail/answer/search_node.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class CycleSearch : private NodeJudge<Platform> {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;
  using NodeJudge<Platform>::NodeJudge;

  enum class Found : std::uint8_t {
    Nothing,
    Changing,  // it may have been stuck; something has gone meanwhile
    Stuck      // it is in a cycle, or only threads that have ended could end it
  };

  /// Looks at the wait, which is that of `self`.
  Found find(ThreadToken& self, Edge const& wait) {
    isChanging_ = false;
    if (!walk(self, wait)) return isChanging_ ? Found::Changing : Found::Nothing;
    Trace const before = trace_;
    return walk(self, wait) && trace_ == before ? Found::Stuck : Found::Changing;
  }

  /// Whether what the Task is suspended on may lead to a thread that waits, or to one that has ended; or whether that is
  /// so of the party whose Task it is, if that is given.
  bool mayLeadToWait(Suspension<Platform>& task, Party<Platform> const* asked) {
    this->begin(nullptr, nullptr);
    if (asked != nullptr) this->judgeParty(*asked, false);
    this->enter(task, nullptr, false);
    findAll();
    for (Node const* node = found_.first; node != nullptr; node = node->after) {
      if (node->isThread && static_cast<ThreadToken const*>(node)->found != nullptr) return true;
    }
    return seesEnded_ || seesNobody_;
  }

  /// True if Tasks belong to what find() has found just now.
  bool hasFoundTasks() const noexcept { return marked_.hasTasks(); }

  /// True if what find() has found just now is no cycle.
  bool foundDeserted() const noexcept { return goal_ == Goal::Ended; }

  /// The wait that closed the cycle which find() has found just now. Of several cycles: one that all of them have, if
  /// there is such a wait, so that nobody is told who would go on once another one is. Of many waits, which are rare, the last
  /// one is told: to look at one takes as long as a search, and all threads wait for that.
  Edge const& closingOne() {
    constexpr std::size_t Many = 16;
    Edge const* common = nullptr;
    if (marked_.threads() < Many) common = lastOf([&](Edge const& wait) { return isInAll(wait); });
    return common == nullptr ? *lastOf([](Edge const&) { return true; }) : *common;
  }

  /// The names along what find() has found just now: "main > window > main".
  std::string describe() const {
    std::string const sender = wait_->sender->displayName();
    std::string names = way_.describe(sender);
    if (foundDeserted()) return names + ", whose thread has ended";
    // Another endpoint of this thread: what it waits for is this wait.
    if (!names.ends_with(" > " + sender)) names += " > " + sender;
    return names;
  }

 private:
  using Judge = NodeJudge<Platform>;
  using Judge::found_;
  using Judge::goal_;
  using Judge::marked_;
  using Judge::pass_;
  using Judge::seesEnded_;
  using Judge::seesNobody_;
  using Judge::seesSelf_;
  using Judge::trace_;
  using Judge::wait_;
  using Judge::way_;
  using typename Judge::Goal;
  using typename Judge::Node;
  using typename Judge::Pass;
  using typename Judge::Verdict;

  /// Looks at all that the wait depends on. True if it would never end.
  bool walk(ThreadToken& self, Edge const& wait) {
    this->begin(&self, &wait);
    this->judgeWait();
    findAll();
    return (seesEnded_ && isStuck(Goal::Ended)) || (seesSelf_ && isStuck(Goal::Self));
  }

  void findAll() {
    for (Node* node = found_.first; node != nullptr; node = node->after) this->judge(*node);
  }
  /// Whether the wait is stuck until the goal does something.
  bool isStuck(Goal goal) {
    goal_ = goal;
    pass_ = Pass::Judge;
    found_.open();
    do {
      while (proveSome()) {
      }
    } while (found_.dropUnproven());
    if (goal == Goal::Ended) found_.noteDeserted();
    Judged const judged = this->judgeWait();
    isChanging_ = judged.isStuck && judged.leads && !markAll();
    return judged.isStuck && judged.leads && !isChanging_;
  }

  /// Finds those from which a way leads to the goal: the last ones that were found are the nearest.
  bool proveSome() {
    bool hasProven = false;
    for (Node* node = found_.last; node != nullptr; node = node->before) {
      if (node->verdict != Verdict::Open) continue;
      Judged const judged = this->judge(*node);
      if (!judged.isStuck || !judged.leads) continue;
      node->verdict = Verdict::Stuck;
      hasProven = true;
    }
    return hasProven;
  }

  /// Marks all that the wait depends on and is stuck, and notes what was read of it. False if that has
  /// changed meanwhile.
  bool markAll() {
    pass_ = Pass::Mark;
    trace_ = {};
    marked_ = {};
    way_ = {};
    if (!this->judgeWait().isStuck) return false;
    for (Node* node = marked_.first; node != nullptr; node = node->nextMarked) {
      // What is stuck anyhow does not depend on the others, even if it needs some of them, too.
      pass_ = node->isDeserted && goal_ == Goal::Self ? Pass::Judge : Pass::Mark;
      if (!this->judge(*node).isStuck) return false;
    }
    return true;
  }

  /// The last of the waits that were found, and are wanted; null: none is.
  template <class IsWanted>
  Edge const* lastOf(IsWanted&& isWanted) {
    Edge const* last = nullptr;
    auto const look = [&](Edge const* wait) {
      if (wait == nullptr) return;  // it has ended since
      if ((last == nullptr || wait->isAfter(*last)) && isWanted(*wait)) last = wait;
    };
    look(wait_);
    for (Node* node = marked_.first; node != nullptr; node = node->nextMarked) {
      if (node->isThread) look(static_cast<ThreadToken*>(node)->found);
    }
    return last;
  }

  /// Whether nothing that was found would be stuck any more if that wait ended.
  bool isInAll(Edge const& wait) {
    if (!hasFoundTasks()) return true;  // each waits for one, so there is one cycle
    pass_ = Pass::Judge;
    goal_ = &wait == wait_ ? Goal::Nobody : Goal::Self;
    marked_.open(wait.thread);
    while (dropOthers()) {
    }
    bool const isSelfStuck = goal_ == Goal::Self, areStuck = isSelfStuck || marked_.hasOpen();
    goal_ = Goal::Self;
    marked_.markAgain();
    return !areStuck;
  }
  /// Takes out those that are not stuck if the others are. True if there were any.
  bool dropOthers() {
    bool hasDropped = false;
    for (Node* node = found_.last; node != nullptr; node = node->before) {
      if (node->verdict != Verdict::Open || this->judge(*node).isStuck) continue;
      node->verdict = Verdict::GoesOn;
      hasDropped = true;
    }
    if (goal_ == Goal::Nobody || this->judgeWait().isStuck) return hasDropped;
    goal_ = Goal::Nobody;
    return true;
  }

  bool isChanging_ = false;  // something has gone since it was judged
};

}  // namespace tincan::inline abi0::detail
