// tincan/detail/endpoint/thread_state.ipp - what this thread is to the buses: the bodies
#pragma once

#include <cstdint>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE ThreadState& findThreadState() noexcept {
  return *(ThreadStateHere::mine() = &process().makers.thisThread());
}

}  // namespace tincan::inline abi0::detail
