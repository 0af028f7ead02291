// tincan/detail/endpoint/first_lines.hpp - which lines a bus has written to stderr already
#pragma once

#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/row.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

/// A set of 64-bit keys, none of which is 0: those of lines that have been written. It takes no more
/// than `Most`, since channels may be named at run time, each of them once.
///
///   Threads   Any.
///   Progress  Allocates without the lock.
class FirstLines {
 public:
  static constexpr std::size_t Most = 4096;

  enum class Say {
    Nothing,   // it has been written, or there were too many
    Line,      // for the first time
    LastLine,  // and no other will be written after it
  };

  /// Adds a key, and says what is to be written for it. Throws std::bad_alloc.
  [[nodiscard]] Say add(std::uint64_t key);

 private:
  /// Where the key is, or will be. There is room.
  static std::uint64_t& placeOf(Row<std::uint64_t>& keys, std::uint64_t key) noexcept;
  bool hasRoom() const noexcept { return count_ * 2 < keys_.size(); }
  void moveTo(Row<std::uint64_t>& larger) noexcept;

  Mutex mutex_{};              // guards all that follows
  Row<std::uint64_t> keys_{};  // open addressing; 0: free
  std::size_t count_ = 0;
};

}  // namespace tincan::inline abi0::detail
