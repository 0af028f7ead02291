// tincan/detail/send/joiners.ipp - those who wait for the end of a thread: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/send/joiners.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void Joiners::forgetParents() noexcept {
  std::uint32_t const now = process().forks.generation();
  if (std::exchange(generation_, now) != now) first_ = nullptr;
}

TINCAN_INLINE Joiners::Joiner::Joiner(Joiners& all) : all_(all) {
  std::lock_guard const lock(all_.mutex_);
  if (all_.haveEnd()) return;
  all_.forgetParents();
  next_ = std::exchange(all_.first_, this);
  isListed_ = true;
}

TINCAN_INLINE Joiners::Joiner::~Joiner() {
  std::lock_guard const lock(all_.mutex_);
  for (Joiner** place = &all_.first_; *place != nullptr; place = &(*place)->next_) {
    if (*place != this) continue;
    *place = next_;
    return;
  }
}

TINCAN_INLINE void Joiners::tellAll() noexcept {
  std::lock_guard const lock(mutex_);
  forgetParents();
  // release: pairs with the acquire in haveEnd(); whoever sees it sees what the thread has done.
  hasEnded_.store(true, std::memory_order_release);
  for (Joiner* joiner = std::exchange(first_, nullptr); joiner != nullptr;) {
    Joiner* const next = joiner->next_;  // it may go as soon as it is told
    joiner->ended.signal();
    joiner = next;
  }
}

}  // namespace tincan::inline abi0::detail
