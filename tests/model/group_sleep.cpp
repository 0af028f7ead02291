// tests/model/group_sleep.cpp - the owner of two inboxes never sleeps while there is something for it in one of them
#include "message.hpp"

#include <tincan/detail/queue/group_bell.hpp>

namespace {

using namespace model;
using tincan::detail::NoDeadline;

/// Two threads send to an inbox each; a third one may interrupt; the last one, the owner, sleeps in both. Its bell is
/// another one in each sleep: nobody may ring one that is gone.
template <class Derived, bool Heavy, int Each, int Others>
struct TwoInboxes : Scenario<Derived, 3 + Others, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;
  using Pushed = typename Inbox<Platform>::Pushed;

  static constexpr unsigned Writers = 2, Owner = 2 + Others;

  std::unique_ptr<Inbox<Platform>> inboxes[Writers];
  std::unique_ptr<LaneType> lanes[Writers];
  int received[Writers] = {};
  int left = static_cast<int>(Writers) * Each;

  void before() {
    for (unsigned i = 0; i < Writers; ++i) {
      inboxes[i] = std::make_unique<Inbox<Platform>>();
      lanes[i] = std::make_unique<LaneType>();
      inboxes[i]->prepare(*lanes[i]);
    }
  }
  void write(unsigned index) {
    Clock clock;
    for (int i = 0; i < Each; ++i) {
      auto const pushed = clock.send(*inboxes[index], *lanes[index], i);
      MODEL_REQUIRE(pushed == Pushed::Fine);
    }
  }

  std::size_t rounds() {
    std::size_t count = 0;
    for (unsigned index = 0; index < Writers; ++index) {
      count += inboxes[index]->round([this, index](LaneType& lane, Cell<Platform>& cell) {
        MODEL_REQUIRE(take(lane, cell) == received[index]++);
        --left;
        return true;
      });
    }
    return count;
  }
  /// As runAll().
  void sleep(tincan::detail::Nanoseconds deadline, auto&& notice) {
    auto const bell = std::make_unique<tincan::detail::GroupBell<Platform>>();
    unsigned asleep = 0;
    while (asleep < Writers && inboxes[asleep]->fallAsleep(*bell)) ++asleep;
    if (asleep == Writers && !notice()) bell->wait(deadline);
    std::uint32_t rings = 0;
    for (unsigned i = 0; i < asleep; ++i) rings += inboxes[i]->wakeUp() ? 0 : 1;
    bell->waitForRings(rings);
  }
  void after() { MODEL_REQUIRE(left == 0); }
};

template <bool Heavy, int Each>
struct SleepsInBoth : TwoInboxes<SleepsInBoth<Heavy, Each>, Heavy, Each, 0> {
  void thread(unsigned index) {
    if (index != this->Owner) return this->write(index);
    bool again = false;
    while (this->left != 0) {
      if (this->rounds() != 0) continue;
      this->sleep(again ? NoDeadline : 1, [] { return false; });
      again = true;
    }
  }
};

/// One thread interrupts the sleep in the second inbox.
template <bool Heavy>
struct InterruptedInBoth : TwoInboxes<InterruptedInBoth<Heavy>, Heavy, 1, 1> {
  Atomic<std::uint32_t> flag{0};

  void thread(unsigned index) {
    if (index < this->Writers) return this->write(index);
    if (index != this->Owner) {
      flag.store(1, std::memory_order_seq_cst);
      this->inboxes[1]->interrupt();
      return;
    }
    bool noticed = false;
    auto const notices = [&] { return !noticed && flag.load(std::memory_order_seq_cst) != 0; };
    while (!noticed || this->left != 0) {
      if (notices()) noticed = true;
      else if (this->rounds() == 0) this->sleep(NoDeadline, notices);
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<SleepsInBoth<false, 1>>("group sleep: one message each");
  explorer.run<SleepsInBoth<true, 1>>("group sleep: one message each, heavy barrier");
  explorer.run<SleepsInBoth<false, 2>>("group sleep: two messages each");
  explorer.run<InterruptedInBoth<false>>("group sleep: interrupted");
  explorer.run<InterruptedInBoth<true>>("group sleep: interrupted, heavy barrier");
  return explorer.result();
}
