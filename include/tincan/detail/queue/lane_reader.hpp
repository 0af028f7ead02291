// tincan/detail/queue/lane_reader.hpp - the end of a lane from which its receiver takes cells
//
// See Lane, which is this with the other end.
//
//   Threads   The reader; what is protected, the writer.
//   Order     What the writer did before publish() is visible to the reader once front(), take(),
//             seek() or look() has shown the cell.
//   Progress  Never blocks, allocates nothing.
//   Lifetime  Owns the chunks, from the one that is read on. A cell that was popped stays valid until
//             the matching unpin().
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/chunk_pool.hpp>
#include <tincan/detail/queue/lane_chunk.hpp>

namespace tincan::inline v0::detail {

template <class Platform, class Chunk, std::size_t Spares>
class LaneReader {
 public:
  using Cell = typename Chunk::Cell;
  using Cursor = LaneCursor<Chunk>;

  LaneReader(LaneReader const&) = delete;
  LaneReader& operator=(LaneReader const&) = delete;

  /// The oldest cell that has not been popped, or null.
  Cell* front() noexcept {
    if (next_ == end_ && !nextChunk()) return nullptr;
    Cell& cell = *next_;
    // acquire: pairs with the release in publish().
    return cell.word.load(std::memory_order_acquire) > taken_ ? &cell : nullptr;
  }

  /// The word of front(); 0 if there is none.
  std::uint64_t frontWord() noexcept {
    Cell* const cell = front();
    // relaxed: front() has acquired it.
    return cell == nullptr ? 0 : cell->word.load(std::memory_order_relaxed);
  }

  /// Takes the cell that front() has returned.
  void pop() noexcept {
    // relaxed: front() has acquired this very word.
    advance(next_->word.load(std::memory_order_relaxed));
  }

  struct Taken {
    Cell* cell;          // null: none
    std::uint64_t word;  // of the cell, or of the one that exceeds the limit; 0: there is none
  };
  /// Takes the oldest cell, unless its word exceeds `limit`.
  [[gnu::always_inline]] Taken take(std::uint64_t limit) noexcept {
    if (next_ == end_ && !nextChunk()) [[unlikely]]
      return {nullptr, 0};
    Cell& cell = *next_;
    // acquire: pairs with the release in publish().
    std::uint64_t const word = cell.word.load(std::memory_order_acquire);
    if (word <= taken_) return {nullptr, 0};
    if (word > limit) return {nullptr, word};
    advance(word);
    return {&cell, word};
  }

  /// The first cell of a takeRun(last); null if that would take none.
  Cell const* within(std::uint64_t last) const noexcept {
    if (taken_ >= last || next_ == end_) return nullptr;
    // acquire: pairs with the release in publish().
    return next_->word.load(std::memory_order_acquire) <= last ? next_ : nullptr;
  }
  /// Takes the cells in a row, up to the end of the chunk, whose words are at most `last`, the word of a
  /// cell that is visible or was. `wants(cell, word)` says whether to take a cell; then use(cell) is called,
  /// which may come back here, and says whether to go on. The cells are given back at the end.
  template <class Wants, class Use>
  [[gnu::always_inline]] void takeRun(std::uint64_t last, Wants&& wants, Use&& use) {
    Pin const pinned(*this);
    while (taken_ < last && next_ != end_) {
      Cell& cell = *next_;
      // acquire: pairs with the release in publish().
      std::uint64_t const word = cell.word.load(std::memory_order_acquire);
      if (word > last || !wants(cell, word)) return;
      taken_ = word;
      next_ = &cell + 1;
      if (!use(cell)) return;
    }
  }

  /// Moves the cursor to the first visible cell, at or after it, that `wanted` picks. Null: none.
  template <class Wanted>
  Cell* seek(Cursor& cursor, Wanted&& wanted) noexcept {
    if (cursor.chunk == nullptr || cursor.position <= popped()) cursor = here();
    while (Cell* const cell = cursor.visible(taken_)) {
      if (wanted(*cell)) return cell;
      cursor.advance();
    }
    return nullptr;
  }

  /// Keeps every cell valid until the matching unpin().
  void pin() noexcept { ++pins_; }

  /// Gives back the cell of the matching pop(), take() or pin().
  void unpin() noexcept {
    if (--pins_ == 0 && held_ != nullptr) [[unlikely]]
      releaseHeld();
  }

  /// The number of cells that have been popped.
  std::uint64_t popped() const noexcept { return reading_->first + index(); }

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
    Cell* const first = front();
    if (first == nullptr) return {0, 0};
    // acquire: pairs with the release in append().
    if (tail_.load(std::memory_order_acquire) != reading_) [[unlikely]] {
      View const view = look();
      return {view.end - view.begin, view.last};
    }
    Cell* last = first;
    while (last + 1 != end_ && visible(last[1])) ++last;
    // relaxed: visible() has acquired it.
    return {static_cast<std::uint64_t>(last + 1 - first),
            last->word.load(std::memory_order_relaxed)};
  }

