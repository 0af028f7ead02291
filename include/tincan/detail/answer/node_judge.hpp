// tincan/detail/answer/node_judge.hpp - judges the threads and Tasks that a search for a cycle of waits comes upon
#pragma once

#include <atomic>
#include <cstdint>
#include <utility>

#include <tincan/detail/answer/dependencies.hpp>
#include <tincan/detail/answer/found_way.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/search_node.hpp>
#include <tincan/detail/answer/sleeping_waits.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>

namespace tincan::inline abi0::detail {

/// Judges each of them by those that it depends on, in several passes.
///
///   Threads   Under the lock of the WaitGraph, while its walk lasts: no wait that it reads goes away.
template <class Platform>
class NodeJudge {
 public:
  explicit NodeJudge(SleepingWaits<Platform> const& asleep) noexcept : asleep_(asleep) {}
  NodeJudge(NodeJudge const&) = delete;
  NodeJudge& operator=(NodeJudge const&) = delete;

 protected:
  using ThreadToken = ThreadTokenOf<Platform>;
  using Edge = Wait<Platform>;
  using Node = SearchNode<Platform>;
  using Verdict = typename Node::Verdict;
  enum class Pass : std::uint8_t { Find, Judge, Mark };
  /// Who would have to do something: the thread that asks, or one that has ended.
  enum class Goal : std::uint8_t { Self, Ended, Nobody };
  friend class Dependencies<Platform, NodeJudge>;

  ~NodeJudge() = default;

  /// Begins a walk for that thread, which asks about its wait; null: nobody does.
  void begin(ThreadToken* self, Edge const* wait) noexcept {
    self_ = self;
    wait_ = wait;
    ++number_;
    found_ = {};
    seesSelf_ = seesEnded_ = seesNobody_ = false;
    pass_ = Pass::Find;
  }

  Judged judgeWait() { return dependencies_.of(*wait_); }
  Judged judge(Node& node) {
    current_ = &node;
    Judged const judged = dependencies_.of(node);
    current_ = nullptr;
    return judged;
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
                                         : node.isDeserted && goal_ != Goal::Ended;
    Judged judged{node.verdict != Verdict::GoesOn,
                  node.verdict == Verdict::Stuck || node.verdict == Verdict::Marked};
    if (isSettled) judged = {!node.isThread, false};
    if (pass_ == Pass::Mark && judged.isStuck && node.verdict != Verdict::Marked) {
      marked_.add(node, current_, via, isNamedOnce);
    }
    return judged;
  }

  /// A thread that has to do something: once it has ended, never.
  Judged judgeParty(Party<Platform> const& party, bool isNamedOnce, bool mayHaveEnded = true) {
    ThreadToken* thread = party.thread();
    // Nobody polls it. If the thread that has set it up sleeps at the end of something, it cannot come and poll it
    // before that is over: it counts as the one who answers.
    if (thread == nullptr) thread = asleep_.atEnd(party.settledBy());
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

  ThreadToken* self_ = nullptr;  // that asks
  Edge const* wait_ = nullptr;   // which it asks about
  Pass pass_{};
  Goal goal_{};
  bool seesSelf_ = false, seesEnded_ = false, seesNobody_ = false;  // somewhere
  Trace trace_{};  // of what was read of those that were marked
  FoundNodes<Platform> found_{};
  MarkedNodes<Platform> marked_{};
  FoundWay<Platform> way_{};

 private:
  void noteRead(void const* at, void const* read, std::uint64_t serial) noexcept {
    trace_.add(at, read, serial);
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

  SleepingWaits<Platform> const& asleep_;
  Dependencies<Platform, NodeJudge> const dependencies_{*this};
  std::uint64_t number_ = 0;  // of the walk
  Node* current_ = nullptr;   // that is judged; null: the wait
};

}  // namespace tincan::inline abi0::detail
