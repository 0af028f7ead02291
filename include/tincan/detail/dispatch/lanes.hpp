// tincan/detail/dispatch/lanes.hpp - an endpoint's lanes to others, and what a push into a lane tells
#pragma once

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>

namespace tincan::inline abi0::detail {

[[gnu::always_inline]] inline bool EndpointCore::pushed(MessageLane& lane) {
  MessageInbox::Pushed const pushed = inbox.pushed(lane);
  if (pushed == MessageInbox::Pushed::Fine) [[likely]]
    return true;
  return pushedTo(lane, pushed);
}

}  // namespace tincan::inline abi0::detail
