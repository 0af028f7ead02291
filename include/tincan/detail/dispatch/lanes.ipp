// tincan/detail/dispatch/lanes.ipp - an endpoint's lanes to others, and what a push into a lane tells: the bodies
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::shared_ptr<MessageLane> EndpointCore::makeLane(EndpointCore& to, bool isUsual) {
  if (to.isNobody() || to.isClosed()) return nullptr;
  Driver* const driver = bus->driver();
  auto lane = driver == nullptr
                  ? process().makers.lane(shared_from_this(), to.shared_from_this())
                  : driver->ownership.makeLane(shared_from_this(), to.shared_from_this());
  MessageInbox::prepare(*lane);
  // relaxed: the lock in add() orders it with markClosed(), which comes before or takes it back.
  bool const isPlain = driver == nullptr && lane->bounds == nullptr && !lane->tellsTap;
  lane->isPlain.store(isPlain, std::memory_order_relaxed);
  if (!to.lanes.add(lane, isUsual)) return nullptr;
  if (to.isClosed()) lane->isPlain.store(false, std::memory_order_relaxed);
  if (driver != nullptr) {
    lane->signal.set(MessageLane::Driven);
    driver->ownership.laneMade(lane);
  }
  return lane;
}

[[gnu::noinline]] TINCAN_INLINE MessageLane* EndpointCore::addLane(EndpointCore& to) {
  if (wasLeft()) return nullptr;  // nobody would let the lane go
  outbox.makeRoom();
  auto lane = makeLane(to, true);
  if (lane == nullptr) return nullptr;
  MessageLane* const made = lane.get();
  Outbox::Hold gone[Outbox::MostAtOnce];
  // Receivers that are gone leave when others come, but not while a send to one is under way.
  if (!Sending::isNested()) {
    outbox.forgetSome([](MessageLane const& old) { return old.receiver->isClosed(); }, gone);
  }
  outbox.add(to, std::move(lane));
  return made;
}

[[gnu::noinline]] TINCAN_INLINE bool EndpointCore::pushedTo(MessageLane& lane,
                                                            MessageInbox::Pushed pushed) {
  switch (pushed) {
    case MessageInbox::Pushed::Fine: return true;
    case MessageInbox::Pushed::Wake: callWakeHook(*this); return true;
    case MessageInbox::Pushed::Driven:
      if (bus->driver()->executor.pushed(lane)) callWakeHook(*this);
      return true;
    case MessageInbox::Pushed::Closed: break;
  }
  clearLane(*this, lane);
  return false;
}

}  // namespace tincan::inline abi0::detail
