// tests/model/causal.cpp - A sends to C and then to B, who therefore sends to C: C gets A's first
#include "message.hpp"

namespace {

using namespace model;

constexpr int FromB = 100;

/// A sends `Before` messages to C, one to B, and `Behind` more to C. C's lanes begin listed, each
/// with its first cell taken, or retired and new. `Idle`: there is one more, of nobody, and listed.
/// `OneByOne`: C takes one message in each round.
template <bool Heavy, int Before, int Behind, bool ListedA, bool ListedB, bool Idle = true,
          bool OneByOne = false>
struct Triangle : Scenario<Triangle<Heavy, Before, Behind, ListedA, ListedB, Idle, OneByOne>, 3,
                           model::Platform<Heavy>> {
  using Platform = model::Platform<Heavy>;
  using LaneType = Lane<Platform>;

  std::unique_ptr<Inbox<Platform>> inbox = std::make_unique<Inbox<Platform>>();
  std::unique_ptr<LaneType> fromA = std::make_unique<LaneType>();
  std::unique_ptr<LaneType> fromB = std::make_unique<LaneType>();
  std::unique_ptr<LaneType> idle = std::make_unique<LaneType>();
  std::unique_ptr<LaneType> fromAToB = std::make_unique<LaneType>();
  Clock clockA, clockB;
  int receivedFromA = 0;
  bool receivedFromB = false;

  void before() {
    inbox->prepare(*fromA);
    inbox->prepare(*fromB);
    inbox->prepare(*idle);
    if (Idle) Clock().send(*inbox, *idle, 0);
    if (ListedB) clockB.send(*inbox, *fromB, 0);
    if (ListedA) clockA.send(*inbox, *fromA, 0);  // the last one is looked at first
    inbox->round([](auto& lane, auto& cell) { return take(lane, cell) == 0; });
  }

  void thread(unsigned index) {
    if (index == 0) {
      for (int i = 0; i < Before; ++i) clockA.send(*inbox, *fromA, i);
      clockA.publish(*fromAToB, 0);
      for (int i = Before; i < Before + Behind; ++i) clockA.send(*inbox, *fromA, i);
    } else if (index == 1) {
      Cell<Platform>* cell = nullptr;
      while ((cell = fromAToB->front()) == nullptr) Platform::yield();
      clockB.handled(cell->word.load(std::memory_order_relaxed));
      clockB.send(*inbox, *fromB, FromB);
    } else {
      while (receivedFromA < Before + Behind || !receivedFromB) {
        if (inbox->round([this](auto& lane, auto& cell) { return receive(take(lane, cell)); }) ==
            0) {
          Platform::yield();
        }
      }
    }
  }

  bool receive(int value) {
    if (value == FromB) {
      MODEL_REQUIRE(receivedFromA >= Before);
      receivedFromB = true;
    } else {
      MODEL_REQUIRE(value == receivedFromA++);
    }
    return !OneByOne;
  }
};

template <bool Heavy>
void runAll(Explorer& explorer, char const* listed, char const* effectListed,
            char const* causeListed, char const* retired, char const* one, char const* chunk,
            char const* oneByOne) {
  explorer.run<Triangle<Heavy, 1, 0, true, true>>(listed);
  explorer.run<Triangle<Heavy, 1, 0, false, true>>(effectListed);
  explorer.run<Triangle<Heavy, 1, 0, true, false>>(causeListed);
  explorer.run<Triangle<Heavy, 1, 0, false, false>>(retired);
  explorer.run<Triangle<Heavy, 1, 0, false, true, false>>(one);
  explorer.run<Triangle<Heavy, 2, 1, false, true>>(chunk);
  explorer.run<Triangle<Heavy, 2, 1, false, true, true, true>>(oneByOne);
}

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  runAll<false>(explorer, "causal: lanes listed", "causal: the cause's lane retired",
                "causal: the effect's lane retired", "causal: both lanes retired",
                "causal: one lane listed, the effect's", "causal: the cause fills a chunk",
                "causal: one message in each round");
  runAll<true>(explorer, "causal: lanes listed, heavy barrier",
               "causal: the cause's lane retired, heavy barrier",
               "causal: the effect's lane retired, heavy barrier",
               "causal: both lanes retired, heavy barrier",
               "causal: one lane listed, the effect's, heavy barrier",
               "causal: the cause fills a chunk, heavy barrier",
               "causal: one message in each round, heavy barrier");
  return explorer.result();
}
