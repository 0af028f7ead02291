// tincan/detail/send/plain_way.ipp - the way into a lane where nothing is unusual: the bodies
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/lanes.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/message.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/send/plain_way.hpp>
#include <tincan/detail/thread/route.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE SendResult tellOfPush(MessageLane& lane) {
  Sending const sending;  // a hook that is called may end the sender
  return lane.receiver->pushed(lane) ? SendResult::Queued : SendResult::Closed;
}

}  // namespace tincan::inline abi0::detail
