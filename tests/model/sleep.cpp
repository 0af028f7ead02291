// tests/model/sleep.cpp - the owner of an inbox never sleeps while there is something for it
#include "message.hpp"

namespace {

using namespace model;
using tincan::detail::NoDeadline;

/// `Writers` threads send `Each` messages; the last thread, the owner, is to have them all.
template <class Derived, bool Heavy, int Writers, int Each, int Others = 0>
struct Inboxed : Scenario<Derived, Writers + Others + 1, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;
  using Pushed = typename Inbox<Platform>::Pushed;

  static constexpr unsigned Owner = Writers + Others;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::unique_ptr<LaneType> lanes[Writers];
  int received[Writers] = {};
  int left = Writers * Each;

  void before() {
    for (auto& lane : lanes) {
      lane = std::make_unique<LaneType>();
      inbox->prepare(*lane);
    }
  }
  void write(unsigned index, auto&& onWake) {
    Clock clock;
    for (int i = 0; i < Each; ++i) {
      auto const pushed = clock.send(*inbox, *lanes[index], i);
      MODEL_REQUIRE(pushed != Pushed::Closed);
      if (pushed == Pushed::Wake) onWake();
    }
  }
  static void notArmed() { MODEL_REQUIRE(false); }

  std::size_t round() {
    return inbox->round([this](LaneType& lane, Cell<Platform>& cell) {
      std::size_t index = 0;
      while (lanes[index].get() != &lane) ++index;
      MODEL_REQUIRE(take(lane, cell) == received[index]++);
      --left;
      return true;
    });
  }
  void after() { MODEL_REQUIRE(left == 0); }
};

/// Sleeps whenever a round has found nothing.
template <bool Heavy, int Writers, int Each>
struct Sleeps : Inboxed<Sleeps<Heavy, Writers, Each>, Heavy, Writers, Each> {
  void thread(unsigned index) {
    if (index != this->Owner) return this->write(index, this->notArmed);
    while (this->left != 0) {
      if (this->round() == 0) this->inbox->sleep(NoDeadline, [] { return false; });
    }
  }
};

/// A sleep that may time out, and then one that may not.
template <bool Heavy>
struct TimesOut : Inboxed<TimesOut<Heavy>, Heavy, 1, 2> {
  void thread(unsigned index) {
    if (index != this->Owner) return this->write(index, this->notArmed);
    bool again = false;
    while (this->left != 0) {
      if (this->round() != 0) continue;
      this->inbox->sleep(again ? NoDeadline : 1, [] { return false; });
      again = true;
    }
  }
};

/// One thread interrupts; the owner goes once it has noticed that and has all messages.
template <bool Heavy, bool BySignal>
struct Interrupted : Inboxed<Interrupted<Heavy, BySignal>, Heavy, 1, 1, 1> {
  static constexpr unsigned Writers = 1;
  Atomic<std::uint32_t> flag{0};
  tincan::detail::AsymmetricFlag<model::Platform<Heavy>> signal;

  void thread(unsigned index) {
    if (index < Writers) return this->write(index, this->notArmed);
    if (index != this->Owner) {
      if (BySignal) signal.set(1);
      else flag.store(1, std::memory_order_seq_cst);
      this->inbox->interrupt();
      return;
    }
    bool noticed = false;
    auto const notices = [&] {
      if (noticed) return false;
      return (BySignal ? signal.peek() : flag.load(std::memory_order_seq_cst)) != 0;
    };
    while (!noticed || this->left != 0) {
      if (notices()) {
        noticed = true;
        continue;
      }
      if (this->round() == 0) this->inbox->sleep(NoDeadline, notices);
    }
  }
};

/// The owner waits in a loop of somebody else's, which a writer wakes exactly when it is told to.
template <bool Heavy, int Writers, int Each>
struct Armed : Inboxed<Armed<Heavy, Writers, Each>, Heavy, Writers, Each> {
  using Platform = model::Platform<Heavy>;
  Atomic<std::uint32_t> loop{0};
  int armed = 0;
  int woken[Writers] = {};

  void thread(unsigned index) {
    if (index != this->Owner) {
      return this->write(index, [&] {
        ++woken[index];
        loop.store(1, std::memory_order_release);
        Platform::wake(loop);
      });
    }
    while (this->left != 0) {
      if (this->round() != 0) continue;
      if (!this->inbox->arm()) continue;
      MODEL_REQUIRE(this->left != 0);
      ++armed;
      while (loop.load(std::memory_order_acquire) == 0) Platform::sleep(loop, 0, NoDeadline);
      loop.store(0, std::memory_order_relaxed);
    }
  }
  void after() {
    MODEL_REQUIRE(this->left == 0);
    int wakes = 0;
    for (int const count : woken) wakes += count;
    MODEL_REQUIRE(wakes == armed);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Sleeps<false, 1, 3>>("sleep: one writer");
  explorer.run<Sleeps<true, 1, 3>>("sleep: one writer, heavy barrier");
  explorer.run<Sleeps<false, 2, 1>>("sleep: two writers");
  explorer.run<Sleeps<true, 2, 1>>("sleep: two writers, heavy barrier");
  explorer.run<TimesOut<false>>("sleep: with a deadline");
  explorer.run<TimesOut<true>>("sleep: with a deadline, heavy barrier");
  explorer.run<Interrupted<false, false>>("sleep: interrupted");
  explorer.run<Interrupted<true, false>>("sleep: interrupted, heavy barrier");
  explorer.run<Interrupted<false, true>>("sleep: interrupted after a signal");
  explorer.run<Interrupted<true, true>>("sleep: interrupted after a signal, heavy barrier");
  explorer.run<Armed<false, 1, 3>>("sleep: armed");
  explorer.run<Armed<true, 1, 3>>("sleep: armed, heavy barrier");
  explorer.run<Armed<false, 2, 1>>("sleep: armed, two writers");
  explorer.run<Armed<true, 2, 1>>("sleep: armed, two writers, heavy barrier");
  return explorer.result();
}
