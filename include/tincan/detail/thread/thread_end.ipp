// tincan/detail/thread/thread_end.ipp - who is told that a thread has ended: the bodies
#pragma once

#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/thread/thread_end.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void ThreadEnds::tellAll() noexcept {
  while (auto const one = std::exchange(first_, nullptr)) {
    first_ = std::move(one->nextAtEnd_);
    one->threadHasEnded();
  }
}

}  // namespace tincan::inline abi0::detail
