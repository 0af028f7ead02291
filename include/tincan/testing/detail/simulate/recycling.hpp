// tincan/testing/detail/simulate/recycling.hpp - memory that one run of an exploration leaves to the next
//
// A bus is made and torn down for each run, and its large and aligned parts take the allocator longer
// than all else takes. Only the memory is kept, the objects end with their run. Blocks are the heap's
// own: on a thread where nothing is recycled they come from there, and go back there.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <utility>

#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/testing/detail/simulate/stack.hpp>

namespace tincan::inline abi0::testing::detail {

using tincan::detail::EndpointCore;
using tincan::detail::MessageLane;
using tincan::detail::MessageQueue;

/// While it lives, what simulations on its thread give back is kept for the next one. Not under the
/// address sanitizer, which is to see what is used after its run.
class Recycling {
 public:
  Recycling() noexcept : before_(std::exchange(current(), this)) {}
  Recycling(Recycling const&) = delete;
  Recycling& operator=(Recycling const&) = delete;
  ~Recycling() {
    current() = before_;
    for (Shelf& shelf : shelves_) {
      while (Block* const block = shelf.take()) ::operator delete(block, shelf.alignment);
    }
    while (chunks_ != nullptr) delete std::exchange(chunks_, chunks_->nextHeld);
  }

  static void* take(std::size_t size, std::align_val_t alignment) {
    Shelf* const shelf = shelfOf(size, alignment);
    Block* const block = shelf == nullptr ? nullptr : shelf->take();
    return block == nullptr ? ::operator new(size, alignment) : block;
  }
  static void give(void* memory, std::size_t size, std::align_val_t alignment) noexcept {
    Shelf* const shelf = shelfOf(size, alignment);
    if (shelf == nullptr) ::operator delete(memory, alignment);
    else shelf->first = ::new (memory) Block{shelf->first};
  }

  static MessageQueue::Chunk* takeChunk() {
    Recycling* const self = current();
    if (self == nullptr || self->chunks_ == nullptr) return new MessageQueue::Chunk;
    MessageQueue::Chunk* const chunk = self->chunks_;
    self->chunks_ = std::exchange(chunk->nextHeld, nullptr);
    return chunk;
  }
  /// Takes back a chunk that is as good as new.
  static void giveChunk(MessageQueue::Chunk* chunk) noexcept {
    Recycling* const self = current();
    if (!Keeps || self == nullptr) delete chunk;
    else chunk->nextHeld = std::exchange(self->chunks_, chunk);
  }

 private:
#if defined(TINCAN_DETAIL_ASAN)
  static constexpr bool Keeps = false;
#else
  static constexpr bool Keeps = true;
#endif

  struct Block {
    Block* next;
  };
  /// Blocks of one size and alignment.
  struct Shelf {
    Block* take() noexcept {
      return first == nullptr ? nullptr : std::exchange(first, first->next);
    }
    std::size_t size = 0;
    std::align_val_t alignment{};
    Block* first = nullptr;
  };

  static Recycling*& current() noexcept {
    static constinit thread_local Recycling* recycling = nullptr;
    return recycling;
  }
  /// The shelf for such blocks; null: they go to the heap.
  static Shelf* shelfOf(std::size_t size, std::align_val_t alignment) noexcept {
    Recycling* const self = current();
    if (!Keeps || self == nullptr) return nullptr;
    for (Shelf& shelf : self->shelves_) {
      if (shelf.size == 0) shelf = {size, alignment, nullptr};
      if (shelf.size == size && shelf.alignment == alignment) return &shelf;
    }
    return nullptr;
  }

  Recycling* const before_;
  Shelf shelves_[8];
  MessageQueue::Chunk* chunks_ = nullptr;
};

/// Allocator for what std::allocate_shared makes, with blocks that earlier runs have left.
template <class T>
struct RecyclingAllocator {
  using value_type = T;

  RecyclingAllocator() = default;
  template <class U>
  // NOLINTNEXTLINE(google-explicit-constructor): containers rebind.
  RecyclingAllocator(RecyclingAllocator<U>) noexcept {}

  T* allocate(std::size_t count) {
    return static_cast<T*>(Recycling::take(count * sizeof(T), std::align_val_t{alignof(T)}));
  }
  void deallocate(T* at, std::size_t count) noexcept {
    Recycling::give(at, count * sizeof(T), std::align_val_t{alignof(T)});
  }
  friend bool operator==(RecyclingAllocator, RecyclingAllocator) noexcept { return true; }
};

/// A lane whose memory the next run uses again.
struct RecycledLane final : MessageLane {
  RecycledLane(std::shared_ptr<EndpointCore> from, std::shared_ptr<EndpointCore> to)
      : MessageLane(std::move(from), std::move(to), Recycling::takeChunk()) {}
  ~RecycledLane() {
    if (MessageQueue::Chunk* const chunk = strip()) Recycling::giveChunk(chunk);
  }
};

}  // namespace tincan::inline abi0::testing::detail
