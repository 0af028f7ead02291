// tincan/detail/queue/lane_reader.hpp - the end of a lane at which its receiver looks what there is
//
// See Lane, which is this with the other end.
//
//   Threads   The reader; append(), the writer.
//   Order     What the writer did before publish() is visible to the reader once look(), visibleNow() or
//             seek() has shown the cell.
//   Progress  Never blocks, allocates nothing.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/lane_chunk.hpp>
#include <tincan/detail/queue/lane_taker.hpp>

namespace tincan::inline abi0::detail {

template <class Platform, class Chunk, std::size_t Spares>
class LaneReader : public LaneTaker<Platform, Chunk, Spares> {
  using Taker = LaneTaker<Platform, Chunk, Spares>;
  using Taker::CellsPerChunk;

 public:
  using Cell = typename Chunk::Cell;
  using Cursor = LaneCursor<Chunk>;

  /// Moves the cursor to the first visible cell, at or after it, that `wanted` picks. Null: none.
  template <class Wanted>
  Cell* seek(Cursor& cursor, Wanted&& wanted) noexcept {
    if (cursor.chunk == nullptr || cursor.position <= this->popped()) cursor = this->here();
    while (Cell* const cell = cursor.visible(this->taken())) {
      if (wanted(*cell)) return cell;
      cursor.advance();
    }
    return nullptr;
  }

  /// The cells that were visible at one time.
  struct View {
    std::uint64_t begin;  // the position of the first cell
    std::uint64_t end;    // the position after the last visible cell, in the count of popped()
    std::uint64_t last;   // the word of the last visible cell; 0 if there is none
  };

  /// What was visible at one time.
  struct Visible {
    std::uint64_t count;  // of cells
    std::uint64_t last;   // the word of the last one; 0 if there is none
  };
  /// Says what look() would see, which this does not remember for lookAgain().
  Visible visibleNow() noexcept {
    Cell* const first = this->front();
    if (first == nullptr) return {0, 0};
    // acquire: pairs with the release in append().
    if (tail_.load(std::memory_order_acquire) != this->reading()) [[unlikely]] {
      View const view = look();
      return {view.end - view.begin, view.last};
    }
    Cell* last = first;
    while (last + 1 != this->end() && this->visible(last[1])) ++last;
    // relaxed: visible() has acquired it.
    return {static_cast<std::uint64_t>(last + 1 - first),
            last->word.load(std::memory_order_relaxed)};
  }

  /// Looks what is visible now. Costs one probe per cell of the first chunk; if there are more chunks,
  /// the logarithm of a chunk.
  View look() noexcept {
    Cell const* const first = this->front();
    looked_ = this->here();
    grows_ = 0;
    std::uint64_t const begin = looked_.position;
    if (first == nullptr) return {begin, begin, 0};
    // acquire: pairs with the release in append(); makes `first` and the cells' zeros visible.
    Chunk* const tail = tail_.load(std::memory_order_acquire);
    std::size_t end = 0;
    if (tail == this->reading()) {
      end = looked_.index + 1;
      while (end < CellsPerChunk && this->visible(tail->cells[end])) ++end;
    } else {
      end = countVisible(*tail);
    }
    looked_ = {tail, end, tail->first + end};
    // The chunk before is not behind the one that is read, and all of its cells are visible.
    Chunk const* const before = tail->previous;
    Cell const& last = end == 0 ? before->cells[CellsPerChunk - 1] : tail->cells[end - 1];
    // relaxed: only a number; visible() has acquired what needs acquiring.
    View const view{begin, looked_.position, last.word.load(std::memory_order_relaxed)};
    if constexpr (HasClaims<Cell>) {
      // Its word may grow: the second look is at it, too.
      if (Cell::mustBeClaimed(view.last)) [[unlikely]]
        lookBackAtLast(view.last);
    }
    return view;
  }
  /// How many messages are in so many visible cells.
  static std::uint64_t depth(std::uint64_t cells) noexcept { return cells; }

  /// The word of the first cell after what the last look() saw, if it has become visible; else 0. If the word of the
  /// last cell that it saw has grown since then, that.
  std::uint64_t lookAgain() noexcept {
    Cursor cursor = looked_;
    if constexpr (HasClaims<Cell>) {
      if (grows_ != 0 && cursor.position >= this->popped()) [[unlikely]] {
        std::uint64_t const word = wordAt(cursor);
        if (word != grows_) return word;
        ++cursor.index;
        ++cursor.position;
      }
    }
    // What was remembered may be gone.
    return cursor.position <= this->popped() ? this->frontWord() : wordAt(cursor);
  }

 protected:
  explicit LaneReader(Chunk* first) noexcept : Taker(first), tail_(first) {}
  ~LaneReader() = default;

  /// Shows the reader an empty chunk behind the last one.
  void append(Chunk& last, Chunk& chunk) noexcept {
    // relaxed: the store below publishes it.
    chunk.next.store(nullptr, std::memory_order_relaxed);
    chunk.first = last.first + CellsPerChunk;
    chunk.previous = &last;
    // release, twice: pairs with the acquire in following(), and in look().
    last.next.store(&chunk, std::memory_order_release);
    tail_.store(&chunk, std::memory_order_release);
  }

 private:
  /// The word of the cell there; 0 if it is not visible.
  std::uint64_t wordAt(Cursor& cursor) const noexcept {
    Cell* const cell = cursor.visible(this->taken());
    // relaxed: visible() has acquired it.
    return cell == nullptr ? 0 : cell->word.load(std::memory_order_relaxed);
  }

  /// Moves the cursor back to the last cell that a look has seen, with that word.
  void lookBackAtLast(std::uint64_t word) noexcept {
    grows_ = word;
    if (looked_.index == 0) {
      looked_.chunk = looked_.chunk->previous;
      looked_.index = CellsPerChunk;
    }
    --looked_.index;
    --looked_.position;
  }

  /// The number of visible cells in a chunk that the reader has not begun.
  [[gnu::noinline]] std::size_t countVisible(Chunk& chunk) const noexcept {
    // Words only grow within a chunk, and what an earlier use of the chunk left is smaller than any
    // word that has not been taken.
    std::size_t count = 0;
    for (std::size_t rest = CellsPerChunk; rest > 0;) {
      std::size_t const half = rest / 2;
      bool const isVisible = this->visible(chunk.cells[count + half]);
      if (isVisible) count += half + 1;
      rest = isVisible ? rest - half - 1 : half;
    }
    return count;
  }

  // Behind what the last look() saw, or at the last cell of that if its word may grow.
  Cursor looked_{};
  std::uint64_t grows_ = 0;  // that word; 0: it cannot
  // Written once in a chunk.
  alignas(FalseSharingRange) typename Platform::template atomic<Chunk*> tail_;
};

}  // namespace tincan::inline abi0::detail
