// tincan/detail/send/push.ipp - puts a message into a lane: the bodies
#pragma once

#include <cstdint>

#include <tincan/channel_name.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/send/room.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE LaneOrError openAnyLane(EndpointCore& sender, Route const& route,
                                                        ChannelName const& channel) {
  EndpointCore& to = *route.to;
  noteCall(*to.bus);
  noteLife(to);
  MessageLane* const lane = sender.laneTo(to);
  if (lane == nullptr || to.isClosed()) [[unlikely]] {
    refuse(sender, to, channel, Errc::Closed);
    return {nullptr, Errc::Closed};
  }
  if (lane->bounds != nullptr) [[unlikely]]
    return findRoom(sender, *lane, channel, route.deadline);
  return {lane, {}};
}

[[gnu::noinline]] TINCAN_INLINE SendResult commitBounded(EndpointCore& sender, MessageLane& lane,
                                                         OpenCell& cell, Kind kind) {
  {
    RoomForOne room(sender, lane);
    cell.commit(kind);
    room.published();
    sender.sent.add();
    lane.receiver->pushed(lane);
  }
  // A hook, or a dropped argument at its end, may have closed the receiver.
  noteLife(*lane.receiver);
  return lane.receiver->isClosed() ? SendResult::Closed : SendResult::Queued;
}

}  // namespace tincan::inline abi0::detail
