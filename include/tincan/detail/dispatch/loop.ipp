// tincan/detail/dispatch/loop.ipp - how an endpoint polls and runs: the bodies
#pragma once

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/tell.hpp>

namespace tincan::inline abi0::detail {

/// Any thread, and a signal handler, which leaves errno as it was.
TINCAN_INLINE void EndpointCore::quit() noexcept {
  int const error = errno;
  ThreadState const& thread = threadState();
  tell(*bus);
  quits.request({thread.token, thread.clock});
  inbox.interrupt();
  errno = error;
}

}  // namespace tincan::inline abi0::detail
