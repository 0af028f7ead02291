// tincan/detail/endpoint/first_lines.hpp - which lines a bus has written to stderr already
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline v0::detail {

/// A set of 64-bit keys, none of which is 0, that only grows.
///
///   Threads   Any.
class FirstLines {
 public:
  /// Adds a key. False if it is in the set already. Throws std::bad_alloc.
  bool add(std::uint64_t key) {
    std::lock_guard const lock(mutex_);
    if (count_ * 2 >= keys_.size()) grow();
    std::uint64_t& place = placeOf(keys_, key);
    if (place == key) return false;
    place = key;
    ++count_;
    return true;
  }

 private:
  /// Where the key is, or will be. There is room.
  static std::uint64_t& placeOf(std::vector<std::uint64_t>& keys, std::uint64_t key) noexcept {
    std::size_t at = (key >> 1) % keys.size();
    while (keys[at] != 0 && keys[at] != key) at = (at + 1) % keys.size();
    return keys[at];
  }
  void grow() {
    std::vector<std::uint64_t> larger((std::max<std::size_t>)(64, keys_.size() * 2));
    for (std::uint64_t const key : keys_) {
      if (key != 0) placeOf(larger, key) = key;
    }
    keys_.swap(larger);
  }

  Mutex mutex_;                      // guards all that follows
  std::vector<std::uint64_t> keys_;  // open addressing; 0: free
  std::size_t count_ = 0;
};

}  // namespace tincan::inline v0::detail
