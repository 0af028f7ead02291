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

#include <cstdint>
#include <string>
#include <utility>

#include <tincan/detail/answer/dependencies.hpp>
#include <tincan/detail/answer/found_way.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/search_node.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>

namespace tincan::inline abi0::detail {

template <class Platform>
class CycleSearch {
 public:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;

  enum class Found : std::uint8_t {
    Nothing,
    Changing,  // it may have been stuck; something has gone meanwhile
    Stuck      // it is in a cycle, or only threads that have ended could end it
  };

  /// Looks at the wait, which is that of `self`.
  Found find(ThreadToken& self, Edge const& wait) {
    self_ = &self;
    wait_ = &wait;
    isChanging_ = false;
    if (!walk()) return isChanging_ ? Found::Changing : Found::Nothing;
    Trace const before = trace_;
    return walk() && trace_ == before ? Found::Stuck : Found::Changing;
  }

  /// Whether what the Task is suspended on may lead to a thread that waits, or to one that has ended.
  bool mayLeadToWait(Suspension<Platform>& task) {
    self_ = nullptr;
    wait_ = nullptr;
    begin();
    enter(task, nullptr, false);
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

  /// The wait that closed the cycle which find() has found just now.
  Edge const& closingOne() const noexcept {
    Edge const* last = wait_;
    for (Node const* node = marked_.first; node != nullptr; node = node->nextMarked) {
      if (!node->isThread) continue;
      Edge const* const found = static_cast<ThreadToken const*>(node)->found;
      if (found->isAfter(*last)) last = found;
    }
    return *last;
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
  using Node = SearchNode<Platform>;
  using Verdict = typename Node::Verdict;
  enum class Pass : std::uint8_t { Find, Judge, Mark };
  enum class Goal : std::uint8_t { Self, Ended };
  friend class Dependencies<Platform, CycleSearch>;

  /// Looks at all that the wait depends on. True if it would never end.
  bool walk() {
    begin();
    dependencies_.of(*wait_);
    findAll();
    return (seesEnded_ && isStuck(Goal::Ended)) || (seesSelf_ && isStuck(Goal::Self));
  }

  void begin() noexcept {
    ++number_;
    found_ = {};
    seesSelf_ = seesEnded_ = seesNobody_ = false;
    pass_ = Pass::Find;
  }
  void findAll() {
    for (Node* node = found_.first; node != nullptr; node = node->after) judge(*node);
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
    Judged const judged = dependencies_.of(*wait_);
    isChanging_ = judged.isStuck && judged.leads && !markAll();
    return judged.isStuck && judged.leads && !isChanging_;
  }

  /// Finds those from which a way leads to the goal: the last ones that were found are the nearest.
  bool proveSome() {
    bool hasProven = false;
    for (Node* node = found_.last; node != nullptr; node = node->before) {
      if (node->verdict != Verdict::Open) continue;
      Judged const judged = judge(*node);
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
    if (!dependencies_.of(*wait_).isStuck) return false;
    for (Node* node = marked_.first; node != nullptr; node = node->nextMarked) {
      // What is stuck anyhow does not depend on the others, even if it needs some of them, too.
      pass_ = node->isDeserted && goal_ == Goal::Self ? Pass::Judge : Pass::Mark;
      if (!judge(*node).isStuck) return false;
    }
    return true;
  }

  void noteRead(void const* at, void const* read, std::uint64_t serial) noexcept {
    trace_.add(at, read, serial);
  }

  Judged judge(Node& node) {
    current_ = &node;
    Judged const judged = dependencies_.of(node);
    current_ = nullptr;
    return judged;
  }

  /// A thread that has to do something: once it has ended, never.
  Judged judgeParty(Party<Platform> const& party, bool isNamedOnce, bool mayHaveEnded = true) {
    ThreadToken* const thread = party.thread();
    noteRead(&party, thread, 0);
    bool const isSelf = thread == nullptr ? isSetUpBySelf(party) : thread == self_;
    if (pass_ == Pass::Find) {
      seesSelf_ = seesSelf_ || isSelf;
      seesNobody_ = seesNobody_ || thread == nullptr;
    }
    if (isSelf) return reach(Goal::Self, party, isNamedOnce);
    if (thread == nullptr) return {};
    if (thread->life.load(std::memory_order_seq_cst) == ThreadToken::Ended) {
      // Whoever closes an endpoint and then ends its thread, has closed it.
      if (!mayHaveEnded || party.isOver()) return {};
      if (pass_ == Pass::Find) seesEnded_ = true;
      reach(Goal::Ended, party, isNamedOnce);
      return {true, goal_ == Goal::Ended};
    }
    return enter(*thread, &party, isNamedOnce);
  }

  /// Whether this thread would have to answer for the party, which belongs to no thread. Another thread may
  /// come and answer; for that only waits go on that are not told first.
  bool isSetUpBySelf(Party<Platform> const& party) const noexcept {
    return wait_ != nullptr && wait_->told == Told::First && party.settledBy() == self_;
  }

  Judged reach(Goal goal, Party<Platform> const& party, bool isNamedOnce) noexcept {
    if (goal != goal_) return {};
    if (pass_ == Pass::Mark) way_.endsAt(current_, party, isNamedOnce);
    return {true, true};
  }

  /// Something that needs one of several things.
  template <class JudgeAll>
  Judged oneOf(JudgeAll&& judgeAll) {
    if (pass_ != Pass::Mark) return judgeAll();
    // None of them counts if another one is not stuck.
    pass_ = Pass::Judge;
    bool const areStuck = judgeAll().isStuck;
    pass_ = Pass::Mark;
    return areStuck ? judgeAll() : Judged{};
  }

  /// A thread that waits, or a Task.
  Judged enter(Node& node, Party<Platform> const* via, bool isNamedOnce) noexcept {
    if (pass_ == Pass::Find) {
      if (std::exchange(node.search, number_) != number_) found_.add(node);
      return {};
    }
    if (node.search != number_) return {};  // it has come since
    // A thread that waits for such a one is told, and goes on.
    bool const isSettled = node.isThread ? node.isDeserted || goal_ == Goal::Ended
                                         : node.isDeserted && goal_ == Goal::Self;
    Judged judged{node.verdict != Verdict::GoesOn,
                  node.verdict == Verdict::Stuck || node.verdict == Verdict::Marked};
    if (isSettled) judged = {!node.isThread, false};
    if (pass_ == Pass::Mark && judged.isStuck && node.verdict != Verdict::Marked) {
      marked_.add(node, current_, via, isNamedOnce);
    }
    return judged;
  }

  Dependencies<Platform, CycleSearch> const dependencies_{*this};
  ThreadToken* self_ = nullptr;  // that asks
  Edge const* wait_ = nullptr;   // which it asks about
  Pass pass_{};
  Goal goal_{};
  bool seesSelf_ = false, seesEnded_ = false, seesNobody_ = false;  // somewhere
  bool isChanging_ = false;   // something has gone since it was judged
  std::uint64_t number_ = 0;  // of the walk
  Trace trace_;               // of what was read of those that were marked
  FoundNodes<Platform> found_;
  MarkedNodes<Platform> marked_;
  Node* current_ = nullptr;  // that is judged; null: the wait
  FoundWay<Platform> way_;
};

}  // namespace tincan::inline abi0::detail
