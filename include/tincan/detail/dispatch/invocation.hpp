// tincan/detail/dispatch/invocation.hpp - one call, on its way to the handler
#pragma once

#include <tincan/detail/api/peer.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// The call of a handler: who calls, and who answers.
struct Invocation {
  Peer const& sender;
  NameRecord const& name;
  Responder& responder;
};

}  // namespace tincan::inline abi0::detail
