// tincan/detail/thread/held_endpoints.hpp - the endpoints that belong to one thread
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// The endpoints that a thread has polled, made or set up, in that order; and which of them is the
/// first for a purpose.
///
///   Threads   The one that they belong to. Any thread may take one of them over that was not polled
///             yet: that one stays here as a past one until the next sweep.
///   Progress  Finding the first one costs nothing per call, over the life of the endpoints.
///   Lifetime  Holds them.
class HeldEndpoints {
 public:
  using Hold = std::shared_ptr<EndpointCore>;

  bool has(EndpointCore const& core) const noexcept {
    std::size_t const at = placeOf(core);
    return at < all_.size() && all_[at].get() == &core;
  }

  /// Adds an endpoint, if it is not here. Throws std::bad_alloc, and then nothing has happened.
  void add(EndpointCore& core) {
    if (!has(core)) {
      if (all_.size() >= sweepAt_ && !isLettingGo_) sweep();
      all_.push_back(core.shared_from_this());
      setPlace(core, all_.size() - 1);
    }
    firstHere_ = (std::min)(firstHere_, placeOf(core));
    if (auto const at = firstOn_.find(core.bus.get()); at != firstOn_.end()) {
      at->second = (std::min)(at->second, placeOf(core));
    }
  }

  /// Removes an endpoint, which the caller holds, too.
  void remove(EndpointCore const& core) noexcept {
    if (!has(core)) return;
    noLongerPolled(core);
    all_[placeOf(core)].reset();
  }

  /// Learns that the thread is about to poll the endpoint for the first time. Returns its number
  /// among those that the thread has polled. Throws std::bad_alloc.
  [[nodiscard]] std::uint64_t beginPolling(EndpointCore& core) {
    add(core);
    polled_.emplace_hint(polled_.end(), bound_ + 1, &core);
    return ++bound_;
  }
  /// Undoes beginPolling(): another thread was first.
  void forgetPolling(std::uint64_t number) noexcept { polled_.erase(number); }

  /// The first one that the thread has polled and that is open, on whatever bus; or null.
  EndpointCore* firstPolled() noexcept {
    for (; !polled_.empty(); polled_.erase(polled_.begin())) {
      EndpointCore* const first = polled_.begin()->second;
      if (first->belongsHere() && !first->isClosed()) return first;
    }
    return nullptr;
  }

  /// The first one that is open, polled or not, on whatever bus; or null.
  EndpointCore* first() noexcept {
    while (firstHere_ < all_.size() && isPast(all_[firstHere_])) ++firstHere_;
    for (std::size_t at = firstHere_; at < all_.size(); ++at) {
      if (isUsable(all_[at])) return all_[at].get();
    }
    return nullptr;
  }

  /// The first one that is open on that bus, polled or not; or null.
  Hold const* firstOn(std::shared_ptr<BusCore> const& bus) {
    std::size_t& first = firstOn_[bus.get()];
    auto const isOthers = [&](auto const& core) { return isPast(core) || core->bus != bus; };
    while (first < all_.size() && isOthers(all_[first])) ++first;
    for (std::size_t at = first; at < all_.size(); ++at) {
      if (isUsable(all_[at]) && all_[at]->bus == bus) return &all_[at];
    }
    return nullptr;
  }

  /// Lets those leave that another thread has ended.
  void letDisownedGo() {
    // Captures that end may come back here, and add some.
    bool const wasLettingGo = std::exchange(isLettingGo_, true);
    for (std::size_t at = 0; at < all_.size(); ++at) {
      if (auto const core = all_[at]; core != nullptr) core->leaveIfDisowned();
    }
    isLettingGo_ = wasLettingGo;
  }

  /// Takes all of them out, for the end of the thread; null: one that was removed.
  [[nodiscard]] std::vector<Hold> takeAll() noexcept {
    polled_.clear();
    return std::exchange(all_, {});
  }

  /// See EndpointCore::noteFork().
  void noteFork() noexcept {
    for (auto const& core : all_) {
      if (core != nullptr) core->noteFork();
    }
  }

 private:
  static constexpr std::size_t FirstSweep = 16;

  // relaxed, both: another thread may read or write it as well, and finds no such endpoint at that
  // place of its own.
  static std::size_t placeOf(EndpointCore const& core) noexcept {
    return core.placeAtThread.load(std::memory_order_relaxed);
  }
  static void setPlace(EndpointCore& core, std::size_t place) noexcept {
    core.placeAtThread.store(place, std::memory_order_relaxed);
  }

  static bool isUsable(Hold const& core) noexcept {
    return core != nullptr && core->belongsHere() && !core->isClosed();
  }
  /// True for one that has ended or gone to another thread, and comes back by add() only.
  static bool isPast(Hold const& core) noexcept {
    return core == nullptr || core->isClosed() || core->isGone() ||
           (core->bus->driver() == nullptr && !core->isHeldHere());
  }
  void noLongerPolled(EndpointCore const& core) noexcept {
    // relaxed: if another thread polls it, the number says nothing here.
    auto const at = polled_.find(core.boundAs.load(std::memory_order_relaxed));
    if (at != polled_.end() && at->second == &core) polled_.erase(at);
  }

  /// Takes those off the list that have ended or gone to another thread.
  void sweep() noexcept {
    std::erase_if(all_, [this](auto const& core) {
      if (core == nullptr) return true;
      if (!core->wasLeft() && core->isHeldHere()) return false;
      noLongerPolled(*core);
      return true;
    });
    firstHere_ = 0;
    firstOn_.clear();
    for (std::size_t at = 0; at < all_.size(); ++at) setPlace(*all_[at], at);
    sweepAt_ = (std::max)(FirstSweep, all_.size() * 2);
  }

  std::vector<Hold> all_;                          // in the order of adding; null: removed
  std::size_t firstHere_ = 0;                      // all of them before it are past
  std::map<BusCore const*, std::size_t> firstOn_;  // all of a bus before it are past
  std::map<std::uint64_t, EndpointCore*> polled_;  // those that this thread polls, by boundAs
  std::uint64_t bound_ = 0;                        // how many it has begun to poll
  std::size_t sweepAt_ = FirstSweep;               // when there are so many
  bool isLettingGo_ = false;
};

}  // namespace tincan::inline abi0::detail
