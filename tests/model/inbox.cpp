// tests/model/inbox.cpp - two writers, one inbox: every message once, each writer's in order
#include <algorithm>
#include <cstddef>

#include "message.hpp"

namespace {

using namespace model;

constexpr int Sent[2] = {3, 1};  // a chunk and the first of the next; one more writer

/// An inbox and its lanes. All lanes begin retired, and each ends when its writer has gone.
template <class Platform, int Count>
struct EndingLanes {
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::vector<std::unique_ptr<LaneType>> lanes;
  LaneType* laneOf[Count];
  int received[Count] = {};

  void prepare() {
    for (auto& mine : laneOf) {
      lanes.push_back(std::make_unique<LaneType>());
      mine = lanes.back().get();
      inbox->prepare(*mine);
    }
  }
  /// Takes the message, which has to be its writer's next one. Returns the number of the writer.
  int receive(LaneType& lane, Cell<Platform>& cell) {
    int const writer = static_cast<int>(std::find(laneOf, laneOf + Count, &lane) - laneOf);
    MODEL_REQUIRE(take(lane, cell) == received[writer]++);
    return writer;
  }
  /// Runs rounds, which return how many messages they have taken, until all lanes have ended.
  template <class Round>
  void readAll(Round&& round) {
    while (!lanes.empty()) {
      std::size_t const count = round();
      inbox->collectAbandoned();
      inbox->dropAbandoned(SIZE_MAX, [this](LaneType& lane) {
        std::erase_if(lanes, [&](auto const& held) { return held.get() == &lane; });
      });
      if (count == 0) Platform::yield();
    }
  }
};

/// The reader polls.
template <bool Heavy>
struct TwoWriters : Scenario<TwoWriters<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;

  EndingLanes<Platform, 2> ending;

  void before() { ending.prepare(); }
  void thread(unsigned index) {
    if (index == 2) return read();
    Clock clock;
    for (int i = 0; i < Sent[index]; ++i) {
      auto const pushed = clock.send(*ending.inbox, *ending.laneOf[index], i);
      MODEL_REQUIRE(pushed == Inbox<Platform>::Pushed::Fine);
    }
    ending.inbox->abandon(*ending.laneOf[index]);
  }
  void read() {
    ending.readAll([this] {
      return ending.inbox->round([this](Lane<Platform>& lane, Cell<Platform>& cell) {
        ending.receive(lane, cell);
        return true;
      });
    });
  }
  void after() { MODEL_REQUIRE(ending.received[0] == Sent[0] && ending.received[1] == Sent[1]); }
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

  EndingLanes<Platform, 2> ending;
  bool hasSlept = false;

  void before() {
    Platform::withoutEarlyWakes();  // the deadline is one already
    ending.prepare();
  }
  void thread(unsigned index) {
    if (index == 2) return read();
    Clock clock;
    for (int i = 0; i < Each[index]; ++i) clock.send(*ending.inbox, *ending.laneOf[index], i);
    ending.inbox->abandon(*ending.laneOf[index]);
  }
  void read() {
    ending.readAll([this] {
      return ending.inbox->round([this](Lane<Platform>& lane, Cell<Platform>& cell) {
        ending.receive(lane, cell);
        if (!std::exchange(hasSlept, true)) ending.inbox->sleep(1, [] { return false; });
        return true;
      });
    });
  }
  void after() { MODEL_REQUIRE(ending.received[0] == Each[0] && ending.received[1] == Each[1]); }

  static constexpr int Each[2] = {2, 1};
};

/// The reader takes one message in each round; the round that its first handler runs takes one, too.
/// Between rounds the lanes whose writers have gone are dropped, and end.
template <bool Heavy>
struct OneByOne : Scenario<OneByOne<Heavy>, 3, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;

  EndingLanes<Platform, 3> ending;
  Clock clock;

  void before() {
    ending.prepare();
    // In this order: the round inside empties the second lane, at which the one outside has looked.
    send(0, 0);
    send(1, 0);
    send(0, 1);
    send(2, 0);
  }
  void thread(unsigned index) {
    if (index == 2)
      return ending.readAll([this] { return ending.inbox->empty() ? 0 : takeOne(0); });
    if (index == 0) send(0, 2);
    ending.inbox->abandon(*ending.laneOf[index]);
    if (index == 1) ending.inbox->abandon(*ending.laneOf[2]);
  }
  void send(int writer, int value) { clock.send(*ending.inbox, *ending.laneOf[writer], value); }
  std::size_t takeOne(int depth) {
    return ending.inbox->round([&](Lane<Platform>& lane, Cell<Platform>& cell) {
      int const writer = ending.receive(lane, cell);
      bool const isFirst = writer == 0 && ending.received[0] == 1;
      if (depth == 0 && isFirst) takeOne(1);
      return false;
    });
  }
  void after() {
    MODEL_REQUIRE(ending.received[0] == 3 && ending.received[1] == 1 && ending.received[2] == 1);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<TwoWriters<false>>("inbox: two writers");
  // One preemption with the heavy barrier: two take minutes, and the barrier is what close and sleep
  // are about.
  explorer.run<TwoWriters<true>>("inbox: two writers, heavy barrier", 1);
  explorer.run<Nested<false>>("inbox: rounds in a handler");
  explorer.run<Nested<true>>("inbox: rounds in a handler, heavy barrier");
  explorer.run<Drops<false>>("inbox: lanes are dropped after a sleep in a handler");
  explorer.run<Drops<true>>("inbox: lanes are dropped, heavy barrier", 1);
  explorer.run<OneByOne<false>>("inbox: one by one, lanes are dropped");
  explorer.run<OneByOne<true>>("inbox: one by one, heavy barrier", 1);
  return explorer.result();
}
