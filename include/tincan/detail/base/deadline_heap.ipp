// tincan/detail/base/deadline_heap.ipp - moments in their order: the bodies
#pragma once

#include <cstdint>
#include <utility>

#include <tincan/detail/base/deadline_heap.hpp>
#include <tincan/detail/base/inline.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE void DeadlineHeap::add(Deadline& one) noexcept {
  one.parent_ = one.left_ = one.right_ = nullptr;
  one.rank_ = 1;
  root_ = merge(root_, &one);
}

TINCAN_INLINE void DeadlineHeap::remove(Deadline& one) noexcept {
  Deadline* const rest = merge(one.left_, one.right_);
  Deadline* above = one.parent_;
  if (rest != nullptr) rest->parent_ = above;
  if (above == nullptr) {
    root_ = rest;
    return;
  }
  (above->left_ == &one ? above->left_ : above->right_) = rest;
  // Ranks grow on the way up, so it ends after as many steps as the largest rank.
  while (above != nullptr && balance(*above)) above = above->parent_;
}

/// Merges two heaps, each of which may be none. Returns the first one of all.
TINCAN_INLINE Deadline* DeadlineHeap::merge(Deadline* one, Deadline* other) noexcept {
  Deadline* root = nullptr;
  Deadline** place = &root;
  Deadline* above = nullptr;
  while (one != nullptr && other != nullptr) {
    if (other->isBefore(*one)) std::swap(one, other);
    *place = one;
    one->parent_ = above;
    above = one;
    place = &one->right_;
    one = one->right_;
  }
  Deadline* const rest = one == nullptr ? other : one;
  *place = rest;
  if (rest != nullptr) rest->parent_ = above;
  for (; above != nullptr; above = above->parent_) balance(*above);
  return root;
}

/// Brings the shorter side to the right. True if that changes the rank.
TINCAN_INLINE bool DeadlineHeap::balance(Deadline& one) noexcept {
  if (rankOf(one.left_) < rankOf(one.right_)) std::swap(one.left_, one.right_);
  std::uint32_t const before = std::exchange(one.rank_, rankOf(one.right_) + 1);
  return before != one.rank_;
}

}  // namespace tincan::inline abi0::detail
