// tincan/detail/dispatch/poll.hpp - the look with which a poll begins, for where a program calls it
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline abi0::detail {

/// Sets no limit to how many messages are handled.
struct AsManyAsThereAre {
  bool operator()(std::size_t) const noexcept { return true; }
};

// Only bodies see the definitions, which are in loop.hpp.

template <class More>
std::size_t pollUnlessClosed(EndpointCore& core, ThreadState& thread, std::uint32_t outer,
                             More more);
template <class More>
std::size_t pollOpen(EndpointCore& core, ThreadState& thread, std::uint32_t outer, More more);
template <class More>
std::size_t pollFirst(EndpointCore& core, More more);
std::size_t drainIdle(EndpointCore& core, ThreadState const& thread);

/// Handles what is there; `more(how many)` is asked before each message. Returns how many. The
/// calling thread is the endpoint's from now on; throws WrongThread if another one is.
template <class More>
[[gnu::always_inline]] inline std::size_t poll(EndpointCore& core, More more) {
  ThreadState* const thread = ThreadStateHere::mine();
  if (thread == nullptr || !core.plainSender.isOpenTo(thread->token)) [[unlikely]]
    return pollFirst(core, more);
  std::uint32_t const outer = core.gate.enter();
  if (!core.gate.observes(EndpointCore::Gate::Open)) [[unlikely]]
    return pollUnlessClosed(core, *thread, outer, more);
  bool const isIdle =
      core.notices.seemEmpty() && !core.continuations.hasDeadlines() && core.inbox.seemsEmpty();
  if (!isIdle) return pollOpen(core, *thread, outer, more);
  if (core.gate.exit(outer)) [[unlikely]]
    return drainIdle(core, *thread);
  return 0;
}

}  // namespace tincan::inline abi0::detail
