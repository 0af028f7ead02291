// tincan/detail/thread/tell.hpp - what others may learn of without a message
#pragma once

#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline abi0::detail {

/// Tells all buses of something that others may learn of without a message: an endpoint begins or
/// ends, a request is given up, a stop is requested. Called before that happens. Whatever they send
/// afterwards, on whichever bus, has a larger stamp than whatever the calling thread has sent
/// before. (A driver knows by itself.)
inline void tell(BusCore const& bus) noexcept {
  ThreadState const& state = threadState();
  if (bus.driver() == nullptr) raise(*state.told, state.clock);
}

}  // namespace tincan::inline abi0::detail
