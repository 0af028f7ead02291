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
      MODEL_REQUIRE(view.last == view.end || view.last == 0);
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

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<OneByOne>("lane: one by one", 3);
  explorer.run<Pinned>("lane: cells kept for a while", 3);
  explorer.run<Looks>("lane: look, then take");
  explorer.run<OutOfOrder>("lane: published out of order", 3);
  return explorer.result();
}
