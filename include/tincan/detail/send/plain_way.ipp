// tincan/detail/send/plain_way.ipp - the way into a lane where nothing is unusual: the bodies
#pragma once

#include <cstdint>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/send/plain_way.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE SendResult tellOfPush(MessageLane& lane) {
  Sending const sending;  // a hook that is called may end the sender
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

[[gnu::noinline]] TINCAN_INLINE Outbox::Hold makeHold(MessageLane& lane) noexcept {
  return lane.shared_from_this();
}

}  // namespace tincan::inline abi0::detail
