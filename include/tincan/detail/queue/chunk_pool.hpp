// tincan/detail/queue/chunk_pool.hpp - empty chunks on their way back from a lane's reader to its writer
//
//   Threads   give(): the reader. take(): the writer.
//   Order     What the reader has done to a chunk before give() has happened before the writer's
//             take() of it.
//   Progress  Wait-free. give() deletes a chunk for which there is no place.
//   Lifetime  Owns the chunks in it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace tincan::inline abi0::detail {

/// Holds at most `Most` chunks, which were made by new.
template <class Platform, class Chunk, std::size_t Most>
class ChunkPool {
 public:
  ChunkPool() = default;
  ChunkPool(ChunkPool const&) = delete;
  ChunkPool& operator=(ChunkPool const&) = delete;
  ~ChunkPool() {
    while (Chunk* chunk = take()) delete chunk;
  }

  void give(Chunk* chunk) noexcept {
    // acquire: pairs with the release in take(); the place is free to be written again.
    if (in_ - taken_.load(std::memory_order_acquire) == Most) {
      delete chunk;
      return;
    }
    chunks_[in_ % Most] = chunk;
    ++in_;
    // release: pairs with the acquire in take(); the reader has finished with the chunk.
    given_.store(in_, std::memory_order_release);
  }

  /// The chunk that was given first, or null if there is none.
  [[nodiscard]] Chunk* take() noexcept {
    // relaxed: only take() writes it.
    std::uint64_t const out = taken_.load(std::memory_order_relaxed);
    // acquire: pairs with the release in give().
    if (given_.load(std::memory_order_acquire) == out) return nullptr;
    Chunk* const chunk = chunks_[out % Most];
    // release: pairs with the acquire in give().
    taken_.store(out + 1, std::memory_order_release);
    return chunk;
  }

 private:
  typename Platform::template atomic<std::uint64_t> given_{0};  // how many, ever
  typename Platform::template atomic<std::uint64_t> taken_{0};  // how many of these
  std::uint64_t in_ = 0;                                        // the reader's copy of given_
  typename Platform::template plain<Chunk*> chunks_[Most] = {};
};

}  // namespace tincan::inline abi0::detail
