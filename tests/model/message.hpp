// tests/model/message.hpp - lanes, inboxes and senders as the scenarios use them
#pragma once

#include <tincan/detail/queue/inbox.hpp>
#include <tincan/detail/queue/lane.hpp>

#include "explore.hpp"

namespace model {

template <class Platform>
struct Cell {
  typename Platform::template atomic<std::uint64_t> word{0};
  Plain<int> value;
};

/// Small chunks and one spare, so that few messages reach every way through the lane.
template <class Platform>
struct Lane : tincan::detail::Lane<Platform, Cell<Platform>, 2, 1> {
  /// As the lane's; the model sees that the lane is used.
  auto take(std::uint64_t limit) noexcept {
    static_cast<void>(static_cast<int>(isThere));
    return tincan::detail::Lane<Platform, Cell<Platform>, 2, 1>::take(limit);
  }
  Plain<Lane*> nextEnlisted{nullptr};
  Plain<Lane*> nextGone{nullptr};
  tincan::detail::LaneAtInbox atInbox;
  Plain<int> isThere{1};
};

/// Two lanes are many.
template <class Platform>
using Inbox = tincan::detail::Inbox<Lane<Platform>, Platform, 1>;

/// One thread's clock.
class Clock {
 public:
  template <class Platform>
  void publish(Lane<Platform>& lane, int value) {
    auto& cell = lane.open();
    cell.value = value;
    lane.publish(cell, ++now_);
  }

  template <class Platform>
  auto send(Inbox<Platform>& inbox, Lane<Platform>& lane, int value) {
    if (lane.startsChunk()) now_ = std::max(now_, inbox.seen());
    publish(lane, value);
    return inbox.pushed(lane);
  }

  void handled(std::uint64_t stamp) { now_ = std::max(now_, stamp); }

 private:
  std::uint64_t now_ = 0;
};

/// What a cell that was popped holds; gives the cell back.
template <class Platform>
int take(Lane<Platform>& lane, Cell<Platform>& cell) {
  int const value = cell.value;
  lane.unpin();
  return value;
}

}  // namespace model
