// tincan/detail/endpoint/close_listeners.ipp - who is told that an endpoint is closed: the bodies
#pragma once

#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void CloseListener::unlink() noexcept {
  if (!std::exchange(isLinked_, false)) return;
  (before_ == nullptr ? part_->first : before_->after_) = after_;
  (after_ == nullptr ? part_->last : after_->before_) = before_;
}

TINCAN_INLINE CloseListener::~CloseListener() {
  if (list_ == nullptr) return;
  std::lock_guard const lock(list_->mutex);
  unlink();
}

TINCAN_INLINE void CloseListeners::add(std::shared_ptr<CloseListener> const& one) noexcept {
  one->list_ = list_;
  std::lock_guard const lock(list_->mutex);
  link(*one, list_->forClosing);
}

TINCAN_INLINE bool CloseListeners::addForSilence(
    std::shared_ptr<CloseListener> const& one) noexcept {
  one->list_ = list_;
  std::lock_guard const lock(list_->mutex);
  if (isClosed_ && isSilent_) return false;
  link(*one, list_->forSilence);
  return true;
}

TINCAN_INLINE void CloseListeners::link(CloseListener& one,
                                        CloseListenerList::Part& part) noexcept {
  one.part_ = &part;
  one.after_ = nullptr;
  one.before_ = std::exchange(part.last, &one);
  (one.before_ == nullptr ? part.first : one.before_->after_) = &one;
  one.isLinked_ = true;
}

TINCAN_INLINE std::shared_ptr<CloseListener> CloseListeners::keep(
    std::shared_ptr<CloseListener> const& one) noexcept {
  std::lock_guard const lock(list_->mutex);
  if (kept_ == nullptr && !isClosed_) kept_ = one;
  return kept_;
}

TINCAN_INLINE std::shared_ptr<CloseListener> CloseListeners::kept() const noexcept {
  std::lock_guard const lock(list_->mutex);
  return kept_;
}

TINCAN_INLINE void CloseListeners::endpointIsClosed() noexcept {
  std::shared_ptr<CloseListener> kept;
  bool isSilent = false;
  {
    std::lock_guard const lock(list_->mutex);
    isClosed_ = true;
    isSilent = isSilent_;
    kept.swap(kept_);
  }
  while (auto const one = takeOne(list_->forClosing)) one->endpointIsClosed();
  if (kept != nullptr) kept->endpointIsClosed();
  if (isSilent) endpointIsSilent();
}

TINCAN_INLINE void CloseListeners::endpointIsSilent() noexcept {
  {
    std::lock_guard const lock(list_->mutex);
    isSilent_ = true;
    if (!isClosed_) return;
  }
  while (auto const one = takeOne(list_->forSilence)) one->endpointIsClosed();
}

TINCAN_INLINE std::shared_ptr<CloseListener> CloseListeners::takeOne(
    CloseListenerList::Part& part) noexcept {
  std::lock_guard const lock(list_->mutex);
  while (CloseListener* const next = part.first) {
    next->unlink();
    // Null if it is being destroyed just now; its destructor waits for the lock.
    if (auto held = next->weak_from_this().lock()) return held;
  }
  return nullptr;
}

}  // namespace tincan::inline abi0::detail
