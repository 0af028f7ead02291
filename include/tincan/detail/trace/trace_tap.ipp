// tincan/detail/trace/trace_tap.ipp - notes what happens on a bus: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <string_view>
#include <thread>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/trace/joined_log.hpp>
#include <tincan/detail/trace/trace_tap.hpp>

namespace tincan::inline abi0::detail {

/// Notes what goes by one lane.
class TraceTap::OfLane final : public LaneTap {
 public:
  OfLane(std::shared_ptr<TraceTap> tap, std::uint32_t lane) noexcept
      : tap_(std::move(tap)), lane_(lane) {}

  bool hearsSender() const noexcept override { return true; }
  void sent(Passing const& what) noexcept override { note(What::Sent, what); }
  void taken(Passing const& what) noexcept override { note(What::Taken, what); }
  void handled() noexcept override {
    if (ThreadLog* const log = tap_->logHere()) {
      log->add({0, 0, nullptr, lane_, NoPlace, NoPlace, NoPlace, What::Handled, Verb::Message, {}});
    }
  }

 private:
  void note(What happened, Passing const& what) noexcept {
    ThreadLog* const log = tap_->logHere();
    if (log == nullptr) return;
    std::uint32_t const channel = what.channel == nullptr ? NoPlace : log->numberOf(*what.channel);
    log->add({0,
              what.stamp,
              what.answer,
              lane_,
              NoPlace,
              NoPlace,
              channel,
              happened,
              static_cast<Verb>(what.what),
              {}});
  }

  std::shared_ptr<TraceTap> const tap_;
  std::uint32_t const lane_;
};

TINCAN_INLINE std::uint64_t TraceTap::nextSerial() noexcept {
  static std::atomic<std::uint64_t> last{0};
  // relaxed: a number, on which nothing rests.
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

TINCAN_INLINE void TraceTap::added(EndpointCore const& core) {
  if (core.named != nullptr || core.isNobody()) return;
  std::lock_guard const lock(mutex_);
  names_[numberOf(core)] = core.name;
}

TINCAN_INLINE std::unique_ptr<LaneTap> TraceTap::listenIn(EndpointCore const& from,
                                                          EndpointCore const& to) {
  std::lock_guard const lock(mutex_);
  if (isStopped_) return nullptr;
  auto tap =
      std::make_unique<OfLane>(shared_from_this(), static_cast<std::uint32_t>(lanes_.size()));
  lanes_.push_back({numberOf(from), numberOf(to)});
  return tap;
}

[[gnu::noinline]] TINCAN_INLINE ThreadLog* TraceTap::findLog() noexcept {
  try {
    std::lock_guard const lock(mutex_);
    if (isStopped_) {
      here() = {serial_, nullptr};
      return nullptr;
    }
    auto& log = logs_[std::this_thread::get_id()];
    if (log == nullptr) log = std::make_unique<ThreadLog>(most_);
    here() = {serial_, log.get()};
    return log.get();
  } catch (std::bad_alloc const&) {
    return nullptr;
  }
}

TINCAN_INLINE void TraceTap::note(Happened const& happened, EndpointCore const& at,
                                  EndpointCore const& other, void const* answer,
                                  std::string_view channel) noexcept {
  ThreadLog* const log = logHere();
  if (log == nullptr) return;
  log->add({0, 0, answer, NoPlace, numberOf(at), numberOf(other),
            channel.empty() ? NoPlace : log->numberOf(channel), happened.what, happened.verb,
            happened.reason});
}

TINCAN_INLINE void TraceTap::stop() noexcept {
  std::lock_guard const lock(mutex_);
  isStopped_ = true;
  for (auto const& [thread, log] : logs_) log->beClosed();
  if (!logs_.empty()) logs_.begin()->second->settle();  // one barrier for all of them
}

TINCAN_INLINE void TraceTap::end() noexcept {
  std::lock_guard const lock(mutex_);
  for (auto const& [thread, log] : logs_) log->end();
}

TINCAN_INLINE TraceLog TraceTap::log() const {
  std::lock_guard const lock(mutex_);
  JoinedLog joined(names_);
  for (auto const& [thread, log] : logs_) {
    log->each([&](TraceEntry entry, std::string_view channel) {
      if (entry.lane != NoPlace) {
        Lane const& lane = lanes_[entry.lane];
        bool const isSent = entry.what == What::Sent;
        entry.at = isSent ? lane.from : lane.to;
        entry.other = isSent ? lane.to : lane.from;
      }
      joined.add(entry, channel);
    });
    joined.lose(log->lost());
  }
  return std::move(joined).finish();
}

}  // namespace tincan::inline abi0::detail
