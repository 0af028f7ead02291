// tincan/testing/detail/simulate/thread_part.hpp - what a thread is to the buses, for a thread that is none
#pragma once

#include <cstdint>

#include <tincan/detail/base/resuming.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline abi0::testing::detail {

/// The part of a ThreadState that a simulated endpoint has to itself, while its code does not run.
struct ThreadPart {
  tincan::detail::EndpointCore* current = nullptr;
  tincan::detail::EndpointCore* body = nullptr;
  tincan::detail::PollScope* poll = nullptr;
  tincan::detail::ThreadToken* token = nullptr;
  std::uint64_t clock = 0;
  unsigned sending = 0;
  unsigned dropping = 0;
  tincan::detail::EndpointCore* leaving = nullptr;
  tincan::detail::PortRemains* portRemains = nullptr;
  tincan::detail::Driver* driver = nullptr;
  tincan::detail::CoroutineState coroutines{};
};

}  // namespace tincan::inline abi0::testing::detail
