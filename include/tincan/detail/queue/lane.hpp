// tincan/detail/queue/lane.hpp - an unbounded queue from one thread to one other
//
// Linked chunks of cells. Each cell carries a word that only grows from cell to cell; a cell is full
// when its word is larger than the last one taken, so nothing is ever cleared and a message of one
// cache line moves one cache line between the cores.
//
//   Threads   The writer: startsChunk, open, close, publish, prepareTwo, abandon. The reader:
//             everything else.
//   Order     What the writer did before publish() is visible to the reader once front() returns
//             the cell.
//   Progress  Never blocks. open() allocates when the reader has not yet returned a chunk; the
//             reader keeps `Spares` empty chunks for the writer and frees the rest.
//   Lifetime  A cell that was popped stays valid until the matching unpin().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/queue/asymmetric_flag.hpp>

namespace tincan::inline v0::detail {

/// `Cell` has a member `typename Platform::template atomic<std::uint64_t> word{0}`.
template <class PlatformType, class CellType, std::size_t CellsPerChunk, std::size_t Spares>
class Lane {
 public:
  using Platform = PlatformType;
  using Cell = CellType;

  /// What the receiver makes known to the writer of this lane, by `signal`.
  enum State : std::uint32_t {
    Listed,   // the reader looks at this lane in every round
    Retired,  // it does not: the writer that pushes must enlist the lane
    Driven,   // there are no rounds: the writer that pushes tells the driver, see Driver
    Closed    // nobody ever will: the writer that pushes must clear the lane itself
  };
  // Listed  -> Retired  reader: the lane has been quiet for long
  // Retired -> Listed   whoever sees the next message first: writer (who enlists) or reader
  // any     -> Closed   reader: its endpoint is closed

  struct alignas(FalseSharingRange) Chunk {
    typename Platform::template atomic<Chunk*> next{nullptr};
    Chunk* nextHeld = nullptr;
    typename Platform::template plain<std::uint64_t> first{0};  // the position of cells[0]
    Cell cells[CellsPerChunk];
  };

  Lane() : Lane(new Chunk) {}
  /// With a first chunk that is as good as new.
  explicit Lane(Chunk* first) noexcept : writing_(first), reading_(first), tail_(first) {}
  Lane(Lane const&) = delete;
  Lane& operator=(Lane const&) = delete;

  /// Both sides are done with it.
  ~Lane() {
    releaseHeld();
    for (Chunk* chunk = reading_; chunk != nullptr;) {
      Chunk* const next = chunk->next.load(std::memory_order_acquire);
      delete chunk;
      chunk = next;
    }
    while (Chunk* spare = takeSpare()) delete spare;
    delete ready_;
  }

  // ---- writer ----

  /// True if the next open() begins a chunk.
  bool startsChunk() const noexcept { return writeIndex_ == CellsPerChunk; }

  /// The next cell, to be filled and published. The reader takes cells in the order of opening, and
  /// waits at one that is not published. Throws std::bad_alloc, and then nothing has happened.
  Cell& open() {
    if (writeIndex_ == CellsPerChunk) addChunk();
    return writing_->cells[writeIndex_++];
  }

  /// Takes back the last open(): the cell could not be filled, and no other has been opened since.
  void close() noexcept { --writeIndex_; }

  /// After this the next two open() do not throw. Throws std::bad_alloc.
  void prepareTwo() {
    if (writeIndex_ + 1 >= CellsPerChunk && ready_ == nullptr) ready_ = anyChunk();
  }

  /// Makes the cell visible. `word` is larger than that of every cell opened before this one.
  void publish(Cell& cell, std::uint64_t word) noexcept {
    // release: pairs with the acquire in front() and look().
    cell.word.store(word, std::memory_order_release);
  }

  /// No more cells will be opened; the reader may drop the lane once it is empty.
  void abandon() noexcept {
    // release: pairs with the acquire in abandoned().
    abandoned_.store(1, std::memory_order_release);
  }

  // ---- reader ----

  bool abandoned() const noexcept { return abandoned_.load(std::memory_order_acquire) != 0; }

  /// The oldest cell that has not been popped, or null.
  Cell* front() noexcept {
    if (readIndex_ == CellsPerChunk && !nextChunk()) return nullptr;
    Cell& cell = reading_->cells[readIndex_];
    // acquire: pairs with the release in publish().
    return cell.word.load(std::memory_order_acquire) > taken_ ? &cell : nullptr;
  }

  /// Its word; 0 if there is none.
  std::uint64_t frontWord() noexcept {
    Cell* const cell = front();
    // relaxed: front() has acquired it.
    return cell == nullptr ? 0 : cell->word.load(std::memory_order_relaxed);
  }

