// tests/model/lane.cpp - one writer, one reader: everything arrives once, in order, and no cell is
// written while it is read
#include "message.hpp"

namespace {

using namespace model;
using Platform = model::Platform<false>;

constexpr int Messages =
    7;  // four chunks, so that spares are given back, taken and given back again

struct OneLane {
  std::unique_ptr<Lane<Platform>> lane = std::make_unique<Lane<Platform>>();
  int received = 0;

  void write() {
    Clock clock;
    for (int i = 0; i < Messages; ++i) clock.publish(*lane, i);
    lane->abandon();
  }
  /// Until there is something to take; false if nothing will come any more.
  bool waits() {
    for (;;) {
      bool const last = lane->abandoned();  // a lane that is found empty after that stays so
      if (lane->front() != nullptr) return true;
      if (last) return false;
      Platform::yield();
    }
  }
  void receive(int value) { MODEL_REQUIRE(value == received++); }
};

/// Takes one by one.
struct OneByOne : Scenario<OneByOne, 2, Platform>, OneLane {
  void thread(unsigned index) {
    if (index == 0) return write();
    while (waits()) {
      auto* const cell = lane->front();
      lane->pop();
      receive(take(*lane, *cell));
    }
  }
  void after() { MODEL_REQUIRE(received == Messages); }
};

/// Keeps each cell until the next one is popped: chunks are held back.
struct Pinned : Scenario<Pinned, 2, Platform>, OneLane {
  void thread(unsigned index) {
    if (index == 0) return write();
    Cell<Platform>* kept = nullptr;
    while (waits()) {
      auto* const cell = lane->front();
      lane->pop();
      if (kept != nullptr) release(*kept);
      kept = cell;
    }
    if (kept != nullptr) release(*kept);
  }
  void release(Cell<Platform>& cell) {
    receive(cell.value);
    lane->unpin();
  }
  void after() { MODEL_REQUIRE(received == Messages); }
};

/// Takes what look() says that there is; lookAgain() tells the truth about what comes next.
struct Looks : Scenario<Looks, 2, Platform>, OneLane {
  void thread(unsigned index) {
    if (index == 0) return write();
    while (waits()) {
      auto const view = lane->look();
      MODEL_REQUIRE(view.end > lane->popped());
      // The clock starts at 0: the n-th stamp is n. Or the last chunk is still empty.
      MODEL_REQUIRE(view.last == view.end);
      std::uint64_t const next = lane->lookAgain();
      MODEL_REQUIRE(next == 0 || next == view.end + 1);
      while (lane->popped() < view.end) {
        auto* const cell = lane->front();
        MODEL_REQUIRE(cell != nullptr);
        lane->pop();
        receive(take(*lane, *cell));
      }
      if (next != 0) MODEL_REQUIRE(lane->front() != nullptr);
    }
  }
  void after() { MODEL_REQUIRE(received == Messages); }
};

/// Takes in runs what visibleNow() says that there is. `Nested`: whoever gets the second message takes what
/// there is, and then still uses that one.
template <bool Nested>
struct Runs : Scenario<Runs<Nested>, 2, Platform>, OneLane {
  void thread(unsigned index) {
    if (index == 0) return write();
    while (waits()) {
      auto const seen = lane->visibleNow();
      MODEL_REQUIRE(seen.count > 0);
      auto const end = static_cast<std::uint64_t>(received) + seen.count;
      MODEL_REQUIRE(seen.last == end);
      while (static_cast<std::uint64_t>(received) < end) {
        MODEL_REQUIRE(lane->within(seen.last) != nullptr || isAtEndOfChunk());
        lane->takeRun(
            seen.last, [](auto&, std::uint64_t word) { return word != 4; },
            [this](auto& cell) {
              if (Nested && received == 1) takeAllWithin(cell);
              else receive(cell.value);
              return true;
            });
        auto const taken =
            lane->take(seen.last);  // of the next chunk, or one that a run does not want
        if (taken.cell != nullptr) receive(take(*lane, *taken.cell));
      }
    }
  }
  bool isAtEndOfChunk() const { return lane->popped() % 2 == 0; }
  void takeAllWithin(Cell<Platform>& outer) {
    int const first = received++;
    while (auto* const cell = lane->front()) {
      lane->pop();
      receive(take(*lane, *cell));
    }
    MODEL_REQUIRE(outer.value == first);
  }
  void after() { MODEL_REQUIRE(received == Messages); }
};

/// The writer opens two cells and publishes the second one first.
struct OutOfOrder : Scenario<OutOfOrder, 2, Platform>, OneLane {
  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 0; i < 4; i += 2) {
        auto& first = lane->open();
        auto& second = lane->open();
        second.value = i + 1;
        lane->publish(second, static_cast<std::uint64_t>(i) + 2);
        first.value = i;
        lane->publish(first, static_cast<std::uint64_t>(i) + 1);
      }
      lane->abandon();
      return;
    }
    while (waits()) {
      auto const view = lane->look();
      while (lane->popped() < view.end) {
        auto* const cell = lane->front();
        if (cell == nullptr) break;
        lane->pop();
        receive(take(*lane, *cell));
      }
    }
  }
  void after() { MODEL_REQUIRE(received == 4); }
};

