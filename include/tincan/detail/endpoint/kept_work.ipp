// tincan/detail/endpoint/kept_work.ipp - what other threads leave for an endpoint's thread outside the inbox: the bodies
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/kept_work.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool KeptWork::keep(TaskPtr& task) noexcept {
  std::lock_guard const lock(mutex_);
  if (isOver_) return false;
  tasks_.push(std::move(task));
  notices_.addForSleeper(Notices::Kept);
  return true;
}

TINCAN_INLINE bool KeptWork::keep(AnswerSlot* slot) noexcept {
  std::lock_guard const lock(mutex_);
  if (isOver_) return false;
  slot->nextFree = nullptr;
  (answers_ == nullptr ? answers_ : lastAnswer_->nextFree) = slot;
  lastAnswer_ = slot;
  notices_.addForSleeper(Notices::Kept);
  return true;
}

TINCAN_INLINE void KeptWork::keepRemoval(std::shared_ptr<Registration> node,
                                         std::uint64_t clock) noexcept {
  std::lock_guard const lock(mutex_);
  if (isOver_ || std::exchange(node->isLeaving, true)) return;
  removals_.clock = largerOf(removals_.clock, clock);
  node->nextLeaving = std::move(removals_.first);
  removals_.first = std::move(node);
  // Whoever sees a message that was sent later sees this, too.
  notices_.add(Notices::Leaving);
}

TINCAN_INLINE KeptWork::Work KeptWork::take() noexcept {
  std::lock_guard const lock(mutex_);
  notices_.take(Notices::Kept);
  return {std::move(tasks_), std::exchange(answers_, nullptr), notices_.take(Notices::Forked)};
}

TINCAN_INLINE KeptWork::Removals KeptWork::takeRemovals() noexcept {
  std::lock_guard const lock(mutex_);
  notices_.take(Notices::Leaving);
  return {std::exchange(removals_.first, nullptr), removals_.clock};
}

TINCAN_INLINE bool KeptWork::end() noexcept {
  std::lock_guard const lock(mutex_);
  if (!tasks_.empty() || answers_ != nullptr) return false;
  isOver_ = true;
  return true;
}

}  // namespace tincan::inline abi0::detail
