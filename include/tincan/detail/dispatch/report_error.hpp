// tincan/detail/dispatch/report_error.hpp - tells the bus what a listener has thrown
#pragma once

#include <exception>
#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/name_table.hpp>

namespace tincan::inline abi0::detail {

/// Tells onError of an exception, of a message of that lane.
inline void reportError(EndpointCore const& core, NameRecord const& channel,
                        MessageLane const& lane, std::exception_ptr exception) {
  core.bus->reportError(channel.view(), lane.senderCore().name, core.name, std::move(exception));
}

}  // namespace tincan::inline abi0::detail
