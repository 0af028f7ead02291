// tincan/detail/endpoint/first_lines.ipp - which lines a bus has written to stderr already: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/narrowed.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/endpoint/first_lines.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE FirstLines::Say FirstLines::add(std::uint64_t key) {
  Row<std::uint64_t> larger;  // then the smaller one, which ends without the lock
  for (;;) {
    std::size_t size = 0;
    {
      std::lock_guard const lock(mutex_);
      if (count_ == Most || (count_ > 0 && placeOf(keys_, key) == key)) return Say::Nothing;
      if (!hasRoom() && larger.size() > keys_.size()) moveTo(larger);
      if (hasRoom()) {
        placeOf(keys_, key) = key;
        return ++count_ == Most ? Say::LastLine : Say::Line;
      }
      size = keys_.size();
    }
    larger = Row<std::uint64_t>(largerOf<std::size_t>(64, size * 2));
  }
}

TINCAN_INLINE std::uint64_t& FirstLines::placeOf(Row<std::uint64_t>& keys,
                                                 std::uint64_t key) noexcept {
  std::size_t at = narrowed<std::size_t>(key >> 1) % keys.size();
  while (keys[at] != 0 && keys[at] != key) at = (at + 1) % keys.size();
  return keys[at];
}

TINCAN_INLINE void FirstLines::moveTo(Row<std::uint64_t>& larger) noexcept {
  for (std::uint64_t const key : keys_) {
    if (key != 0) placeOf(larger, key) = key;
  }
  keys_.swap(larger);
}

}  // namespace tincan::inline abi0::detail
