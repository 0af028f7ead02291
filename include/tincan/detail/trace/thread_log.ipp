// tincan/detail/trace/thread_log.ipp - what one thread notes of the buses that are traced: the bodies
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <string_view>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/trace/thread_log.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE std::uint32_t ThreadLog::numberOf(
    std::string_view channel) noexcept {
  try {
    std::lock_guard const lock(mutex_);
    auto at = numbers_.find(channel);
    if (at == numbers_.end()) {
      names_.reserve(names_.size() + 1);
      at = numbers_.emplace(channel, static_cast<std::uint32_t>(names_.size())).first;
      names_.push_back(&at->first);
    }
    return at->second;
  } catch (std::bad_alloc const&) {
    return NoPlace;
  }
}

[[gnu::noinline]] TINCAN_INLINE bool ThreadLog::addChunk(std::size_t count) noexcept {
  if (count >= most_) return false;
  Chunk* const chunk = new (std::nothrow) Chunk;
  if (chunk == nullptr) return false;
  // relaxed, both: count_ publishes them.
  if (last_ == nullptr) first_.store(chunk, std::memory_order_relaxed);
  else last_->next.store(chunk, std::memory_order_relaxed);
  last_ = chunk;
  return true;
}

TINCAN_INLINE void ThreadLog::clear() noexcept {
  std::lock_guard const lock(mutex_);
  // relaxed, all: nobody adds anything any more.
  count_.store(0, std::memory_order_relaxed);
  Chunk* chunk = first_.exchange(nullptr, std::memory_order_relaxed);
  while (chunk != nullptr) {
    Chunk const* const ended = chunk;
    chunk = chunk->next.load(std::memory_order_relaxed);
    delete ended;
  }
  last_ = nullptr;
}

}  // namespace tincan::inline abi0::detail