  /// Takes what front() returned. Its contents stay valid until unpin().
  void pop() noexcept {
    // relaxed: front() has acquired this very word.
    advance(reading_->cells[readIndex_].word.load(std::memory_order_relaxed));
  }

  struct Taken {
    Cell* cell;          // null: none
    std::uint64_t word;  // of the cell, or of the one that exceeds the limit; 0: there is none
  };
  /// front() and pop(), unless the lane has come to that position or the word exceeds the limit.
  Taken take(std::uint64_t end, std::uint64_t limit) noexcept {
    if (popped_ >= end || (readIndex_ == CellsPerChunk && !nextChunk())) return {nullptr, 0};
    Cell& cell = reading_->cells[readIndex_];
    // acquire: pairs with the release in publish().
    std::uint64_t const word = cell.word.load(std::memory_order_acquire);
    if (word <= taken_) return {nullptr, 0};
    if (word > limit) return {nullptr, word};
    advance(word);
    return {&cell, word};
  }

  /// A place in the lane; as long as the reader has not passed it.
  struct Cursor {
    Chunk* chunk = nullptr;
    std::size_t index = 0;
    std::uint64_t position = 0;
  };
  /// The first visible cell at or after the cursor that `wanted` picks, or null. The cursor goes
  /// there.
  template <class Wanted>
  Cell* seek(Cursor& cursor, Wanted&& wanted) noexcept {
    if (cursor.chunk == nullptr || cursor.position <= popped_) {
      cursor = {reading_, readIndex_, popped_};
    }
    for (;;) {
      if (cursor.index == CellsPerChunk) {
        Chunk* const next = cursor.chunk->next.load(std::memory_order_acquire);
        if (next == nullptr) return nullptr;
        cursor.chunk = next;
        cursor.index = 0;
      }
      Cell& cell = cursor.chunk->cells[cursor.index];
      if (!visible(cell)) return nullptr;
      if (wanted(cell)) return &cell;
      ++cursor.index;
      ++cursor.position;
    }
  }
  /// Keeps every cell valid until the matching unpin().
  void pin() noexcept { ++pins_; }

  /// The cell of the matching pop() is no longer used.
  void unpin() noexcept {
    if (--pins_ == 0 && held_ != nullptr) [[unlikely]]
      releaseHeld();
  }

  /// How many cells have been popped.
  std::uint64_t popped() const noexcept { return popped_; }

  struct View {
    std::uint64_t begin;  // the position of the first one
    std::uint64_t end;    // the position after the last visible cell, in the count of popped()
    std::uint64_t last;   // the word of the last visible cell; 0 if the last chunk has none
  };

  /// What is visible now. Costs one probe per cell of the first chunk; if there are more chunks,
  /// the logarithm of a chunk.
  View look() noexcept {
    if (front() == nullptr) {
      lookChunk_ = reading_;
      lookIndex_ = readIndex_;
      lookEnd_ = popped_;
      return {popped_, popped_, 0};
    }
    // acquire: pairs with the release in addChunk(); makes `first` and the cells' zeros visible.
    Chunk* const tail = tail_.load(std::memory_order_acquire);
    std::size_t low = 0;
    if (tail == reading_) {
      low = readIndex_ + 1;
      while (low < CellsPerChunk && visible(tail->cells[low])) ++low;
    } else {
      // Words only grow within a chunk, and what an earlier use of the chunk left is smaller than
      // any word that has not been taken.
      std::size_t high = CellsPerChunk;
      while (low < high) {
        std::size_t const middle = (low + high) / 2;
        if (visible(tail->cells[middle])) low = middle + 1;
        else high = middle;
      }
    }
    lookChunk_ = tail;
    lookIndex_ = low;
    std::uint64_t const end = lookEnd_ = tail->first + low;
    // relaxed: only a number; visible() has acquired what needs acquiring.
    std::uint64_t const last =
        low == 0 ? 0 : tail->cells[low - 1].word.load(std::memory_order_relaxed);
    return {popped_, end, last};
  }
  /// How many messages there are at most in what look() has seen.
  static std::uint64_t depth(View const& view) noexcept { return view.end - view.begin; }

