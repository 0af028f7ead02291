// tincan/detail/answer/dependencies.hpp - what a thread that waits, or a Task, depends on
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/party.hpp>
#include <tincan/detail/answer/search_node.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/answer/thread_token.hpp>
#include <tincan/detail/answer/wait.hpp>
#include <tincan/detail/base/narrowed.hpp>

namespace tincan::inline abi0::detail {

/// How a search judges something that is waited for.
struct Judged {
  bool isStuck = false;
  bool leads = false;  // it is, and a way leads to the goal

  /// Of two things that are both needed.
  friend Judged both(Judged a, Judged b) noexcept {
    return {a.isStuck || b.isStuck, a.leads || b.leads};
  }
  /// Of two things of which one would do.
  friend Judged either(Judged a, Judged b) noexcept {
    bool const areStuck = a.isStuck && b.isStuck;
    return {areStuck, areStuck && (a.leads || b.leads)};
  }
};

/// A sum of what was read, by which a second look tells whether it is still so.
class Trace {
 public:
  void add(void const* at, void const* read, std::uint64_t serial) noexcept {
    constexpr std::uint64_t Odd = 0x9E3779B97F4A7C15;
    auto const number = [](void const* address) {
      return narrowed<std::uint64_t>(reinterpret_cast<std::uintptr_t>(address));
    };
    sum_ += ((number(at) * Odd ^ number(read)) * Odd ^ serial) * Odd;
  }
  friend bool operator==(Trace const&, Trace const&) = default;

 private:
  std::uint64_t sum_ = 0;
};

/// Reads what somebody depends on, and judges that by how its parts are judged.
///
/// `Search` judges a thread that has to do something, by judgeParty(); a thread that waits, or a Task, by enter(); and
/// is told of all that was read, by noteRead(). What one of several branches is enough for it lets judge by oneOf().
///
///   Threads   Under the lock of the WaitGraph, while its walk lasts: no wait that it reads goes away.
template <class Platform, class Search>
class Dependencies {
 public:
  using Node = SearchNode<Platform>;
  using ThreadToken = ThreadTokenOf<Platform>;

  explicit Dependencies(Search& search) noexcept : search_(search) {}

  Judged of(Node& node) const {
    return node.isThread ? of(static_cast<ThreadToken&>(node))
                         : of(static_cast<Suspension<Platform>&>(node));
  }

  Judged of(ThreadToken& thread) const {
    // acquire: read before the wait that it numbers; a later one has another number.
    std::uint64_t const serial = thread.serial.load(std::memory_order_acquire);
    // acquire: pairs with the release in WaitGraph::publish(), and what the wait holds is visible.
    thread.found = thread.waiting.load(std::memory_order_acquire);
    search_.noteRead(&thread, thread.found, serial);
    return thread.found == nullptr ? Judged{} : of(*thread.found);
  }

  Judged of(Wait<Platform> const& wait) const {
    if (wait.isOver()) return {};
    // The wait itself sees when that thread has ended.
    if (wait.state->pending()) return search_.judgeParty(*wait.target, false, false);
    return ofAnswer(*wait.state, *wait.target, wait.answeredBy);
  }

  Judged of(Suspension<Platform>& task) const {
    // acquire: read before what it numbers; a later publish() gives another number.
    std::uint64_t const serial = task.serial.load(std::memory_order_acquire);
    Suspended<Platform> const* const on = task.at.load(std::memory_order_seq_cst);
    search_.noteRead(&task, on, serial);
    if (on == nullptr) return {};
    Judged needed;
    if (on->inner != nullptr) {
      needed = search_.enter(*on->inner, nullptr, false);
    } else if (on->branches != nullptr) {
      needed = on->isOneEnough ? search_.oneOf([&] { return ofBranches(*on); }) : ofBranches(*on);
    } else if (on->state != nullptr && !on->target->isOver()) {
      needed = ofAnswer(*on->state, *on->target, on->answeredBy);
    }
    return on->resumesAt == nullptr ? needed
                                    : both(search_.judgeParty(*on->resumesAt, true), needed);
  }

 private:
  Judged ofAnswer(AnswerState<Platform> const& state, Party<Platform> const& asked,
                  AnsweringTask<Platform> const* answeredBy) const {
    if (state.pending()) return search_.judgeParty(asked, false);
    if (answeredBy == nullptr || !state.handedOn()) return {};
    // seq_cst, as all loads of this kind here: see Suspension::publish().
    Suspension<Platform>* const task = answeredBy->load(std::memory_order_seq_cst);
    if (task == nullptr) return {};
    // A Task that has ended answers in the loop of the endpoint that was asked.
    return both(search_.judgeParty(asked, false), search_.enter(*task, &asked, false));
  }

  Judged ofBranches(Suspended<Platform> const& on) const {
    Judged all = search_.enter(*on.branches, nullptr, false);
    for (auto* one = on.branches->next; one != nullptr; one = one->next) {
      Judged const next = search_.enter(*one, nullptr, false);
      all = on.isOneEnough ? either(all, next) : both(all, next);
    }
    return all;
  }

  Search& search_;
};

}  // namespace tincan::inline abi0::detail
