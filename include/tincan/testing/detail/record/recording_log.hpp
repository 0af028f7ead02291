// tincan/testing/detail/record/recording_log.hpp - what one endpoint takes and sees, with the time
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include <tincan/detail/process/mutex.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing::detail {

/// The log of one endpoint of a bus that is recorded. An event is 16 bytes; names are kept once.
///
///   Threads   Any. Mostly the endpoint's own alone, so that its lock is free.
///   Order     As they were added; the times say how they come among those of other logs.
///   Errors    std::bad_alloc: then nothing was added.
class RecordingLog {
 public:
  using What = Recording::Entry::What;

  struct Event {
    std::int64_t time;
    std::uint32_t source;   // see Source
    std::uint32_t channel;  // its number; NoChannel if it is no message
  };
  /// A kind of event that comes from one endpoint, which has a number.
  struct Source {
    std::uint32_t from;
    What what;

    friend auto operator<=>(Source const&, Source const&) = default;
  };
  static constexpr std::uint32_t NoChannel = (std::numeric_limits<std::uint32_t>::max)();

  explicit RecordingLog(std::uint32_t owner) noexcept : owner_(owner) {}
  RecordingLog(RecordingLog const&) = delete;
  RecordingLog& operator=(RecordingLog const&) = delete;

  /// The number of the endpoint whose log it is.
  std::uint32_t owner() const noexcept { return owner_; }

  /// The number of that source here.
  std::uint32_t numberOf(Source const& source) {
    std::lock_guard const lock(mutex_);
    auto const known = sourceNumbers_.find(source);
    if (known != sourceNumbers_.end()) return known->second;
    auto const number = static_cast<std::uint32_t>(sources_.size());
    sources_.push_back(source);
    orPop(sources_, [&] { sourceNumbers_.emplace(source, number); });
    return number;
  }
  /// The number of that channel here.
  std::uint32_t numberOf(std::string_view channel) {
    std::lock_guard const lock(mutex_);
    auto const known = channelNumbers_.find(channel);
    if (known != channelNumbers_.end()) return known->second;
    auto const number = static_cast<std::uint32_t>(channels_.size());
    channels_.push_back(nullptr);
    orPop(channels_,
          [&] { channels_.back() = &channelNumbers_.emplace(channel, number).first->first; });
    return number;
  }

  void add(std::uint32_t source, std::uint32_t channel = NoChannel) {
    std::lock_guard const lock(mutex_);
    append(source, channel);
  }
  /// Adds it, unless the event before is one of that source, too: a loop that looks is one look.
  void addUnlessRepeated(std::uint32_t source) {
    std::lock_guard const lock(mutex_);
    if (last_ != source) append(source, NoChannel);
  }

  /// How many events there are.
  std::size_t size() const {
    std::lock_guard const lock(mutex_);
    return count_;
  }
  /// Calls see(index, time, source, channel) with each event, which is a message if it has a channel.
  template <class See>
  void each(See&& see) const {
    std::lock_guard const lock(mutex_);
    for (std::size_t i = 0; i < count_; ++i) {
      Event const& event = (*chunks_[i / PerChunk])[i % PerChunk];
      bool const isMessage = event.channel != NoChannel;
      see(i, event.time, sources_[event.source],
          isMessage ? std::string_view(*channels_[event.channel]) : std::string_view());
    }
  }
  /// Gives back the memory.
  void clear() noexcept {
    std::lock_guard const lock(mutex_);
    chunks_.clear();
    count_ = 0;
    last_ = NoChannel;
  }

 private:
  static constexpr std::size_t PerChunk = 512;
  using Chunk = std::vector<Event>;

  /// Calls it; takes the last one away again, if it throws.
  template <class All, class F>
  static void orPop(All& all, F&& function) {
    try {
      function();
    } catch (...) {
      all.pop_back();
      throw;
    }
  }

  /// Under the lock, so that times do not go back.
  void append(std::uint32_t source, std::uint32_t channel) {
    if (count_ == chunks_.size() * PerChunk) addChunk();
    auto const now = std::chrono::steady_clock::now().time_since_epoch();
    auto const time = std::chrono::duration_cast<std::chrono::nanoseconds>(now).count();
    (*chunks_.back())[count_ % PerChunk] = {time, source, channel};
    ++count_;
    last_ = source;
  }
  [[gnu::noinline]] void addChunk() { chunks_.push_back(std::make_unique<Chunk>(PerChunk)); }

  std::uint32_t const owner_;
  mutable tincan::detail::Mutex mutex_{};  // guards all that follows
  std::vector<std::unique_ptr<Chunk>> chunks_{};
  std::size_t count_ = 0;
  std::uint32_t last_ = NoChannel;  // the source of the last event
  std::vector<Source> sources_{};
  std::map<Source, std::uint32_t> sourceNumbers_{};
  std::vector<std::string const*> channels_{};  // the keys of channelNumbers_
  std::map<std::string, std::uint32_t, std::less<>> channelNumbers_{};
};

}  // namespace tincan::inline abi0::testing::detail
