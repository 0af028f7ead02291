// tincan/testing/detail/record/recording_tap.hpp - notes what the endpoints of a bus take and see
//
// Each endpoint has a log of its own, with a lock of its own; a lane has a tap of its own, which knows the log of its
// receiver. So threads share nothing while they send and take messages. When somebody wants the recording, the logs are
// merged by their times: the steady clock does not go back between threads, and so causes come before effects.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include <tincan/detail/base/shares_itself.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/testing/detail/record/merge_logs.hpp>
#include <tincan/testing/detail/record/recording_log.hpp>
#include <tincan/testing/detail/simulate/endpoint_labels.hpp>
#include <tincan/testing/detail/simulate/recorded_entry.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing::detail {

/// The tap of a Recorder.
class RecordingTap final : public tincan::detail::Tap,
                           public tincan::detail::SharesItself<RecordingTap> {
 public:
  using Core = tincan::detail::EndpointCore;
  using What = Recording::Entry::What;

  void added(Core const& core) override {
    std::lock_guard const lock(mutex_);
    labels_.add(core);
    endpoints_.push_back({labels_.of(core), nullptr});
    numbers_[&core] = static_cast<std::uint32_t>(endpoints_.size() - 1);
    // release: pairs with the acquire in placeOf(); an address may be that of another endpoint from now on.
    changes_.fetch_add(1, std::memory_order_release);
  }

  std::unique_ptr<tincan::detail::LaneTap> listenIn(Core const& from, Core const& to) override {
    if (isStopped()) return nullptr;
    std::lock_guard const lock(mutex_);
    return std::make_unique<OfLane>(shared_from_this(), logOf(to), numbers_[&from]);
  }

  void looked(Core const& by, Core const& at, tincan::detail::LookedAt what,
              bool isSo) noexcept override {
    guarded([&] {
      Place const place = placeOf(by, at, recordedLook(what, isSo));
      place.log->addUnlessRepeated(place.source);
    });
  }
  void deadlinePassed(Core const& at, bool isTimer) noexcept override {
    guarded([&] {
      Place const place = placeOf(at, at, isTimer ? What::Timer : What::Deadline);
      place.log->add(place.source);
    });
  }

  void closing(Core const* by) noexcept override {
    if (by == nullptr) return;
    guarded([&] {
      std::lock_guard const lock(mutex_);
      RecordingLog const& log = logOf(*by);
      std::size_t const size = log.size();
      if (size != 0 && !closer_.has_value()) closer_ = {log.owner(), size - 1};
    });
  }

  Recording recording() const {
    std::lock_guard const lock(mutex_);
    return mergeLogs(endpoints_, closer_);
  }

  bool isStopped() const noexcept {
    // relaxed: what is missed comes while the recording ends.
    return isStopped_.load(std::memory_order_relaxed);
  }
  void stop() noexcept {
    // relaxed: see isStopped().
    isStopped_.store(true, std::memory_order_relaxed);
  }
  /// Stops, and gives back the memory.
  void end() noexcept {
    stop();
    std::lock_guard const lock(mutex_);
    for (RecordedEndpoint const& endpoint : endpoints_) {
      if (endpoint.log != nullptr) endpoint.log->clear();
    }
  }

 private:
  /// Knows where what a lane brings is noted.
  class OfLane final : public tincan::detail::LaneTap {
   public:
    OfLane(std::shared_ptr<RecordingTap> tap, RecordingLog& log, std::uint32_t from)
        : tap_(std::move(tap)),
          log_(log),
          messages_(log.numberOf({from, What::Message})),
          posts_(log.numberOf({from, What::Post})),
          answers_(log.numberOf({from, What::Answer})) {}

    void taken(tincan::detail::Passing const& what) noexcept override {
      bool const isPost = what.what == tincan::detail::Passing::What::Post;
      tap_->guarded([&] {
        if (what.channel != nullptr) log_.add(messages_, numberOf(*what.channel));
        else log_.add(isPost ? posts_ : answers_);
      });
    }

   private:
    struct Known {
      tincan::detail::NameRecord const* record = nullptr;
      std::uint32_t number = 0;
    };

    std::uint32_t numberOf(tincan::detail::NameRecord const& channel) {
      Known& known = known_[channel.hash % std::size(known_)];
      if (known.record == &channel) return known.number;
      std::uint32_t const number = log_.numberOf(channel.view());
      // Others end with their message, and something else may lie there.
      if (channel.isKept) known = {&channel, number};
      return number;
    }

    std::shared_ptr<RecordingTap> const tap_;
    RecordingLog& log_;
    std::uint32_t const messages_, posts_, answers_;
    Known known_[8];
  };

  /// Where something that code sees is noted.
  struct Place {
    RecordingLog* log;
    std::uint32_t source;
  };
  /// The place that a thread has used last.
  struct LastPlace {
    std::uint64_t tap = 0, changes = 0;
    Core const* by = nullptr;
    Core const* at = nullptr;
    What what{};
    Place place{};
  };
  static std::uint64_t nextSerial() noexcept {
    static std::atomic<std::uint64_t> last{0};
    // relaxed: a number, on which nothing rests.
    return last.fetch_add(1, std::memory_order_relaxed) + 1;
  }
  static LastPlace& lastPlace() noexcept {
    static constinit thread_local LastPlace place;
    return place;
  }

  /// Calls it, unless the recording has ended; ends that, if there is no memory.
  template <class F>
  void guarded(F&& function) noexcept {
    if (isStopped()) return;
    try {
      function();
    } catch (std::bad_alloc const&) {
      stop();  // a recording with a gap would be worth nothing
    }
  }

  /// Finds the place without the lock that threads share, if the thread has used it last.
  Place placeOf(Core const& by, Core const& at, What what) {
    LastPlace& last = lastPlace();
    // acquire: pairs with the release in added().
    std::uint64_t const changes = changes_.load(std::memory_order_acquire);
    bool const isThat = last.tap == serial_ && last.changes == changes && last.by == &by &&
                        last.at == &at && last.what == what;
    if (isThat) return last.place;
    std::lock_guard const lock(mutex_);
    RecordingLog& log = logOf(by);
    last = {serial_, changes, &by, &at, what, {&log, log.numberOf({numbers_[&at], what})}};
    return last.place;
  }

  /// Under the lock.
  RecordingLog& logOf(Core const& core) {
    std::uint32_t const number = numbers_[&core];
    auto& log = endpoints_[number].log;
    if (log == nullptr) log = std::make_unique<RecordingLog>(number);
    return *log;
  }

  std::uint64_t const serial_ = nextSerial();
  std::atomic<bool> isStopped_{false};
  std::atomic<std::uint64_t> changes_{0};  // endpoints that have come
  mutable tincan::detail::Mutex mutex_{};  // guards all that follows
  EndpointLabels labels_{};
  std::map<Core const*, std::uint32_t> numbers_{};
  std::vector<RecordedEndpoint> endpoints_{};  // by number
  std::optional<EventPlace> closer_{};         // the event whose handler has closed the bus
};

}  // namespace tincan::inline abi0::testing::detail
