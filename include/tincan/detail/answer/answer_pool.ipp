// tincan/detail/answer/answer_pool.ipp - a thread's answer slots that are not in use: the bodies
#pragma once

#include <utility>

#include <tincan/detail/answer/answer_pool.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE AnswerSlot* AnswerPool::make() { return new AnswerSlot; }

[[gnu::noinline]] TINCAN_INLINE void AnswerPool::giveAnyhow(AnswerSlot* slot) noexcept {
  slot->continuesAt.reset();
  slot->stop = StopSource(NoStopState());
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
