// tincan/detail/send/post.hpp - puts tasks, answers and quits into lanes
//
// These are no messages: they are never refused for want of room, and Stats do not count them. Whoever
// calls these functions has a SendingAs for the sender.
#pragma once

#include <cstdint>

#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>

namespace tincan::inline abi0::detail {

/// Posts a task. False if the receiver is closed; then the task has ended.
[[nodiscard]] bool pushTask(EndpointCore& sender, EndpointCore& to, TaskPtr task);

/// Posts a function. Throws Closed, for post(), if the receiver is; then the function has ended.
void postTask(EndpointCore& sender, EndpointCore& to, Owned<PostedFunction> task);

/// Puts a task into a lane that nobody else sends by, with the stamp of when it was sent.
void pushStamped(MessageLane& lane, std::uint64_t stamp, Owned<PostedFunction> task);

/// Ends a run of an endpoint of a driven bus, once that has handled what the calling thread sent before.
void sendQuit(EndpointCore& to);

}  // namespace tincan::inline abi0::detail
