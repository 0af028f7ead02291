// tincan/detail/invocation.hpp - layer 10 - one call, on its way to the handler
#pragma once

#include <tincan/detail/arguments.hpp>
#include <tincan/detail/giver.hpp>
#include <tincan/detail/name_table.hpp>
#include <tincan/peer.hpp>

namespace tincan::detail {

struct Invocation {
  Peer const& sender;
  NameRecord const& name;
  ArgumentsView const& arguments;
  Giver& giver;
  EndpointCore& endpoint;
};

}  // namespace tincan::detail
