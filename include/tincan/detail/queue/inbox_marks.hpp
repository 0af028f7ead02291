// tincan/detail/queue/inbox_marks.hpp - what others may know of how far an inbox has come
#pragma once

#include <atomic>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// Two numbers that only grow.
///
///   Threads   noteSeen(), noteDepth(): the owner of the inbox. seen(), deepest(): any.
///   Order     None: nothing rests on them.
template <class Platform>
class InboxMarks {
 public:
  // relaxed, all of these: statistics, and a hint to clocks.

  /// The largest stamp that the owner has seen, brought up to date now and then. A writer that begins
  /// a chunk catches up with it: else one whose clock lags could always come first.
  std::uint64_t seen() const noexcept { return seen_.load(std::memory_order_relaxed); }
  void noteSeen(std::uint64_t word) noexcept { raise(seen_, word); }

  /// The most messages that a round has found.
  std::uint64_t deepest() const noexcept { return deepest_.load(std::memory_order_relaxed); }
  /// Notes how many messages were found; also by a driver, which has no rounds.
  void noteDepth(std::uint64_t waiting) noexcept { raise(deepest_, waiting); }

 private:
  using Number = typename Platform::template atomic<std::uint64_t>;

  /// Raises what only the owner writes.
  static void raise(Number& highest, std::uint64_t value) noexcept {
    if (value > highest.load(std::memory_order_relaxed)) {
      highest.store(value, std::memory_order_relaxed);
    }
  }

  alignas(FalseSharingRange) Number seen_{0};
  Number deepest_{0};
};

}  // namespace tincan::inline abi0::detail