/// Each cell is opened twice: the first time it could not be filled.
struct Closed : Scenario<Closed, 2, Platform>, OneLane {
  static constexpr int Count = 4;

  void thread(unsigned index) {
    if (index == 0) {
      Clock clock;
      for (int i = 0; i < Count; ++i) {
        lane->open().value = -1;
        lane->close();
        clock.publish(*lane, i);
      }
      lane->open().value = -1;
      lane->close();
      lane->abandon();
      return;
    }
    while (waits()) {
      auto const view = lane->look();
      MODEL_REQUIRE(view.last == view.end);
      std::uint64_t const next = lane->lookAgain();
      MODEL_REQUIRE(next == 0 || next == view.end + 1);
      while (lane->popped() < view.end) {
        auto* const cell = lane->front();
        lane->pop();
        receive(take(*lane, *cell));
      }
    }
  }
  void after() { MODEL_REQUIRE(received == Count); }
};

/// Says when no chunk may be made.
struct WatchedCell : Cell<Platform> {
  WatchedCell() { MODEL_REQUIRE(mayBeMade); }
  inline static bool mayBeMade = true;
};

/// Messages of two cells, for which memory is there before the first of them is opened; some are
/// prepared in vain.
struct Pairs : Scenario<Pairs, 2, Platform> {
  using LaneType = tincan::detail::Lane<Platform, WatchedCell, 2, 1>;
  static constexpr int Count = 6;
  std::unique_ptr<LaneType> lane = std::make_unique<LaneType>();
  int received = 0;

  void thread(unsigned index) {
    if (index == 0) write();
    else read();
  }
  void write() {
    publish(0);
    for (int i = 1; i + 1 < Count; i += 2) {
      lane->prepareTwo();
      lane->prepareTwo();
      WatchedCell::mayBeMade = false;
      publish(i);
      publish(i + 1);
      WatchedCell::mayBeMade = true;
    }
    publish(Count - 1);
    lane->prepareTwo();
  }
  void publish(int value) {
    WatchedCell& cell = lane->open();
    cell.value = value;
    lane->publish(cell, static_cast<std::uint64_t>(value) + 1);
  }
  void read() {
    while (received < Count) {
      WatchedCell* const cell = lane->front();
      if (cell == nullptr) {
        Platform::yield();
        continue;
      }
      lane->pop();
      MODEL_REQUIRE(cell->value == received++);
      lane->unpin();
    }
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<OneByOne>("lane: one by one", 3);
  explorer.run<Pinned>("lane: cells kept for a while", 3);
  explorer.run<Looks>("lane: look, then take");
  explorer.run<Runs<false>>("lane: runs", 3);
  explorer.run<Runs<true>>("lane: runs, one inside another", 3);
  explorer.run<OutOfOrder>("lane: published out of order", 3);
  explorer.run<Closed>("lane: cells that could not be filled", 3);
  explorer.run<Pairs>("lane: messages of two cells", 3);
  return explorer.result();
}
