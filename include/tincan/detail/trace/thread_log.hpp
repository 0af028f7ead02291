// tincan/detail/trace/thread_log.hpp - what one thread notes of the buses that are traced
//
//   Threads   add(), numberOf(): the thread that it belongs to. The others: any.
//   Order     What add() has noted before end() or each() was called is seen by that.
//   Progress  add() takes no lock; once in some hundred calls it allocates.
//   Errors    None: what finds no room is counted.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/base/platform.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/queue/poll_gate.hpp>
#include <tincan/detail/trace/trace_log.hpp>

namespace tincan::inline abi0::detail {

/// An event before all threads are put together.
struct TraceEntry {
  Nanoseconds time;
  std::uint64_t stamp;      // with the lane, this is the message
  void const* answer;       // the state of the answer; null: there is none
  std::uint32_t lane;       // the number of a lane; NoPlace
  std::uint32_t at, other;  // the numbers of endpoints; NoPlace: they are those of the lane
  std::uint32_t channel;    // its number in this log; NoPlace
  TraceEvent::What what;
  TraceEvent::Verb verb;
  Errc reason;
};

class ThreadLog {
 public:
  static constexpr std::uint32_t NoPlace = TraceEvent::NoPlace;

  explicit ThreadLog(std::size_t most) noexcept : most_(most) {}
  ThreadLog(ThreadLog const&) = delete;
  ThreadLog& operator=(ThreadLog const&) = delete;
  ~ThreadLog() { clear(); }

  // ---- its thread ----

  void add(TraceEntry const& entry) noexcept {
    std::uint32_t const outer = gate_.enter();
    if (gate_.observes(Gate::Open)) [[likely]]
      append(entry);
    static_cast<void>(gate_.exit(outer));  // end() waits, and clears
  }

  /// The number of a channel here. NoPlace: there is no memory for it.
  std::uint32_t numberOf(NameRecord const& channel) noexcept {
    Known& known = known_[channel.hash % KnownChannels];
    // Another one may lie where one was that has ended.
    if (known.record == &channel && known.hash == channel.hash) [[likely]]
      return known.number;
    std::uint32_t const number = numberOf(channel.view());
    if (channel.isKept && number != NoPlace) known = {&channel, channel.hash, number};
    return number;
  }
  std::uint32_t numberOf(std::string_view channel) noexcept;

  // ---- any thread ----

  /// Notes nothing more, after settle(), which may follow that of several logs.
  void beClosed() noexcept { gate_.set(Gate::Closed); }
  void settle() noexcept { gate_.settle(); }
  /// Gives back the memory, after settle().
  void end() noexcept {
    while (!gate_.isVacant()) ThreadPlatform::yield();
    clear();
  }

  /// Calls see(entry, channel) with each entry, in the order in which they were added.
  template <class See>
  void each(See&& see) const {
    std::lock_guard const lock(mutex_);
    std::size_t left = count();
    // relaxed, both: count() has acquired them.
    for (Chunk const* chunk = first_.load(std::memory_order_relaxed); left != 0;
         chunk = chunk->next.load(std::memory_order_relaxed)) {
      for (std::size_t i = 0; i < PerChunk && left != 0; ++i, --left) {
        TraceEntry const& entry = chunk->entries[i];
        see(entry, entry.channel == NoPlace ? std::string_view() : *names_[entry.channel]);
      }
    }
  }
  std::uint64_t lost() const noexcept {
    // relaxed: a count, on which nothing rests.
    return lost_.load(std::memory_order_relaxed);
  }

 private:
  using Gate = PollGate<ThreadPlatform>;
  static constexpr std::size_t PerChunk = 256;
  static constexpr std::size_t KnownChannels = 64;

  struct Chunk {
    std::atomic<Chunk*> next{nullptr};
    TraceEntry entries[PerChunk];
  };
  struct Known {
    NameRecord const* record;
    std::uint64_t hash;
    std::uint32_t number;
  };

  std::size_t count() const noexcept {
    // acquire: pairs with the release in append(): the entry is there, and its chunk.
    return count_.load(std::memory_order_acquire);
  }

  void append(TraceEntry const& entry) noexcept {
    // relaxed: only this thread writes it.
    std::size_t const count = count_.load(std::memory_order_relaxed);
    std::size_t const place = count % PerChunk;
    if (place == 0 && !addChunk(count)) [[unlikely]] {
      // relaxed: see lost().
      lost_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    last_->entries[place] = entry;
    last_->entries[place].time = ThreadPlatform::now();
    // release: pairs with the acquire in count().
    count_.store(count + 1, std::memory_order_release);
  }
  bool addChunk(std::size_t count) noexcept;
  void clear() noexcept;

  std::size_t const most_;  // entries
  Gate gate_{};

  std::atomic<std::size_t> count_{0};
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<Chunk*> first_{nullptr};
  Chunk* last_ = nullptr;
  Known known_[KnownChannels] = {};

  mutable Mutex mutex_{};  // guards the names, and the chunks against their end
  std::map<std::string, std::uint32_t, std::less<>> numbers_{};
  std::vector<std::string const*> names_{};  // the keys of numbers_
};

}  // namespace tincan::inline abi0::detail
