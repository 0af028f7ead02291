// tests/model/inbox.cpp - two writers, one inbox: every message once, each writer's in order
#include "message.hpp"

namespace {

using namespace model;

constexpr int Sent[2] = {3, 1};  // a chunk and the first of the next; one more writer

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
    laneOf[index]->abandon();
  }

  void read() {
    while (!lanes.empty()) {
      std::size_t const count = inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
        MODEL_REQUIRE(take(lane, cell) == received[&lane == laneOf[0] ? 0 : 1]++);
        return true;
      });
      inbox->dropAbandoned(lanes, SIZE_MAX, [](auto&) {});
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
      laneOf[index]->abandon();
      return;
    }
    while (!lanes.empty()) {
      std::size_t const count = inbox->round([&](LaneType& lane, Cell<Platform>& cell) {
        MODEL_REQUIRE(take(lane, cell) == received[&lane == laneOf[0] ? 0 : 1]++);
        if (!std::exchange(hasSlept, true)) inbox->sleep(1, [] { return false; });
        return true;
      });
      inbox->dropAbandoned(lanes, SIZE_MAX, [](auto&) {});
      if (count == 0) Platform::yield();
    }
  }
  void after() { MODEL_REQUIRE(received[0] == Each[0] && received[1] == Each[1]); }

  static constexpr int Each[2] = {2, 1};
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
  return explorer.result();
}
