// tests/model/bounds.cpp - a lane that may hold so many messages: the sender waits for room, or drops
// the oldest
#include <mutex>

#include <tincan/detail/message/bounds.hpp>

#include "message.hpp"

namespace {

using namespace model;
using tincan::detail::NoDeadline;
using Platform = model::Platform<false>;

/// The writer waits whenever a message waits that the reader has not taken. As in waitForRoom() and in
/// MessageLane, with the orders of its counts.
struct Blocks : Scenario<Blocks, 2, Platform> {
  static constexpr std::uint64_t Count = 3;
  static constexpr std::uint64_t Capacity = 1;

  std::unique_ptr<Lane<Platform>> lane = std::make_unique<Lane<Platform>>();
  tincan::detail::RoomBell<Platform> bell;
  std::uint64_t pushed = 0;
  Atomic<std::uint64_t> taken{0};
  Atomic<std::uint64_t> takenAt{0};
  int received = 0;

  void thread(unsigned index) {
    if (index == 0) write();
    else read();
  }
  void write() {
    Clock clock;
    for (; pushed < Count; ++pushed) {
      if (pushed - taken.load(std::memory_order_acquire) >= Capacity) waitForRoom();
      // That there is room tells what the reader knew when it made it.
      std::uint64_t const gone = taken.load(std::memory_order_acquire);
      MODEL_REQUIRE(takenAt.load(std::memory_order_relaxed) >= gone);
      clock.publish(*lane, static_cast<int>(pushed));
    }
  }
  void waitForRoom() {
    for (;;) {
      bell.wantRoom();
      if (pushed - taken.load(std::memory_order_acquire) < Capacity) return;
      while (!bell.room.ready()) bell.room.sleep(NoDeadline);
    }
  }
  void read() {
    while (received < static_cast<int>(Count)) {
      auto* const cell = lane->front();
      if (cell == nullptr) {
        Platform::yield();
        continue;
      }
      lane->pop();
      MODEL_REQUIRE(take(*lane, *cell) == received++);
      auto const count = static_cast<std::uint64_t>(received);
      takenAt.store(count, std::memory_order_relaxed);
      taken.store(count, std::memory_order_release);
      bell.roomMade();
    }
  }
};

/// As MessageLane: the reader's side is under a lock, since the writer drops what waits. The lowest bit
/// of a word says that there is nothing in the cell any more.
struct SharedLane : tincan::detail::Lane<Platform, model::Cell<Platform>, 2, 1> {
  using Base = tincan::detail::Lane<Platform, model::Cell<Platform>, 2, 1>;
  static constexpr std::uint64_t Nothing = 1;

  static bool holds(model::Cell<Platform>& cell) {
    return (cell.word.load(std::memory_order_relaxed) & Nothing) == 0;
  }

  template <class F>
  auto guarded(F&& access) {
    std::lock_guard const lock(mutex);
    return access();
  }
  model::Cell<Platform>* front() {
    return guarded([&] { return Base::front(); });
  }
  std::uint64_t frontWord() {
    return guarded([&] { return Base::frontWord(); });
  }
  Taken take(std::uint64_t limit) {
    return guarded([&] { return Base::take(limit); });
  }
  View look() {
    return guarded([&] { return Base::look(); });
  }
  Visible visibleNow() {
    return guarded([&] { return Base::visibleNow(); });
  }
  std::uint64_t lookAgain() {
    return guarded([&] { return Base::lookAgain(); });
  }
  void unpin() {
    guarded([&] {
      Base::unpin();
      return 0;
    });
  }

  /// As dropOldest(): the value that was dropped, or -1.
  int dropOldest() {
    model::Cell<Platform>* cell = nullptr;
    {
      std::lock_guard const lock(mutex);
      cell = Base::seek(oldest, holds);
      MODEL_REQUIRE(oldest.position >= Base::popped());
      if (cell == nullptr) return -1;
      std::uint64_t const word = cell->word.load(std::memory_order_relaxed);
      cell->word.store(word | Nothing, std::memory_order_relaxed);
      Base::pin();
      while (auto* const first = Base::front()) {
        if (holds(*first)) break;
        Base::pop();
        Base::unpin();
      }
    }
    int const dropped = cell->value;
    unpin();
    return dropped;
  }

  SharedLane* nextEnlisted = nullptr;
  SharedLane* nextGone = nullptr;
  tincan::detail::LaneAtInbox atInbox;
  Mutex mutex;
  Cursor oldest;
};

/// The writer of the first lane drops its oldest message before each but the first, while the reader
/// takes them, or merges both lanes: every message is handled or dropped, once, and in order.
template <unsigned Lanes>
struct DropsOldest : Scenario<DropsOldest<Lanes>, Lanes + 1, Platform> {
  using InboxType = tincan::detail::Inbox<SharedLane>;
  static constexpr int Sent[2] = {5, 1};
  static constexpr int First = Lanes == 1 ? 3 : 1;  // that is sent while the reader runs

  std::unique_ptr<InboxType> inbox = std::make_unique<InboxType>();
  SharedLane lanes[Lanes];
  int next[Lanes] = {};
  int taken[Lanes] = {};
  int dropped = 0;
  int lastDropped = -1;
  Atomic<std::uint32_t> writing{(1U << Lanes) - 1};

  void before() {
    for (auto& lane : lanes) {
      InboxType::prepare(lane);
      push(lane, 0, 0);  // listed before the threads begin
    }
    round();
    for (int i = 1; i < First; ++i) push(lanes[0], i, static_cast<std::uint64_t>(i));
  }
  void push(SharedLane& lane, int value, std::uint64_t stamp) {
    auto& cell = lane.open();
    cell.value = value;
    lane.publish(cell, stamp * 2 + 2);
    static_cast<void>(inbox->pushed(lane));  // nobody waits, nobody closes
  }
  void thread(unsigned index) {
    if (index == Lanes) return read();
    for (int i = index == 0 ? First : 1; i < Sent[index] + 1; ++i) {
      if (index == 0 && i > 1) drop();
      push(lanes[index], i, static_cast<std::uint64_t>(i));
    }
    writing.fetch_and(~(index + 1), std::memory_order_release);
  }
  void drop() {
    int const value = lanes[0].dropOldest();
    if (value < 0) return;
    MODEL_REQUIRE(value > lastDropped);
    lastDropped = value;
    ++dropped;
  }
  void read() {
    bool isOver = false;
    while (!isOver) {
      isOver = writing.load(std::memory_order_acquire) == 0;
      while (round() != 0 || inbox->heldBack()) {
      }
      if (!isOver) Platform::yield();
    }
  }
  std::size_t round() {
    return inbox->round([this](SharedLane& lane, model::Cell<Platform>& cell) {
      std::size_t const from = &lane == &lanes[0] ? 0 : 1;
      if (SharedLane::holds(cell)) {
        int const value = cell.value;
        MODEL_REQUIRE(value >= next[from]);
        next[from] = value + 1;
        ++taken[from];
      }
      lane.unpin();
      return true;
    });
  }
  void after() {
    MODEL_REQUIRE(taken[0] + dropped == Sent[0] + 1);
    if (Lanes > 1) MODEL_REQUIRE(taken[Lanes - 1] == Sent[1] + 1);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Blocks>("bounds: the sender waits for room", 3);
  explorer.run<DropsOldest<1>>("bounds: the oldest is dropped", 3);
  explorer.run<DropsOldest<2>>("bounds: the oldest is dropped during a merge");
  return explorer.result();
}
