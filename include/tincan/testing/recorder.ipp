// tincan/testing/recorder.ipp - records a real run, with threads: the bodies
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/bus.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/testing/detail/simulate/endpoint_labels.hpp>
#include <tincan/testing/recorder.hpp>
#include <tincan/testing/recording.hpp>

namespace tincan::inline abi0::testing {
namespace detail {

class RecordingTap final : public tincan::detail::Tap {
 public:
  using Core = tincan::detail::EndpointCore;

  void added(Core const& core) override {
    std::lock_guard const lock(mutex_);
    labels_.add(core);
  }

  using What = Recording::Entry::What;

  void taken(Core const& from, Core const& to, std::string_view channel) noexcept override {
    add(from, to, channel, What::Message);
  }
  void tookOther(Core const& from, Core const& to, Other what) noexcept override {
    add(from, to, {}, what == Other::Post ? What::Post : What::Answer);
  }
  void looked(Core const& requester, Core const& responder, bool isReady) noexcept override {
    add(responder, requester, {}, isReady ? What::Ready : What::NotReady);
  }

  void closing(Core const* by) noexcept override {
    if (by == nullptr) return;
    std::lock_guard const lock(mutex_);
    auto const last = lastOf_.find(labels_.of(*by));
    if (last != lastOf_.end() && !closer_.has_value()) closer_ = last->second;
  }

  /// The message whose handler has closed the bus comes last: until that took effect, others went on.
  Recording recording() const {
    std::lock_guard const lock(mutex_);
    auto entries = entries_;
    if (closer_.has_value()) {
      auto const at = entries.begin() + static_cast<std::ptrdiff_t>(*closer_);
      std::rotate(at, at + 1, entries.end());
    }
    return Recording(std::move(entries), true);
  }
  void stop() {
    std::lock_guard const lock(mutex_);
    isStopped_ = true;
  }

 private:
  void add(Core const& from, Core const& to, std::string_view channel, What what) noexcept {
    std::lock_guard const lock(mutex_);
    if (isStopped_) return;
    try {
      std::string const& sender = labels_.of(from);
      std::string const& receiver = labels_.of(to);
      if (what >= What::Ready && isLast(sender, receiver, what)) return;  // a loop that looks
      std::uint64_t& count = counts_[{sender, receiver}];
      if (what == What::Message) ++count;
      entries_.push_back({sender, receiver, count, std::string(channel), what});
      lastOf_[receiver] = entries_.size() - 1;
    } catch (std::bad_alloc const&) {
      isStopped_ = true;  // a recording with a gap would be worth nothing
    }
  }
  bool isLast(std::string const& from, std::string const& to, What what) const {
    auto const at = lastOf_.find(to);
    if (at == lastOf_.end()) return false;
    Recording::Entry const& last = entries_[at->second];
    return last.from == from && last.what == what;
  }

  mutable tincan::detail::Mutex mutex_;  // guards all that follows
  EndpointLabels labels_;
  std::map<std::pair<std::string, std::string>, std::uint64_t> counts_;
  std::vector<Recording::Entry> entries_;
  std::map<std::string, std::size_t> lastOf_;  // by receiver
  std::optional<std::size_t> closer_;
  bool isStopped_ = false;
};

}  // namespace detail

TINCAN_INLINE Recorder::Recorder(Bus& bus)
    : bus_(tincan::detail::PeerAccess::core(bus.main().peer())->bus),
      tap_(std::make_shared<detail::RecordingTap>()) {
  if (!bus_->tapBy(tap_)) throw std::invalid_argument("tincan: the bus has a recorder");
}

TINCAN_INLINE Recorder::~Recorder() {
  tap_->stop();
  bus_->untap();
}

TINCAN_INLINE Recording Recorder::recording() const { return tap_->recording(); }

TINCAN_INLINE void Recorder::stop() { tap_->stop(); }

}  // namespace tincan::inline abi0::testing
