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

/// Drains an endpoint that was closed during a poll that found nothing.
[[gnu::noinline]] TINCAN_INLINE std::size_t drainIdle(EndpointCore& core,
                                                      ThreadState const& thread) {
  core.drainAfterPoll(thread.current == &core);
  return 0;
}

#if defined(TINCAN_SEPARATE_COMPILATION)
// For the callers of poll(), which do not see these.
template std::size_t pollUnlessClosed(EndpointCore&, ThreadState&, std::uint32_t, AsManyAsThereAre);
template std::size_t pollOpen(EndpointCore&, ThreadState&, std::uint32_t, AsManyAsThereAre);
template std::size_t pollFirst(EndpointCore&, AsManyAsThereAre);
#endif

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
