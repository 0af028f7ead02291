// tests/model/answer.cpp - an answer passes to the one who waits, or stays with the one who gives
//
// Relacy reports a touch of an answer that has been deleted, one that nobody deletes, and one that
// is deleted twice.
#include <tincan/detail/answer/answer_state.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using tincan::detail::NoDeadline;
using Platform = model::Platform<false>;

struct Answer {
  tincan::detail::AnswerState<Platform> state;
  Plain<int> value;   // the responder's, then the waiter's
  Plain<int> reason;  // for leaving: the waiter's, then the responder's
  Plain<int> toStop;  // the responder's, then that of the waiter who leaves
};

/// Thread 0 waits. What it deletes, it deletes as soon as it may.
template <class Derived, int Threads>
struct Asked : Scenario<Derived, Threads, Platform> {
  Answer* answer = nullptr;
  int taken = 0;

  void before() {
    answer = new Answer;
    answer->state.reset();
  }
  void give() {
    answer->value = 42;
    using Published = typename decltype(answer->state)::Published;
    if (answer->state.publish() == Published::Abandoned) drop();
  }
  void take() {
    MODEL_REQUIRE(answer->value == 42);
    ++taken;
    delete answer;
  }
  bool abandon() {
    answer->reason = 7;
    return answer->state.abandon([] {});
  }
  /// The responder's, once the waiter has left.
  void drop() {
    MODEL_REQUIRE(answer->value == 42 && answer->reason == 7);
    delete answer;
  }
};

struct Comes : Asked<Comes, 2> {
  void thread(unsigned index) {
    if (index != 0) return give();
    while (!answer->state.ready()) answer->state.sleep(NoDeadline);
    take();
  }
  void after() { MODEL_REQUIRE(taken == 1); }
};

/// The waiter polls, and never sleeps.
struct Polled : Asked<Polled, 2> {
  void thread(unsigned index) {
    if (index != 0) return give();
    while (!answer->state.ready()) Platform::yield();
    take();
  }
  void after() { MODEL_REQUIRE(taken == 1); }
};

/// The waiter gives up, asleep or not.
struct TimesOut : Asked<TimesOut, 2> {
  void thread(unsigned index) {
    if (index != 0) return give();
    answer->state.sleep(1);
    if (answer->state.ready() || !abandon()) {
      MODEL_REQUIRE(answer->state.ready());
      take();
    }
  }
};

/// The responder offers something to stop. If the waiter leaves, one of the two stops it.
struct Stops : Asked<Stops, 2> {
  bool hasLeft = false;
  int stopped = 0;

  void thread(unsigned index) {
    if (index != 0) {
      answer->toStop = 9;
      if (!answer->state.offerStop()) ++stopped;
      return give();
    }
    int seen = 0;
    answer->reason = 7;
    hasLeft = answer->state.abandon([&] { seen = answer->toStop; });
    if (!hasLeft) return take();
    MODEL_REQUIRE(seen == 0 || seen == 9);
    stopped += seen == 9 ? 1 : 0;
  }
  void after() { MODEL_REQUIRE(!hasLeft || stopped == 1); }
};

/// The responder defers and hands the answer to a third thread; a waiter that gives up all the same.
template <bool GivesUp>
struct Deferred : Asked<Deferred<GivesUp>, 3> {
  Atomic<std::uint32_t> handed{0};

  void thread(unsigned index) {
    auto& state = this->answer->state;
    if (index == 1) {
      MODEL_REQUIRE(state.pending() || state.abandoned());
      state.defer();
      handed.store(1, std::memory_order_release);
    } else if (index == 2) {
      while (handed.load(std::memory_order_acquire) == 0) Platform::yield();
      MODEL_REQUIRE(!state.pending());
      MODEL_REQUIRE(state.deferred());
      this->give();
    } else if (GivesUp) {
      state.sleep(1);
      if (!state.ready() && this->abandon()) return;
      this->take();
    } else {
      while (!state.ready()) state.sleep(NoDeadline);
      this->take();
    }
  }
};

/// A third thread says that something has happened, and nudges whoever is known to wait: the waiter
/// notices, and leaves. `Answers`: there may be an answer as well.
template <bool Answers>
struct Nudged : Asked<Nudged<Answers>, Answers ? 3 : 2> {
  Plain<int> reason{0};
  Atomic<std::uint32_t> closing{0};
  rl::mutex waiters;
  bool waits = true;
  bool left = false;

