// tests/model/latest.cpp - a message that its sender supersedes while the receiver takes it
#include <tincan/detail/message/latest_ticket.hpp>

#include "message.hpp"

namespace {

using namespace model;
using tincan::detail::Claim;
using Platform = model::Platform<false>;

struct LatestCell;

struct Ticket {
  tincan::detail::LatestState<Platform> state;
  Plain<int> uses{0};  // of whoever has the ticket; -1: it has ended
  Plain<int> value{0};
  LatestCell* cell = nullptr;  // the writer's
};

/// As MessageCell. The lowest bit of a word says that there is a ticket.
struct LatestCell {
  static bool mustBeClaimed(std::uint64_t word) { return (word & 1) != 0; }
  static std::uint64_t wordOf(std::uint64_t stamp, bool isLatest) {
    return stamp << 1 | (isLatest ? 1 : 0);
  }

  std::uint64_t lookAtClaim() const { return ticket->state.look(); }
  Claim claim(std::uint64_t seen) const { return ticket->state.claim(seen); }
  std::uint64_t settle(Claim claimed) {
    isThere = claimed == Claim::Taken ? 1 : 0;
    if (claimed == Claim::Superseded) {
      ticket->uses = -1;
      ticket->value = -1;
    }
    return word.load(std::memory_order_relaxed);
  }

  typename Platform::template atomic<std::uint64_t> word{0};
  Plain<int> value;
  Plain<int> isThere;
  Ticket* ticket = nullptr;
};

struct LatestLane : tincan::detail::Lane<Platform, LatestCell, 2, 1> {
  Plain<LatestLane*> nextEnlisted{nullptr};
  Plain<LatestLane*> nextGone{nullptr};
  tincan::detail::LaneAtInbox atInbox;
};

/// The writer sends some messages, each of which supersedes the one before if that still waits: in its cell, or in one
/// of its own. Each is handled or superseded, by one of the two, the last one is handled, at the word that it has, and
/// nobody touches a ticket that the other one has.
struct Replaced : Scenario<Replaced, 2, Platform> {
  static constexpr int Count = 4;
  static constexpr int Alone = 2;  // goes to a cell of its own in any case

  std::unique_ptr<LatestLane> lane = std::make_unique<LatestLane>();
  Ticket tickets[Count];
  Plain<int>
      contents[Count];  // of whoever has the message: 1 it waits, 2 it was handled, 3 superseded
  int handled = 0;
  int superseded = 0;

  void thread(unsigned index) {
    if (index == 0) write();
    else read();
  }
  void write() {
    int used = 0;
    Ticket* last = nullptr;
    for (int i = 0; i < Count; ++i) {
      contents[i] = 1;
      std::uint64_t const word = LatestCell::wordOf(static_cast<std::uint64_t>(i) + 1, true);
      bool const mayUpdate = last != nullptr && i != Alone && lane->isLastOpened(last->cell);
      if (mayUpdate && last->state.beginUpdate()) {
        supersedes(last->value);
        last->value = i;
        last->cell->value = i;
        lane->publish(*last->cell, word);
        last->state.endUpdate();
        continue;
      }
      if (last != nullptr) {
        int const value = last->value;
        if (last->state.supersede()) {
          supersedes(value);
          last = nullptr;
        }
      }
      if (last == nullptr) last = &tickets[used++];
      last->uses = static_cast<int>(last->uses) + 1;
      last->state.reset();
      LatestCell& cell = lane->open();
      last->value = i;
      last->cell = &cell;
      cell.value = i;
      cell.ticket = last;
      lane->publish(cell, word);
    }
  }
  void supersedes(int value) {
    contents[value] = 3;
    ++superseded;
  }
  void read() {
    for (int last = -1; last != Count - 1;) {
      std::uint64_t const limit = lane->frontWord();
      auto const taken = lane->take(limit);
      if (taken.cell == nullptr) {
        Platform::yield();
        continue;
      }
      if (static_cast<int>(taken.cell->isThere) != 0) {
        last = taken.cell->value;
        MODEL_REQUIRE(static_cast<int>(contents[last]) == 1);
        MODEL_REQUIRE(LatestCell::wordOf(static_cast<std::uint64_t>(last) + 1, true) <= limit);
        contents[last] = 2;
        ++handled;
      }
      lane->unpin();
    }
  }
  void after() { MODEL_REQUIRE(handled + superseded == Count); }
};

using LatestInbox = tincan::detail::Inbox<LatestLane, Platform, 1>;
/// What the lane without a ticket carries: what must come after another message in the place of the first one, and
/// what may come at any time.
constexpr int Effect = 7, Other = 8;

/// Handles everything until nobody writes any more. Returns the last message of the lane with the ticket.
int lastOfUpdated(LatestInbox& inbox, Atomic<std::uint32_t> const& writing) {
  int last = -1;
  auto const deliver = [&](LatestLane& lane, LatestCell& cell) {
    int const value = cell.value;
    if (value == Effect) MODEL_REQUIRE(last == 1);
    else if (value != Other) last = value;
    lane.unpin();
    return true;
  };
  for (bool isLastRound = false; !isLastRound;) {
    isLastRound = writing.load(std::memory_order_acquire) == 0;
    inbox.round(deliver);
    while (inbox.heldBack()) {
      Platform::yield();  // a writer is putting another message in the place of one
      inbox.round(deliver);
    }
    if (!isLastRound) Platform::yield();
  }
  return last;
}

/// The first writer has a message in its lane and puts another one in its place; that leads to a message of the second
/// writer. The receiver handles the other one before that, however its rounds look at the lanes.
struct Causes : Scenario<Causes, 3, Platform> {
  using InboxType = LatestInbox;

