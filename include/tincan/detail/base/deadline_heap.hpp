// tincan/detail/base/deadline_heap.hpp - moments in their order
#pragma once

#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

class DeadlineHeap;

/// A moment for which somebody waits, as a part of that object.
///
///   Lifetime  Leaves the heap that it is in before its end.
struct Deadline {
  Nanoseconds at = NoDeadline;
  std::uint64_t number =
      0;  // of two that have one moment, the one with the smaller number comes first

 private:
  friend class DeadlineHeap;

  bool isBefore(Deadline const& other) const noexcept {
    return at != other.at ? at < other.at : number < other.number;
  }

  // Of its heap.
  Deadline* parent_ = nullptr;
  Deadline* left_ = nullptr;
  Deadline* right_ = nullptr;
  std::uint32_t rank_ = 1;  // so many steps lead to the right from here, down to where nothing is
};

/// Deadlines in the order of their moments: a leftist heap (Crane 1972; Knuth, The Art of Computer Programming,
/// 5.2.3), whose links lie in the deadlines. What lies to the right is never longer than what lies to the left, so
/// a way that keeps to the right has as many steps as the logarithm of their number, at most.
///
///   Threads   One at a time.
///   Progress  Nothing allocates. The first one is found at once; adding and removing take a logarithm.
class DeadlineHeap {
 public:
  DeadlineHeap() = default;
  DeadlineHeap(DeadlineHeap const&) = delete;
  DeadlineHeap& operator=(DeadlineHeap const&) = delete;

  /// The first one; null: there is none.
  Deadline* first() const noexcept { return root_; }
  /// The moment of the first one; NoDeadline: there is none.
  Nanoseconds next() const noexcept { return root_ == nullptr ? NoDeadline : root_->at; }

  /// Adds one that is in no heap.
  void add(Deadline& one) noexcept;
  /// Removes one that is here.
  void remove(Deadline& one) noexcept;

 private:
  static Deadline* merge(Deadline* one, Deadline* other) noexcept;
  static std::uint32_t rankOf(Deadline const* one) noexcept {
    return one == nullptr ? 0 : one->rank_;
  }
  static bool balance(Deadline& one) noexcept;

  Deadline* root_ = nullptr;
};

}  // namespace tincan::inline abi0::detail