  void thread(unsigned index) {
    auto& state = this->answer->state;
    if (index == 2) return this->give();
    if (index == 1) {
      reason = 7;
      closing.store(1, std::memory_order_release);
      waiters.lock({__FUNCTION__, __FILE__, __LINE__});
      if (waits) state.nudge();
      waiters.unlock({__FUNCTION__, __FILE__, __LINE__});
      return;
    }
    for (;;) {
      if (state.ready()) break;
      if (closing.load(std::memory_order_acquire) != 0) {
        MODEL_REQUIRE(reason == 7);
        left = true;
        break;
      }
      state.sleep(NoDeadline);
    }
    waiters.lock({__FUNCTION__, __FILE__, __LINE__});
    waits = false;
    waiters.unlock({__FUNCTION__, __FILE__, __LINE__});
    if (left && this->abandon()) {
      if (!Answers) delete this->answer;
    } else {
      this->take();
    }
  }
  void after() { MODEL_REQUIRE(Answers || left); }
};

/// A nudge that is about nothing: the waiter looks around and sleeps again.
struct NudgedForNothing : Asked<NudgedForNothing, 3> {
  rl::mutex waiters;
  bool waits = true;

  void thread(unsigned index) {
    if (index == 2) return give();
    if (index == 0) {
      while (!answer->state.ready()) answer->state.sleep(NoDeadline);
    }
    waiters.lock({__FUNCTION__, __FILE__, __LINE__});
    if (index == 0) waits = false;
    else if (waits) answer->state.nudge();
    waiters.unlock({__FUNCTION__, __FILE__, __LINE__});
    if (index == 0) take();
  }
  void after() { MODEL_REQUIRE(taken == 1); }
};

/// The waiter does not wait: the responder brings the answer to its inbox, which may be closed by then; or
/// the waiter does without it while it is on its way.
enum class Then { Takes, Closes, Forgoes };
template <Then then>
struct Elsewhere : Asked<Elsewhere<then>, 2> {
  enum Inbox : std::uint32_t { Empty, Arrived, Closed };
  Atomic<std::uint32_t> inbox{Empty};
  Plain<int> home{0};  // the waiter's, then the responder's

  void thread(unsigned index) {
    auto& state = this->answer->state;
    if (index == 1) return bring();
    home = 3;
    if (!state.proceedElsewhere()) return this->take();
    if (then == Then::Closes) {
      if (inbox.exchange(Closed, std::memory_order_acq_rel) == Arrived) lose();
      if (!this->abandon() && state.forgo()) this->drop();
      return;
    }
    if (then == Then::Forgoes) {
      if (this->abandon()) return;
      MODEL_REQUIRE(!state.forgo());  // never lost: the inbox stays open
    }
    while (inbox.load(std::memory_order_acquire) != Arrived) Platform::yield();
    if (then == Then::Forgoes) this->drop();
    else this->take();
  }

  void bring() {
    using Published = typename decltype(this->answer->state)::Published;
    this->answer->value = 42;
    Published const published = this->answer->state.publish();
    if (published == Published::Abandoned) this->drop();
    if (published != Published::Elsewhere) return;
    MODEL_REQUIRE(home == 3);
    std::uint32_t expected = Empty;
    if (!inbox.compare_exchange_strong(expected, Arrived, std::memory_order_acq_rel,
                                       std::memory_order_acquire)) {
      lose();
    }
  }
  void lose() {
    if (this->answer->state.undelivered()) this->drop();
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Comes>("answer: comes", 4);
  explorer.run<Polled>("answer: comes to one who polls", 4);
  explorer.run<TimesOut>("answer: too late, or just in time", 4);
  explorer.run<Stops>("answer: is stopped", 4);
  explorer.run<Deferred<false>>("answer: deferred", 3);
  explorer.run<Deferred<true>>("answer: deferred, too late or not", 3);
  explorer.run<Nudged<false>>("answer: does not come, but a nudge", 4);
  explorer.run<Nudged<true>>("answer: comes, and a nudge", 3);
  explorer.run<NudgedForNothing>("answer: comes, and a nudge for nothing", 3);
  explorer.run<Elsewhere<Then::Takes>>("answer: is brought", 4);
  explorer.run<Elsewhere<Then::Closes>>("answer: is brought to one who closes", 4);
  explorer.run<Elsewhere<Then::Forgoes>>("answer: is brought to one who does without", 4);
  return explorer.result();
}