  /// Looks what is visible now. Costs one probe per cell of the first chunk; if there are more chunks,
  /// the logarithm of a chunk.
  View look() noexcept {
    Cell const* const first = front();
    looked_ = here();
    std::uint64_t const begin = looked_.position;
    if (first == nullptr) return {begin, begin, 0};
    // acquire: pairs with the release in append(); makes `first` and the cells' zeros visible.
    Chunk* const tail = tail_.load(std::memory_order_acquire);
    std::size_t end = 0;
    if (tail == reading_) {
      end = looked_.index + 1;
      while (end < CellsPerChunk && visible(tail->cells[end])) ++end;
    } else {
      end = countVisible(*tail);
    }
    looked_ = {tail, end, tail->first + end};
    // The chunk before is not behind the one that is read, and all of its cells are visible.
    Chunk const* const before = tail->previous;
    Cell const& last = end == 0 ? before->cells[CellsPerChunk - 1] : tail->cells[end - 1];
    // relaxed: only a number; visible() has acquired what needs acquiring.
    return {begin, looked_.position, last.word.load(std::memory_order_relaxed)};
  }
  /// The largest number of messages that can be in so many cells.
  static std::uint64_t depth(std::uint64_t cells) noexcept { return cells; }

  /// The word of the first cell after what the last look() saw, if it has become visible; else 0.
  std::uint64_t lookAgain() noexcept {
    if (looked_.position <= popped()) return frontWord();  // what was remembered may be gone
    Cell* const cell = Cursor(looked_).visible(taken_);
    // relaxed: visible() has acquired it.
    return cell == nullptr ? 0 : cell->word.load(std::memory_order_relaxed);
  }

 protected:
  explicit LaneReader(Chunk* first) noexcept
      : reading_(first), next_(first->cells), end_(first->cells + CellsPerChunk), tail_(first) {}
  /// Ends the lane, when both sides are done with it.
  ~LaneReader() {
    releaseHeld();
    while (reading_ != nullptr) delete std::exchange(reading_, reading_->following());
  }

  /// An empty chunk for the writer: one that the reader has given back, or a new one. Throws
  /// std::bad_alloc.
  Chunk* anyChunk() {
    Chunk* const spare = spares_.take();
    return spare != nullptr ? spare : new Chunk;
  }

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

  /// Lets go of the chunk that is read. Both sides are done with the lane.
  void letGo() noexcept { reading_ = nullptr; }

 private:
  static constexpr std::size_t CellsPerChunk = Chunk::Count;

  struct Pin {
    explicit Pin(LaneReader& reader) noexcept : lane(reader) { lane.pin(); }
    ~Pin() { lane.unpin(); }
    Pin(Pin const&) = delete;
    Pin& operator=(Pin const&) = delete;
    LaneReader& lane;
  };

  /// Goes past the cell here, whose word that is.
  void advance(std::uint64_t word) noexcept {
    taken_ = word;
    ++next_;
    ++pins_;
  }

  std::size_t index() const noexcept { return static_cast<std::size_t>(next_ - reading_->cells); }
  Cursor here() const noexcept { return {reading_, index(), popped()}; }

  bool visible(Cell const& cell) const noexcept {
    // acquire: pairs with the release in publish().
    return cell.word.load(std::memory_order_acquire) > taken_;
  }

  /// The number of visible cells in a chunk that the reader has not begun.
  [[gnu::noinline]] std::size_t countVisible(Chunk& chunk) const noexcept {
    // Words only grow within a chunk, and what an earlier use of the chunk left is smaller than any
    // word that has not been taken.
    auto const isVisible = [this](Cell const& cell) { return visible(cell); };
    Cell* const end = std::partition_point(chunk.cells, chunk.cells + CellsPerChunk, isVisible);
    return static_cast<std::size_t>(end - chunk.cells);
  }

  [[gnu::noinline]] bool nextChunk() noexcept {
    Chunk* const next = reading_->following();
    if (next == nullptr) return false;
    Chunk* const done = reading_;
    reading_ = next;
    next_ = next->cells;
    end_ = next->cells + CellsPerChunk;
    if (pins_ != 0) {
      done->nextHeld = held_;
      held_ = done;
    } else {
      spares_.give(done);
    }
    return true;
  }

  [[gnu::noinline]] void releaseHeld() noexcept {
    while (held_ != nullptr) spares_.give(std::exchange(held_, held_->nextHeld));
  }

  // The reader's line.
  alignas(FalseSharingRange) Chunk* reading_;
  Cell* next_;               // the oldest cell that has not been popped
  Cell* end_;                // of the chunk
  std::uint64_t taken_ = 0;  // the word of the last cell that was popped
  std::size_t pins_ = 0;
  Chunk* held_ = nullptr;
  Cursor looked_;  // behind what the last look() saw

  // Written once in a chunk or less.
  alignas(FalseSharingRange) typename Platform::template atomic<Chunk*> tail_;
  ChunkPool<Platform, Chunk, Spares> spares_;
};

}  // namespace tincan::inline v0::detail
