// tincan/detail/answer/answer_pool.ipp - a thread's answer slots that are not in use: the bodies
#pragma once

#include <stop_token>
#include <utility>

#include <tincan/detail/answer/answer_pool.hpp>
#include <tincan/detail/base/inline.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE AnswerSlot* AnswerPool::make() { return new AnswerSlot; }

[[gnu::noinline]] TINCAN_INLINE void AnswerPool::giveAnyhow(AnswerSlot* slot) noexcept {
  slot->continuesAt.reset();
  slot->stop = std::stop_source(std::nostopstate);
  tidy();
  if (count_ == Most) {
    delete slot;
    return;
  }
  used_ = slot;
  ++count_;
}

TINCAN_INLINE void AnswerPool::end() noexcept {
  tidy();
  while (free_ != nullptr) delete std::exchange(free_, free_->nextFree);
  count_ = Most;
}

}  // namespace tincan::inline abi0::detail
