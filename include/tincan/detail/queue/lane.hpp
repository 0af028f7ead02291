// tincan/detail/queue/lane.hpp - an unbounded queue from one thread to one other
//
// Linked chunks of cells. Each cell carries a word that only grows from cell to cell; a cell is full
// when its word is larger than the last one taken, so nothing is ever cleared and a message of one
// cache line moves one cache line between the cores.
//
//   Threads   The writer: what is declared here, but for abandoned(). The reader: abandoned(), and
//             LaneReader.
//   Order     What the writer did before publish() is visible to the reader once front() returns
//             the cell.
//   Progress  Never blocks. open() allocates when the reader has not yet returned a chunk; the
//             reader keeps `Spares` empty chunks for the writer and frees the rest.
//   Lifetime  Ends when both sides are done with it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/asymmetric_flag.hpp>
#include <tincan/detail/queue/lane_chunk.hpp>
#include <tincan/detail/queue/lane_reader.hpp>

namespace tincan::inline abi0::detail {

/// `CellType` has a member `typename PlatformType::template atomic<std::uint64_t> word{0}`.
template <class PlatformType, class CellType, std::size_t CellsPerChunk, std::size_t Spares>
class Lane
    : public LaneReader<PlatformType, LaneChunk<PlatformType, CellType, CellsPerChunk>, Spares> {
 public:
  using Platform = PlatformType;
  using Cell = CellType;
  using Chunk = LaneChunk<Platform, Cell, CellsPerChunk>;

  /// What the receiver makes known to the writer, by `signal`.
  enum State : std::uint32_t {
    Listed,   // the reader looks at this lane in every round
    Retired,  // it does not: the writer that pushes must enlist the lane
    Driven,   // there are no rounds: the writer that pushes tells the driver, see Driver
    Closed    // nobody ever will: the writer that pushes must clear the lane itself
  };
  // Listed  -> Retired  reader: the lane is new, or has been quiet for long
  // Retired -> Listed   whoever sees the next message first: writer (who enlists) or reader
  // Listed  -> Driven   whoever makes the lane, on a bus that has a driver
  // any     -> Closed   reader: its endpoint is closed

  Lane() : Lane(new Chunk) {}
  /// Begins with a chunk that is as good as new.
  explicit Lane(Chunk* first) noexcept
      : Reader(first), next_(first->cells), end_(first->cells + CellsPerChunk), writing_(first) {}
  Lane(Lane const&) = delete;
  Lane& operator=(Lane const&) = delete;
  ~Lane() { delete ready_; }

  /// True if the next open() begins a chunk.
  bool startsChunk() const noexcept { return next_ == end_; }

  /// The next cell, to be filled and published. The reader takes cells in the order of opening, and
  /// waits at one that is not published. A chunk is begun only when all cells before it are published.
  /// Throws std::bad_alloc, and then nothing has happened.
  Cell& open() {
    if (next_ == end_) addChunk();
    return *next_++;
  }

  /// Takes back the last open(): the cell could not be filled, and no other has been opened since.
  void close() noexcept { --next_; }

  /// Sees to it that the next two open() do not throw. Throws std::bad_alloc.
  void prepareTwo() {
    if (end_ - next_ < 2 && ready_ == nullptr) ready_ = this->anyChunk();
  }

  /// True if no other cell was opened since.
  bool isLastOpened(Cell const* cell) const noexcept { return cell + 1 == next_; }

  /// Makes the cell visible. `word` is larger than that of every cell opened before this one.
  void publish(Cell& cell, std::uint64_t word) noexcept {
    // release: pairs with the acquire in front(), take(), look() and LaneCursor::visible().
    cell.word.store(word, std::memory_order_release);
  }

  /// The cell that the next open() returns, if that does not begin a chunk: it may be filled before.
  Cell& next() const noexcept { return *next_; }
  /// Opens the cell that next() has returned.
  void openNext(Cell& cell) noexcept { next_ = &cell + 1; }

  /// Says that no more cells will be opened; the reader may drop the lane once it is empty.
  void abandon() noexcept {
    // release: pairs with the acquire in abandoned().
    abandoned_.store(1, std::memory_order_release);
  }

  /// True if no more cells will be opened. A lane that is found empty after that stays empty.
  bool abandoned() const noexcept {
    // acquire: pairs with the release in abandon().
    return abandoned_.load(std::memory_order_acquire) != 0;
  }

 protected:
  /// Hands out the first chunk, as good as new, for another lane; null if there were more of them.
  /// Both sides are done with the lane.
  [[nodiscard]] Chunk* strip() noexcept {
    if (writing_->first != 0) return nullptr;
    for (Cell* cell = writing_->cells; cell != next_; ++cell) {
      // relaxed: no other thread has the lane.
      cell->word.store(0, std::memory_order_relaxed);
    }
    this->letGo();
    return writing_;
  }

 private:
  using Reader = LaneReader<Platform, Chunk, Spares>;

  [[gnu::noinline]] void addChunk() {
    Chunk* const chunk = ready_ != nullptr ? std::exchange(ready_, nullptr) : this->anyChunk();
    this->append(*writing_, *chunk);
    writing_ = chunk;
    next_ = chunk->cells;
    end_ = chunk->cells + CellsPerChunk;
  }

  // The writer's line.
  alignas(FalseSharingRange) Cell* next_;  // which open() returns
  Cell* end_;                              // of the chunk
  Chunk* writing_;
  Chunk* ready_ = nullptr;  // for the next addChunk()

 public:
  // The line that both read.
  alignas(FalseSharingRange) AsymmetricFlag<Platform> signal{};

 private:
  typename Platform::template atomic<std::uint32_t> abandoned_{0};
};

}  // namespace tincan::inline abi0::detail