  /// The word of the first cell after what the last look() saw, if it has become visible; else 0.
  std::uint64_t lookAgain() noexcept {
    if (lookEnd_ <= popped_) {  // what was remembered may be gone
      Cell* const first = front();
      // relaxed: front() has acquired it.
      return first == nullptr ? 0 : first->word.load(std::memory_order_relaxed);
    }
    Chunk* chunk = lookChunk_;
    std::size_t index = lookIndex_;
    if (index == CellsPerChunk) {
      chunk = chunk->next.load(std::memory_order_acquire);
      if (chunk == nullptr) return 0;
      index = 0;
    }
    std::uint64_t const word = chunk->cells[index].word.load(std::memory_order_acquire);
    return word > taken_ ? word : 0;
  }

  AsymmetricFlag<Platform> signal;

 protected:
  /// Both sides are done with it: its first chunk for another lane, as good as new; null if there
  /// were more of them.
  Chunk* strip() noexcept {
    if (writing_->first != 0) return nullptr;
    for (std::size_t i = 0; i < writeIndex_; ++i) {
      writing_->cells[i].word.store(0, std::memory_order_relaxed);
    }
    reading_ = nullptr;
    return writing_;
  }

 private:
  /// Goes past the cell with that word.
  void advance(std::uint64_t word) noexcept {
    taken_ = word;
    ++readIndex_;
    ++popped_;
    ++pins_;
  }

  bool visible(Cell const& cell) const noexcept {
    return cell.word.load(std::memory_order_acquire) > taken_;
  }

  Chunk* anyChunk() {
    Chunk* const spare = takeSpare();
    return spare != nullptr ? spare : new Chunk;
  }

  [[gnu::noinline]] void addChunk() {
    Chunk* const chunk = ready_ != nullptr ? ready_ : anyChunk();
    ready_ = nullptr;
    // relaxed: the store below publishes it.
    chunk->next.store(nullptr, std::memory_order_relaxed);
    chunk->first = writing_->first + CellsPerChunk;
    // release, twice: pairs with the acquire in nextChunk(), and in look().
    writing_->next.store(chunk, std::memory_order_release);
    tail_.store(chunk, std::memory_order_release);
    writing_ = chunk;
    writeIndex_ = 0;
  }

  [[gnu::noinline]] bool nextChunk() noexcept {
    // acquire: pairs with the release in addChunk().
    Chunk* const next = reading_->next.load(std::memory_order_acquire);
    if (next == nullptr) return false;
    Chunk* const done = reading_;
    reading_ = next;
    readIndex_ = 0;
    if (pins_ != 0) {
      done->nextHeld = held_;
      held_ = done;
    } else {
      giveSpare(done);
    }
    return true;
  }

  [[gnu::noinline]] void releaseHeld() noexcept {
    while (held_ != nullptr) {
      Chunk* const chunk = held_;
      held_ = chunk->nextHeld;
      giveSpare(chunk);
    }
  }

  void giveSpare(Chunk* chunk) noexcept {
    // acquire: pairs with the release in takeSpare(); the place is free to be written again.
    if (spareIn_ - spareOut_.load(std::memory_order_acquire) == Spares) {
      delete chunk;
      return;
    }
    spares_[spareIn_ % Spares] = chunk;
    ++spareIn_;
    // release: pairs with the acquire in takeSpare(); the reader has finished with the chunk.
    spareGiven_.store(spareIn_, std::memory_order_release);
  }

  Chunk* takeSpare() noexcept {
    // relaxed: the writer's own count.
    std::uint64_t const out = spareOut_.load(std::memory_order_relaxed);
    if (spareGiven_.load(std::memory_order_acquire) == out) return nullptr;
    Chunk* const chunk = spares_[out % Spares];
    spareOut_.store(out + 1, std::memory_order_release);
    return chunk;
  }

  // The writer's line.
  alignas(FalseSharingRange) Chunk* writing_;
  std::size_t writeIndex_ = 0;
  Chunk* ready_ = nullptr;  // for the next addChunk()
  typename Platform::template atomic<std::uint64_t> spareOut_{0};

  // The reader's line.
  alignas(FalseSharingRange) Chunk* reading_;
  std::size_t readIndex_ = 0;
  std::uint64_t taken_ = 0;
  std::uint64_t popped_ = 0;
  std::size_t pins_ = 0;
  Chunk* held_ = nullptr;
  Chunk* lookChunk_ = nullptr;
  std::size_t lookIndex_ = 0;
  std::uint64_t lookEnd_ = 0;  // a position
  std::uint64_t spareIn_ = 0;

  // Written once in a chunk or less.
  alignas(FalseSharingRange) typename Platform::template atomic<Chunk*> tail_;
  typename Platform::template atomic<std::uint64_t> spareGiven_{0};
  typename Platform::template atomic<std::uint32_t> abandoned_{0};
  typename Platform::template plain<Chunk*> spares_[Spares] = {};
};

}  // namespace tincan::inline v0::detail
