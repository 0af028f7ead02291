// tincan/detail/queue/lane_chunk.hpp - some consecutive cells of a lane, and a place among them
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>

namespace tincan::inline abi0::detail {

/// A link of the list that a lane is.
///
///   Threads   The writer fills `cells` and `next`, as Lane says; the rest has one owner at a time.
template <class PlatformType, class CellType, std::size_t Cells>
struct alignas(FalseSharingRange) LaneChunk {
  using Platform = PlatformType;
  using Cell = CellType;
  static constexpr std::size_t Count = Cells;

  /// The chunk behind this one, or null if the writer has not come so far.
  LaneChunk* following() const noexcept {
    // acquire: pairs with the release in LaneReader::append().
    return next.load(std::memory_order_acquire);
  }

  typename Platform::template atomic<LaneChunk*> next{nullptr};
  typename Platform::template plain<LaneChunk*> previous{
      nullptr};                   // there as long as it has cells to be taken
  LaneChunk* nextHeld = nullptr;  // in the list of those that the reader still uses
  typename Platform::template plain<std::uint64_t> first{0};  // the position of cells[0]
  Cell cells[Cells];
};

/// A place in a lane, valid as long as the lane's reader has not passed it.
///
///   Threads   The reader.
template <class Chunk>
struct LaneCursor {
  using Cell = typename Chunk::Cell;

  Chunk* chunk = nullptr;
  std::size_t index = 0;
  std::uint64_t position = 0;

  /// The cell here, or null if its chunk is not there yet.
  Cell* cell() noexcept {
    if (index == Chunk::Count) {
      Chunk* const following = chunk->following();
      if (following == nullptr) return nullptr;
      chunk = following;
      index = 0;
    }
    return &chunk->cells[index];
  }

  /// The cell here if it is visible: if its word is larger than `taken`, the last one that was taken.
  /// Else null.
  Cell* visible(std::uint64_t taken) noexcept {
    Cell* const here = cell();
    // acquire: pairs with the release in Lane::publish().
    bool const isVisible = here != nullptr && here->word.load(std::memory_order_acquire) > taken;
    return isVisible ? here : nullptr;
  }

  void advance() noexcept {
    ++index;
    ++position;
  }
};

}  // namespace tincan::inline abi0::detail
