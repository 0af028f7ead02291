// tincan/detail/dispatch/sender_scopes.ipp - an endpoint's listeners and handlers for one sender each: the bodies
#pragma once

#include <cstddef>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/sender_scopes.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void EndScopes::operator()(SenderScopes* scopes) const noexcept { delete scopes; }

}  // namespace tincan::inline abi0::detail
