// tincan/detail/dispatch/sender_scopes.ipp - an endpoint's listeners and handlers for one sender each: the bodies
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void EndScopes::operator()(SenderScopes* scopes) const noexcept { delete scopes; }

}  // namespace tincan::inline abi0::detail
