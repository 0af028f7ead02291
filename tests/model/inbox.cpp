// tests/model/inbox.cpp - two writers, one inbox: every message once, each writer's in order
#include <algorithm>
#include <cstddef>

#include "message.hpp"

namespace {

using namespace model;

constexpr int Sent[2] = {3, 1};  // a chunk and the first of the next; one more writer

template <class Lanes, class LaneType>
void endLane(Lanes& lanes, LaneType const& lane) {
  std::erase_if(lanes, [&](auto const& held) { return held.get() == &lane; });
}

/// The reader polls; all lanes begin retired.
template <bool Heavy>
struct TwoWriters : Scenario<TwoWriters<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::vector<std::unique_ptr<LaneType>> lanes;
  LaneType* laneOf[2];
  int received[2] = {};

  void before() {
    for (auto& mine : laneOf) {
      lanes.push_back(std::make_unique<LaneType>());
      mine = lanes.back().get();
      inbox->prepare(*mine);
    }
  }

  void thread(unsigned index) {
    if (index == 2) return read();
    Clock clock;
    for (int i = 0; i < Sent[index]; ++i) {
      auto const pushed = clock.send(*inbox, *laneOf[index], i);
      MODEL_REQUIRE(pushed == Inbox<Platform>::Pushed::Fine);
    }
    inbox->abandon(*laneOf[index]);
  }

  void read() {
    while (!lanes.empty()) {
      std::size_t const count = inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
        MODEL_REQUIRE(take(lane, cell) == received[&lane == laneOf[0] ? 0 : 1]++);
        return true;
      });
      inbox->dropAbandoned(SIZE_MAX, [this](LaneType& lane) { endLane(lanes, lane); });
      if (count == 0) Platform::yield();
    }
  }

  void after() { MODEL_REQUIRE(received[0] == Sent[0] && received[1] == Sent[1]); }
};

/// A handler that runs rounds itself, and ends them early.
template <bool Heavy>
struct Nested : Scenario<Nested<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::unique_ptr<LaneType> lanes[2] = {std::make_unique<LaneType>(), std::make_unique<LaneType>()};
  int received[2] = {};

  void before() {
    for (auto& lane : lanes) inbox->prepare(*lane);
  }

  void thread(unsigned index) {
    if (index != 2) {
      Clock clock;
      for (int i = 0; i < 2; ++i) clock.send(*inbox, *lanes[index], i);
      return;
    }
    while (received[0] + received[1] < 4) {
      if (round(0) == 0) Platform::yield();
    }
  }

  std::size_t round(int depth) {
    return inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
      int const sender = &lane == lanes[0].get() ? 0 : 1;
      MODEL_REQUIRE(take(lane, cell) == received[sender]++);
      if (depth == 0) round(1);
      return depth == 0;
    });
  }

  void after() { MODEL_REQUIRE(received[0] == 2 && received[1] == 2); }
};

/// A handler sleeps, which retires all lanes; the round around it then takes from lanes that are not
/// listed. Between rounds those whose writers have gone are dropped, and end.
template <bool Heavy>
struct Drops : Scenario<Drops<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::vector<std::unique_ptr<LaneType>> lanes;
  LaneType* laneOf[2];
  int received[2] = {};
  bool hasSlept = false;

  void before() {
    Platform::withoutEarlyWakes();  // the deadline is one already
    for (auto& mine : laneOf) {
      lanes.push_back(std::make_unique<LaneType>());
      mine = lanes.back().get();
      inbox->prepare(*mine);
    }
  }
  void thread(unsigned index) {
    if (index != 2) {
      Clock clock;
      for (int i = 0; i < Each[index]; ++i) clock.send(*inbox, *laneOf[index], i);
      inbox->abandon(*laneOf[index]);
      return;
    }
    while (!lanes.empty()) {
      std::size_t const count = inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
        MODEL_REQUIRE(take(lane, cell) == received[&lane == laneOf[0] ? 0 : 1]++);
        if (!std::exchange(hasSlept, true)) inbox->sleep(1, [] { return false; });
        return true;
      });
      inbox->dropAbandoned(SIZE_MAX, [this](LaneType& lane) { endLane(lanes, lane); });
      if (count == 0) Platform::yield();
    }
  }
  void after() { MODEL_REQUIRE(received[0] == Each[0] && received[1] == Each[1]); }

  static constexpr int Each[2] = {2, 1};
};

/// The reader takes one message in each round; the round that its first handler runs takes one, too.
/// Between rounds the lanes whose writers have gone are dropped, and end.
template <bool Heavy>
struct OneByOne : Scenario<OneByOne<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::vector<std::unique_ptr<LaneType>> lanes;
  LaneType* laneOf[3];
  int received[3] = {};
  Clock clock;

  void before() {
    for (auto& mine : laneOf) {
      lanes.push_back(std::make_unique<LaneType>());
      mine = lanes.back().get();
      inbox->prepare(*mine);
    }
    // In this order: the round inside empties the second lane, at which the one outside has looked.
    clock.send(*inbox, *laneOf[0], 0);
    clock.send(*inbox, *laneOf[1], 0);
    clock.send(*inbox, *laneOf[0], 1);
    clock.send(*inbox, *laneOf[2], 0);
  }
  void thread(unsigned index) {
    if (index == 2) return read();
    if (index == 0) clock.send(*inbox, *laneOf[0], 2);
    inbox->abandon(*laneOf[index]);
    if (index == 1) inbox->abandon(*laneOf[2]);
  }
  void read() {
    while (!lanes.empty()) {
      if (inbox->empty() || takeOne(0) == 0) Platform::yield();
      inbox->dropAbandoned(SIZE_MAX, [this](LaneType& lane) { endLane(lanes, lane); });
    }
  }
  std::size_t takeOne(int depth) {
    return inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
      int const value = take(lane, cell);
      std::ptrdiff_t const sender = std::find(laneOf, laneOf + 3, &lane) - laneOf;
      MODEL_REQUIRE(value == received[sender]++);
      if (depth == 0 && sender == 0 && value == 0) takeOne(1);
      return false;
    });
  }
  void after() { MODEL_REQUIRE(received[0] == 3 && received[1] == 1 && received[2] == 1); }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<TwoWriters<false>>("inbox: two writers");
  // One preemption: with two this takes minutes, and the barrier is what close and sleep are about.
  explorer.run<TwoWriters<true>>("inbox: two writers, heavy barrier", 1);
  explorer.run<Nested<false>>("inbox: rounds in a handler");
  explorer.run<Nested<true>>("inbox: rounds in a handler, heavy barrier");
  explorer.run<Drops<false>>("inbox: lanes are dropped after a sleep in a handler");
  explorer.run<Drops<true>>("inbox: lanes are dropped, heavy barrier");
  explorer.run<OneByOne<false>>("inbox: one by one, lanes are dropped");
  explorer.run<OneByOne<true>>("inbox: one by one, heavy barrier");
  return explorer.result();
}