  std::unique_ptr<InboxType> inbox = std::make_unique<InboxType>();
  std::unique_ptr<LatestLane> lanes[2] = {std::make_unique<LatestLane>(),
                                          std::make_unique<LatestLane>()};
  Ticket ticket;
  Atomic<std::uint32_t> told{0};
  Atomic<std::uint32_t> writing{2};
  bool wasUpdated = false;

  void before() {
    for (auto& lane : lanes) InboxType::prepare(*lane);
    LatestCell& cell = lanes[0]->open();
    ticket.cell = &cell;
    cell.value = 0;
    cell.ticket = &ticket;
    lanes[0]->publish(cell, LatestCell::wordOf(1, true));
    static_cast<void>(inbox->pushed(*lanes[0]));
    LatestCell& other = lanes[1]->open();  // so that both lanes are listed
    other.value = Other;
    lanes[1]->publish(other, LatestCell::wordOf(1, false));
    static_cast<void>(inbox->pushed(*lanes[1]));
  }
  void thread(unsigned index) {
    if (index == 0) update();
    else if (index == 1) follow();
    else read();
  }
  void update() {
    if (ticket.state.beginUpdate()) {
      wasUpdated = true;
      ticket.cell->value = 1;
      lanes[0]->publish(*ticket.cell, LatestCell::wordOf(2, true));
      ticket.state.endUpdate();
      static_cast<void>(inbox->pushed(*lanes[0]));
      told.store(1, std::memory_order_release);
    }
    writing.fetch_sub(1, std::memory_order_release);
  }
  void follow() {
    if (told.load(std::memory_order_acquire) != 0) {
      LatestCell& cell = lanes[1]->open();
      cell.value = Effect;
      lanes[1]->publish(cell, LatestCell::wordOf(3, false));
      static_cast<void>(inbox->pushed(*lanes[1]));
    }
    writing.fetch_sub(1, std::memory_order_release);
  }
  void read() {
    int const last = lastOfUpdated(*inbox, writing);
    MODEL_REQUIRE(last == (wasUpdated ? 1 : 0));
  }
};

/// One writer puts another message in the place of its last one, and then sends by a second lane. The receiver handles
/// them in this order, also if it has looked at one lane before that and at the other one afterwards.
struct Follows : Scenario<Follows, 2, Platform> {
  using InboxType = LatestInbox;

  std::unique_ptr<InboxType> inbox = std::make_unique<InboxType>();
  std::unique_ptr<LatestLane> lanes[2] = {std::make_unique<LatestLane>(),
                                          std::make_unique<LatestLane>()};
  LatestLane& following = *lanes[0];
  LatestLane& updated = *lanes[1];
  Ticket ticket;
  Atomic<std::uint32_t> isWriting{1};

  void before() {
    for (auto& lane : lanes) {
      InboxType::prepare(*lane);
      LatestCell& cell = lane->open();
      bool const isUpdated = lane.get() == &updated;
      cell.value = isUpdated ? 0 : Other;
      if (isUpdated) cell.ticket = &ticket, ticket.cell = &cell;
      lane->publish(cell, LatestCell::wordOf(1, isUpdated));
      static_cast<void>(inbox->pushed(*lane));
    }
  }
  void thread(unsigned index) {
    if (index == 0) write();
    else read();
  }
  void write() {
    if (ticket.state.beginUpdate()) {
      ticket.cell->value = 1;
      updated.publish(*ticket.cell, LatestCell::wordOf(2, true));
      ticket.state.endUpdate();
      static_cast<void>(inbox->pushed(updated));
      LatestCell& cell = following.open();
      cell.value = Effect;
      following.publish(cell, LatestCell::wordOf(3, false));
      static_cast<void>(inbox->pushed(following));
    }
    isWriting.store(0, std::memory_order_release);
  }
  void read() {
    int const last = lastOfUpdated(*inbox, isWriting);
    MODEL_REQUIRE(last >= 0);
  }
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Replaced>("latest: the sender supersedes what the receiver takes", 3);
  explorer.run<Causes>("latest: what another one in its place leads to", 3);
  explorer.run<Follows>("latest: another one in its place, then another lane", 3);
  return explorer.result();
}
