// tests/unit/cycle_search.cpp - CycleSearch finds what a search of all sets of threads and Tasks finds
#include <tincan/detail/answer/cycle_search.hpp>

#include <algorithm>
#include <array>
#include <bit>
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "support.hpp"

namespace {

using Platform = tincan::detail::ThreadPlatform;
using tincan::detail::AnsweringTask;
using tincan::detail::AnswerState;
using tincan::detail::Suspended;
using tincan::detail::Suspension;
using tincan::detail::SuspensionBranch;
using tincan::detail::ThreadToken;
using Edge = tincan::detail::Wait<Platform>;

struct NamedParty final : tincan::detail::Party<Platform> {
  explicit NamedParty(std::string given) : name(std::move(given)) {}
  std::string displayName() const override { return name; }
  bool isOver() const noexcept override { return false; }
  std::string const name;
};

using Set = unsigned;  // of threads and Tasks, a bit for each

/// What somebody depends on: the sets of which one has to be stuck in full. Bit Ended stands for a thread that
/// has ended.
using Reasons = std::vector<Set>;
constexpr Set Ended = Set{1} << 31;

Reasons both(Reasons one, Reasons const& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}
Reasons either(Reasons const& one, Reasons const& other) {
  Reasons all;
  for (Set const a : one) {
    for (Set const b : other) all.push_back(a | b);
  }
  return all;
}

/// What a thread or a Task depends on: the loop where it goes on, and all of the members, or one of them.
struct Needs {
  Reasons loop;
  std::vector<Reasons> members;
  bool isOneEnough = false;

  /// `gone`: what is stuck for good. A member that needs only such has no other reason.
  Reasons reasons(Set gone) const {
    Reasons all;
    for (std::size_t m = 0; m < members.size(); ++m) {
      Reasons one = members[m];
      for (Set const reason : members[m]) {
        if ((reason & ~gone) == 0) one = {Ended};
      }
      all = m == 0 ? one : isOneEnough ? either(all, one) : both(all, one);
    }
    return both(loop, all);
  }
};

/// Threads that wait for each other and for Tasks, which are suspended on answers of threads.
class World {
 public:
  static constexpr unsigned Threads = 4, Tasks = 4;

  explicit World(std::uint32_t seed) : random_(seed) {
    for (unsigned i = 0; i < Threads; ++i) {
      parties_.emplace_back(std::string(1, static_cast<char>('A' + i)));
      parties_.back().setOwner(&tokens_[i]);
    }
    hasEnded_ = below(3) == 0;
    if (hasEnded_) tokens_[Threads - 1].life = ThreadToken::Ended;
    for (unsigned i = 0; i < Tasks; ++i) {
      if (below(8) != 0) suspend(i);
    }
    for (unsigned i = 0; i < Threads; ++i) {
      if (below(8) != 0 && !(hasEnded_ && i == Threads - 1)) wait(i);
    }
  }

  /// What the search says of each thread that waits: "" none, "cycle", "ended".
  std::string found(unsigned thread) {
    using Found = tincan::detail::CycleSearch<Platform>::Found;
    if (edges_[thread] == nullptr) return "";
    if (search_.find(tokens_[thread], *edges_[thread]) != Found::Stuck) return "";
    return search_.foundDeserted() ? "ended" : "cycle";
  }
  /// The thread whose wait has closed the cycle that was found last.
  unsigned closing() { return static_cast<unsigned>(search_.closingOne().thread - tokens_.data()); }
  std::string path() const { return search_.describe(); }

  /// Whether nothing of the thread's cycles would be stuck any more if that other one went on.
  bool isInAll(unsigned thread, unsigned other) const {
    Set const gone = goneForGood();
    Set rest = cyclesOf(thread) & ~bit(other);
    for (Set before = 0; before != rest;) {
      before = rest;
      for (unsigned node = 0; node < Nodes; ++node) {
        if (!hasReason(needs_[node].reasons(gone), rest | gone, rest)) rest &= ~bit(node);
      }
    }
    return rest == 0;
  }
  /// Whether one of the waits of the thread's cycles is in all of these.
  bool haveCommon(unsigned thread) const {
    for (unsigned other = 0; other < Threads; ++other) {
      bool const waits = edges_[other] != nullptr;
      if (waits && contains(cyclesOf(thread), other) && isInAll(thread, other)) return true;
    }
    return false;
  }

  std::string expected(unsigned thread) const {
    if (edges_[thread] == nullptr) return "";
    if (contains(stuckOnEnded(), thread)) return "ended";
    return isInCycle(thread) ? "cycle" : "";
  }

 private:
  static Set bit(unsigned node) noexcept { return Set{1} << node; }
  static bool contains(Set set, unsigned node) noexcept { return (set & bit(node)) != 0; }

