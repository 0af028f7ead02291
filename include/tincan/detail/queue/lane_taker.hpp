// tincan/detail/queue/lane_taker.hpp - the place up to which a lane was read, and how cells are taken there
//
//   Threads   The reader; anyChunk(), the writer.
//   Order     What the writer did before publish() is visible to the reader once front(), take() or takeRun()
//             has shown the cell.
//   Progress  Never blocks, allocates nothing; anyChunk() may.
//   Lifetime  Owns the chunks, from the one that is read on. A cell that was popped stays valid until
//             the matching unpin().
#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/chunk_pool.hpp>
#include <tincan/detail/queue/lane_chunk.hpp>

namespace tincan::inline abi0::detail {

/// A cell whose contents the writer may change or take back after it was published: mustBeClaimed(word) says so, and
/// the reader takes them by claim(), before it goes past the cell.
template <class Cell>
concept HasClaims = requires(std::uint64_t word) {
  { Cell::mustBeClaimed(word) } -> std::same_as<bool>;
};

template <class Platform, class Chunk, std::size_t Spares>
class LaneTaker {
 public:
  using Cell = typename Chunk::Cell;

  LaneTaker(LaneTaker const&) = delete;
  LaneTaker& operator=(LaneTaker const&) = delete;

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
    if constexpr (HasClaims<Cell>) {
      if (Cell::mustBeClaimed(word)) [[unlikely]]
        return takeClaimed(cell, limit);
    }
    advance(word);
    return {&cell, word};
  }

  /// The first cell of a takeRun(last); null if that would take none.
  Cell const* within(std::uint64_t last) const noexcept {
    if (taken_ >= last || next_ == end_) return nullptr;
    // relaxed: as in takeRun().
    return next_->word.load(std::memory_order_relaxed) <= last ? next_ : nullptr;
  }
  /// True if all cells up to that word have been taken.
  bool hasTaken(std::uint64_t last) const noexcept { return taken_ >= last; }
  /// As hasTaken(), where the writer may take cells out, too: lanes that let it do so have one that keeps it out.
  bool hasTakenShared(std::uint64_t last) const noexcept { return hasTaken(last); }
  /// Takes the cells in a row, up to the end of the chunk, whose words are at most `last`, the word of a
  /// cell that is visible or was. `wants(cell, word)` says whether to take a cell; then use(cell) is called,
  /// which may come back here, and says whether to go on. The cells are given back at the end.
  template <class Wants, class Use>
  [[gnu::always_inline]] void takeRun(std::uint64_t last, Wants&& wants, Use&& use) {
    Pin const pinned(*this);
    while (taken_ < last && next_ != end_) {
      Cell& cell = *next_;
      // relaxed: the look that has found `last` has acquired it, and all before it.
      std::uint64_t const word = cell.word.load(std::memory_order_relaxed);
      if (word > last || !wants(cell, word)) return;
      taken_ = word;
      next_ = &cell + 1;
      if (!use(cell)) return;
    }
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

 protected:
  static constexpr std::size_t CellsPerChunk = Chunk::Count;

  explicit LaneTaker(Chunk* first) noexcept
      : reading_(first), next_(first->cells), end_(first->cells + CellsPerChunk) {}
  /// Ends the lane, when both sides are done with it.
  ~LaneTaker() {
    releaseHeld();
    while (reading_ != nullptr) delete std::exchange(reading_, reading_->following());
  }

  /// An empty chunk for the writer: one that the reader has given back, or a new one. Throws
  /// std::bad_alloc.
  Chunk* anyChunk() {
    Chunk* const spare = spares_.take();
    return spare != nullptr ? spare : new Chunk;
  }

  /// Lets go of the chunk that is read. Both sides are done with the lane.
  void letGo() noexcept { reading_ = nullptr; }

  Chunk* reading() const noexcept { return reading_; }
  /// The end of the chunk that is read.
  Cell* end() const noexcept { return end_; }
  std::size_t index() const noexcept { return static_cast<std::size_t>(next_ - reading_->cells); }
  LaneCursor<Chunk> here() const noexcept { return {reading_, index(), popped()}; }

  bool visible(Cell const& cell) const noexcept {
    // acquire: pairs with the release in publish().
    return cell.word.load(std::memory_order_acquire) > taken_;
  }
  /// The word of the last cell that was popped.
  std::uint64_t taken() const noexcept { return taken_; }

 private:
  struct Pin {
    explicit Pin(LaneTaker& reader) noexcept : lane(reader) { lane.pin(); }
    ~Pin() { lane.unpin(); }
    Pin(Pin const&) = delete;
    Pin& operator=(Pin const&) = delete;
    LaneTaker& lane;
  };

  /// Goes past the cell here, whose word that is.
  void advance(std::uint64_t word) noexcept {
    taken_ = word;
    ++next_;
    ++pins_;
  }

  /// Takes a cell whose contents the writer may change or take back, once they are the reader's. None while they are
  /// being changed, which gives the cell a larger word.
  [[gnu::noinline]] Taken takeClaimed(Cell& cell, std::uint64_t limit) noexcept {
    for (;;) {
      auto const seen = cell.lookAtClaim();  // first: the word belongs to this, or the claim fails
      // acquire: pairs with the release in publish().
      std::uint64_t const word = cell.word.load(std::memory_order_acquire);
      if (word > limit) return {nullptr, word};
      auto const claimed = cell.claim(seen);
      using Outcome = std::remove_const_t<decltype(claimed)>;
      if (claimed == Outcome::Changing) return {nullptr, 0};
      if (claimed == Outcome::Changed) continue;
      advance(word);
      return {&cell, cell.settle(claimed)};
    }
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

  // Written once in a chunk or less.
  alignas(FalseSharingRange) ChunkPool<Platform, Chunk, Spares> spares_{};
};

}  // namespace tincan::inline abi0::detail
