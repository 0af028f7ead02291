// tests/model/close.cpp - each message of a closed endpoint is delivered or cleared, and once
#include <tincan/detail/queue/clearing.hpp>

#include "message.hpp"

namespace {

using namespace model;

/// The owner runs a round, closes its lanes and clears them; writers whose push says Closed clear
/// theirs, too. Lanes begin listed or retired.
template <bool Heavy, int Writers, int Each, bool Listed>
struct Closes
    : Scenario<Closes<Heavy, Writers, Each, Listed>, Writers + 1, model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;
  using Pushed = typename Inbox<Platform>::Pushed;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::unique_ptr<LaneType> lanes[Writers];
  Mutex mutex;
  tincan::detail::Clearing clearing[Writers];
  Plain<int> taken[Writers];

  void before() {
    for (auto& count : taken) count = 0;
    for (auto& lane : lanes) {
      lane = std::make_unique<LaneType>();
      inbox->prepare(*lane);
      if (Listed) Clock().send(*inbox, *lane, 0);
    }
    inbox->round([](auto& lane, auto& cell) { return take(lane, cell) == 0; });
  }

  void thread(unsigned index) {
    if (index == Writers) return close();
    Clock clock;
    clock.handled(1);
    for (int i = 0; i < Each; ++i) {
      if (clock.send(*inbox, *lanes[index], i) == Pushed::Closed) clear(index);
    }
  }

  void close() {
    inbox->round([this](LaneType& lane, Cell<Platform>& cell) {
      return receive(&lane == lanes[0].get() ? 0 : 1, take(lane, cell));
    });
    for (auto& lane : lanes) lane->signal.set(LaneType::Closed);
    lanes[0]->signal.settle();
    for (unsigned i = 0; i < Writers; ++i) clear(i);
    inbox->forget();
  }

  void clear(unsigned index) {
    LaneType& lane = *lanes[index];
    clearing[index].run(mutex, [&] {
      while (auto* const cell = lane.front()) {
        lane.pop();
        receive(index, take(lane, *cell));
      }
    });
  }

  bool receive(unsigned index, int value) {
    MODEL_REQUIRE(value == taken[index]);
    taken[index] = value + 1;
    return true;
  }

  void after() {
    for (auto const& count : taken) MODEL_REQUIRE(count == Each);
  }
};

template <bool Heavy>
void runAll(Explorer& explorer, char const* listed, char const* retired, char const* two) {
  explorer.run<Closes<Heavy, 1, 3, true>>(listed, 3);
  explorer.run<Closes<Heavy, 1, 3, false>>(retired, 3);
  explorer.run<Closes<Heavy, 2, 1, false>>(two);
}

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  runAll<false>(explorer, "close: lane listed", "close: lane retired", "close: two writers");
  runAll<true>(explorer, "close: lane listed, heavy barrier", "close: lane retired, heavy barrier",
               "close: two writers, heavy barrier");
  return explorer.result();
}
