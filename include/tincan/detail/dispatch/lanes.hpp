// tincan/detail/dispatch/lanes.hpp - an endpoint's lanes to others, and what a push into a lane tells
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/dispatch/unhandled.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/outbox.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/thread/sending_as.hpp>

namespace tincan::inline abi0::detail {

[[gnu::always_inline]] inline bool EndpointCore::pushed(MessageLane& lane) {
  MessageInbox::Pushed const pushed = inbox.pushed(lane);
  if (pushed == MessageInbox::Pushed::Fine) [[likely]]
    return true;
  return pushedTo(lane, pushed);
}

}  // namespace tincan::inline abi0::detail
