// tincan/testing/detail/simulate/thread_part.hpp - what a thread is to the buses, for a thread that is none
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline v0::testing::detail {

/// The part of a ThreadState that a simulated endpoint has to itself.
struct ThreadPart {
  /// Exchanges it with the part that the calling thread has.
  void swap() noexcept {
    tincan::detail::ThreadState& state = tincan::detail::threadState();
    std::swap(current, state.current);
    state.sender = nullptr;  // only a cache; whom it means may end before this part comes back
    std::swap(token, state.token);
    std::swap(clock, state.clock);
    std::swap(sending, state.sending);
    std::swap(leaving, state.leaving);
    std::swap(portRemains, state.portRemains);
    std::swap(coroutines, tincan::detail::coroutineState);
  }

  tincan::detail::EndpointCore* current = nullptr;
  tincan::detail::ThreadToken* token = nullptr;
  std::uint64_t clock = 0;
  unsigned sending = 0;
  tincan::detail::EndpointCore* leaving = nullptr;
  tincan::detail::PortRemains* portRemains = nullptr;
  tincan::detail::CoroutineState coroutines;
};

}  // namespace tincan::inline v0::testing::detail