  unsigned below(unsigned end) { return static_cast<unsigned>(random_() % end); }

  Reasons thread(unsigned i) const { return {hasEnded_ && i == Threads - 1 ? Ended : bit(i)}; }
  Reasons task(unsigned i) const { return {bit(Threads + i)}; }

  /// An answer: of a thread, or of one or several Tasks of one. Returns what it depends on.
  Reasons answer(AnswerState<Platform> const*& state, tincan::detail::Party<Platform> const*& asked,
                 AnsweringTask<Platform> const*& by, unsigned firstTask) {
    unsigned const at = below(Threads);
    asked = &parties_[at];
    AnswerState<Platform>& made = states_.emplace_back();
    state = &made;
    by = &answering_.emplace_back(nullptr);
    if (firstTask >= Tasks || below(3) == 0) return thread(at);
    made.defer();
    if (below(6) == 0) return {};  // nobody knows
    unsigned const first = firstTask + below(Tasks - firstTask);
    if (below(2) == 0) {
      answering_.back().store(&tasks_[first]);
      return both(thread(at), task(first));
    }
    unsigned const second = firstTask + below(Tasks - firstTask);
    Suspended<Platform>& any = on_.emplace_back();
    any.isOneEnough = true;
    any.branches = branch(first, branch(second, nullptr));
    Suspension<Platform>& suspension = anyOf_.emplace_back();
    suspension.publish(any);
    answering_.back().store(&suspension);
    return both(thread(at), either(task(first), task(second)));
  }

  SuspensionBranch<Platform>* branch(unsigned inner, SuspensionBranch<Platform>* next) {
    Suspended<Platform>& on = on_.emplace_back();
    on.inner = &tasks_[inner];
    return publishBranch(on, next);
  }
  SuspensionBranch<Platform>* publishBranch(Suspended<Platform> const& on,
                                            SuspensionBranch<Platform>* next) {
    SuspensionBranch<Platform>& made = branches_.emplace_back();
    made.publish(on);
    made.next = next;
    return &made;
  }

  void suspend(unsigned i) {
    Suspended<Platform>& on = on_.emplace_back();
    Needs& needs = needs_[Threads + i];
    unsigned const members = 1 + below(3);
    if (members == 1) {
      needs.members = {answer(on.state, on.target, on.answeredBy, below(2) == 0 ? 0 : i + 1)};
    } else {
      needs.isOneEnough = on.isOneEnough = below(2) == 0;
      for (unsigned m = 0; m < members; ++m) {
        Suspended<Platform>& one = on_.emplace_back();
        Reasons& why = needs.members.emplace_back();
        if (below(6) != 0) why = answer(one.state, one.target, one.answeredBy, 0);
        on.branches = publishBranch(one, on.branches);
      }
    }
    unsigned const home = below(Threads);
    on.resumesAt = &parties_[home];
    needs.loop = thread(home);
    tasks_[i].publish(on);
  }

  void wait(unsigned i) {
    AnswerState<Platform> const* state = nullptr;
    tincan::detail::Party<Platform> const* asked = nullptr;
    AnsweringTask<Platform> const* by = nullptr;
    needs_[i].members = {answer(state, asked, by, 0)};
    // The wait itself sees when the thread that was asked has ended.
    if (!state->handedOn() && needs_[i].members[0] == Reasons{Ended}) needs_[i].members[0].clear();
    edges_[i].reset(new Edge{const_cast<AnswerState<Platform>*>(state), asked, &parties_[i],
                             &tokens_[i], true, below(4), by});
    tokens_[i].waiting = &*edges_[i];
  }

  // ---- by trying all sets ----

  static constexpr unsigned Nodes = Threads + Tasks;

  /// The largest set of which each is stuck as long as the others, and what is `gone`, are; and from each of
  /// which a way inside of it leads to one of the `goals`.
  Set largest(Set among, Set gone, Set goals) const {
    std::array<Reasons, Nodes> reasons;
    for (unsigned node = 0; node < Nodes; ++node) reasons[node] = needs_[node].reasons(gone);
    Set best = 0;
    for (Set set = 0; set < (Set{1} << Nodes); ++set) {
      if ((set & ~among) != 0 || std::popcount(set) <= std::popcount(best)) continue;
      if (leading(set, set | gone | goals, goals, reasons) == set) best = set;
    }
    return best;
  }
  /// Those of the set that are stuck as long as `stuck` is, by a reason from which a way leads to the goals.
  static Set leading(Set set, Set stuck, Set goals, std::array<Reasons, Nodes> const& reasons) {
    Set found = 0;
    for (Set before = 1; before != found;) {
      before = found;
      for (unsigned node = 0; node < Nodes; ++node) {
        if (contains(set, node) && hasReason(reasons[node], stuck, found | goals))
          found |= bit(node);
      }
    }
    return found;
  }
  /// Whether one of the reasons is a part of `stuck` that has some of `towards`.
  static bool hasReason(Reasons const& reasons, Set stuck, Set towards) {
    return std::any_of(reasons.begin(), reasons.end(), [&](Set reason) {
      return (reason & ~stuck) == 0 && (reason & towards) != 0;
    });
  }

  static constexpr Set AllTasks = ((Set{1} << Tasks) - 1) << Threads;
  static constexpr Set AllThreads = (Set{1} << Threads) - 1;

  /// Those that only threads that have ended could let go on; who waits for such a thread is told.
  Set stuckOnEnded() const {
    Set const tasks = largest(AllTasks, 0, Ended);
    Set all = tasks;
    for (unsigned node = 0; node < Threads; ++node) {
      if (hasReason(needs_[node].reasons(0), tasks | Ended, tasks | Ended)) all |= bit(node);
    }
    return all;
  }

  Set goneForGood() const { return (stuckOnEnded() & AllTasks) | Ended; }

  /// Those that are stuck until the thread does something.
  Set stuckOn(unsigned self) const {
    Set const others = (AllThreads | AllTasks) & ~stuckOnEnded() & ~bit(self);
    return largest(others, goneForGood(), bit(self));
  }
  /// Whether the thread, which does not wait for one that has ended, is in a cycle.
  bool isInCycle(unsigned self) const {
    Set const gone = goneForGood(), stuck = stuckOn(self);
    return hasReason(needs_[self].reasons(gone), stuck | gone | bit(self), stuck | bit(self));
  }
  /// The thread, and those of them that it depends on.
  Set cyclesOf(unsigned self) const {
    Set const gone = goneForGood(), stuck = stuckOn(self) | bit(self);
    Set all = bit(self);
    for (Set before = 0; before != all;) {
      before = all;
      for (unsigned node = 0; node < Nodes; ++node) {
        if (!contains(all, node)) continue;
        for (Set const reason : needs_[node].reasons(gone)) {
          if ((reason & ~(stuck | gone)) == 0) all |= reason & stuck;
        }
      }
    }
    return all;
  }

  std::mt19937 random_;
  bool hasEnded_ = false;
  std::array<ThreadToken, Threads> tokens_;
  std::deque<NamedParty> parties_;
  std::deque<AnswerState<Platform>> states_;
  std::deque<AnsweringTask<Platform>> answering_;
  std::deque<Suspended<Platform>> on_;
  std::deque<SuspensionBranch<Platform>> branches_;
  std::deque<Suspension<Platform>> anyOf_;
  std::array<Suspension<Platform>, Tasks> tasks_;
  std::array<std::unique_ptr<Edge>, Threads> edges_;
  std::array<Needs, Nodes> needs_;
  tincan::detail::SleepingWaits<Platform> const
      asleep_;  // nobody: all is looked at, whether it sleeps or not
  tincan::detail::CycleSearch<Platform> search_{asleep_};
};

}  // namespace

TEST_CASE("14: what would never end is found as by a search of all sets") {
  unsigned cycles = 0, ended = 0, none = 0, common = 0, several = 0;
  for (std::uint32_t seed = 0; seed < 2000; ++seed) {
    World world(seed);
    for (unsigned thread = 0; thread < World::Threads; ++thread) {
      CAPTURE(seed, thread);
      std::string const found = world.found(thread);
      REQUIRE(found == world.expected(thread));
      ++(found.empty() ? none : found == "cycle" ? cycles : ended);
      if (found == "cycle") {
        std::string const name(1, static_cast<char>('A' + thread)), path = world.path();
        CAPTURE(path);
        REQUIRE(path.substr(0, 4) == name + " > ");
        REQUIRE(path.substr(path.size() - 4) == " > " + name);
        // Whoever leaves it to another one to be told relies on that one to find the same.
        unsigned const closing = world.closing();
        REQUIRE(world.found(closing) == "cycle");
        REQUIRE(world.closing() == closing);
        bool const haveCommon = world.haveCommon(thread);
        if (haveCommon) REQUIRE(world.isInAll(thread, closing));
        ++(haveCommon ? common : several);
      } else if (found == "ended") {
        REQUIRE(test::contains(world.path(), " > D, whose thread has ended"));
      }
    }
  }
  REQUIRE(cycles > 300);
  REQUIRE(ended > 100);
  REQUIRE(none > 1000);
  REQUIRE(common > 300);
  REQUIRE(several > 0);
}
