// tincan/detail/dispatch/bus_endpoints.ipp - how a bus makes, finds, counts and closes its endpoints: the bodies
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/tell.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE EndpointCore::~EndpointCore() { bus->remove(*this); }

TINCAN_INLINE void BusCore::make(std::shared_ptr<EndpointCore>& core,
                                 std::shared_ptr<BusCore> const& self, std::string name,
                                 std::uint64_t id, InboxOptions const& options,
                                 std::shared_ptr<EndpointCore> const& named) {
  PointerTree single;
  single.emplace();
  auto place = single.extract(single.begin());
  auto made = driver_ == nullptr
                  ? process().makers.endpoint(self, std::move(name), id, options, named)
                  : driver_->ownership.makeEndpoint(self, std::move(name), id, options);
  core = std::move(made);
  if (!core->isNobody()) {
    place.key() = TreeKey{core->name, static_cast<std::int64_t>(id)};
    place.mapped() = core.get();
    open_.insert(std::move(place));
  }
  core->olderInBus = newest_;
  (newest_ == nullptr ? oldest_ : newest_->newerInBus) = core.get();
  newest_ = core.get();
  if (driver_ != nullptr) driver_->ownership.added(core);
  if (Tap* const listens = tap()) listens->added(*core);
}

TINCAN_INLINE std::shared_ptr<EndpointCore> BusCore::add(std::shared_ptr<BusCore> const& self,
                                                         std::string name,
                                                         InboxOptions const& options) {
  if (driver_ != nullptr) {
    driver_->ownership.checkCaller();
    driver_->executor.mayInterrupt();
  }
  tell(*this);
  std::shared_ptr<EndpointCore> core;
  {
    std::lock_guard const lock(mutex_);
    if (!isClosed()) {
      make(core, self, std::move(name), nextId_++, options, nullptr);
      return core;
    }
  }
  throw Error(Errc::Closed, {}, "the bus is closed, and takes no endpoint '" + name + "'");
}

TINCAN_INLINE std::shared_ptr<EndpointCore> BusCore::addStandIn(
    std::shared_ptr<BusCore> const& self, std::shared_ptr<EndpointCore> const& named,
    std::shared_ptr<ThreadToken> const& thread) {
  std::shared_ptr<EndpointCore> core;
  std::lock_guard const lock(mutex_);
  make(core, self, named == nullptr ? std::string() : named->name, 0, {}, named);
  if (thread != nullptr && driver_ == nullptr) {
    core->belongTo(thread);
    core->plainSender.open(thread.get(), [&] { return core->isClosed(); });
  }
  return core;
}

TINCAN_INLINE bool BusCore::tapBy(std::shared_ptr<Tap> const& tap) {
  std::lock_guard const lock(mutex_);
  if (this->tap() != nullptr) return false;
  for (EndpointCore const* core = oldest_; core != nullptr; core = core->newerInBus) {
    tap->added(*core);
  }
  taps_.push_back(std::shared_ptr<Tap>(tap));
  // release: pairs with the acquire in tap().
  tap_.store(tap.get(), std::memory_order_release);
  noteHeard();
  return true;
}

TINCAN_INLINE void BusCore::untap(Tap const& tap) noexcept {
  std::lock_guard const lock(mutex_);
  if (this->tap() != &tap) return;
  // relaxed: null says nothing more.
  tap_.store(nullptr, std::memory_order_relaxed);
  noteHeard();
}

[[gnu::noinline]] TINCAN_INLINE void BusCore::tellLooked(EndpointCore const* by,
                                                         EndpointCore const& at, LookedAt what,
                                                         bool isSo) const noexcept {
  if (by == nullptr || by->bus.get() != this) return;
  if (driver_ != nullptr) return driver_->effects.looked(*by, at, what, isSo);
  if (Tap* const listens = tap()) listens->looked(*by, at, what, isSo);
}

[[gnu::noinline]] TINCAN_INLINE void BusCore::tellDeadline(EndpointCore const& at,
                                                           bool isTimer) const noexcept {
  if (driver_ != nullptr) return driver_->effects.deadlinePassed(at, isTimer);
  if (Tap* const listens = tap()) listens->deadlinePassed(at, isTimer);
}

[[gnu::noinline]] TINCAN_INLINE void BusCore::tellAnswer(EndpointCore const& responder,
                                                         AnswerSlot const& slot) const noexcept {
  if (driver_ != nullptr) {
    driver_->executor.mayInterrupt();
    return driver_->effects.publishes(slot, responder);
  }
  if (Tap* const listens = tap()) listens->answers(responder, &slot.state);
}

[[gnu::noinline]] TINCAN_INLINE void BusCore::tellClosing(EndpointCore const& core) const noexcept {
  if (driver_ != nullptr) return driver_->effects.closes(core);
  if (Tap* const listens = tap()) listens->closed(core);
}

TINCAN_INLINE void BusCore::remove(EndpointCore& endpoint) noexcept {
  std::lock_guard const lock(mutex_);
  open_.erase(TreeKey{endpoint.name, static_cast<std::int64_t>(endpoint.id)});
  EndpointCore* const older = endpoint.olderInBus;
  EndpointCore* const newer = endpoint.newerInBus;
  (older == nullptr ? oldest_ : older->newerInBus) = newer;
  (newer == nullptr ? newest_ : newer->olderInBus) = older;
  sentBefore_ += endpoint.sent.get();
  handledBefore_ += endpoint.handled.get();
  deepestBefore_ = largerOf(deepestBefore_, endpoint.inbox.deepest());
}

TINCAN_INLINE void BusCore::closed(EndpointCore& endpoint) noexcept {
  std::lock_guard const lock(mutex_);
  open_.erase(TreeKey{endpoint.name, static_cast<std::int64_t>(endpoint.id)});
}

TINCAN_INLINE Row<std::shared_ptr<EndpointCore>> BusCore::all() const {
  Row<std::shared_ptr<EndpointCore>> held;
  for (;;) {
    // Without the lock, as the ends of those that were held in vain.
    std::size_t const most = held.capacity() * 2 + 16;
    held.clear();
    held.reserve(most);
    std::lock_guard const lock(mutex_);
    EndpointCore* core = oldest_;
    for (; core != nullptr && held.size() < most; core = core->newerInBus) {
      // Null if it is being destroyed just now.
      if (auto strong = core->weak_from_this().lock()) held.push_back(std::move(strong));
    }
    if (core == nullptr) return held;
  }
}

TINCAN_INLINE std::shared_ptr<EndpointCore> BusCore::next(EndpointCore const* core) const noexcept {
  std::lock_guard const lock(mutex_);
  EndpointCore* other = core == nullptr ? oldest_ : core->newerInBus;
  for (; other != nullptr; other = other->newerInBus) {
    if (auto strong = other->weak_from_this().lock()) return strong;
  }
  return nullptr;
}

TINCAN_INLINE Row<std::shared_ptr<EndpointCore>> BusCore::endpoints() const {
  noteLookAtEndpoints();
  auto alive = all();
  alive.eraseIf([](auto const& core) { return !core->isAlive(); });
  return alive;
}

TINCAN_INLINE std::shared_ptr<EndpointCore> BusCore::find(std::string_view name,
                                                          EndpointCore const* except) const {
  noteLookAtEndpoints();
  std::lock_guard const lock(mutex_);
  for (auto at = open_.lower_bound(TreeKey{name}); at != open_.end() && at->first.name == name;
       ++at) {
    // Not alive: it is being closed just now; null: destroyed.
    auto* const core = static_cast<EndpointCore*>(at->second);
    if (core == except || !core->isAlive()) continue;
    if (auto strong = core->weak_from_this().lock()) return strong;
  }
  if (driver_ == nullptr || !driver_->executor.findsClosed()) return nullptr;
  for (EndpointCore* core = oldest_; core != nullptr; core = core->newerInBus) {
    if (core == except || core->name != name) continue;
    if (auto strong = core->weak_from_this().lock()) return strong;
  }
  return nullptr;
}

TINCAN_INLINE void BusCore::noteLookAtEndpoints() const noexcept {
  if (driver_ == nullptr) return;
  driver_->executor.mayInterrupt();
  driver_->effects.looksAtEndpoints();
}

TINCAN_INLINE void BusCore::close() {
  if (driver_ != nullptr) driver_->executor.mayInterrupt();
  if (Tap* const listening = tap()) {
    EndpointCore const* const current = threadState().current;
    listening->closing(current != nullptr && current->bus.get() == this ? current : nullptr);
  }
  tell(*this);
  bool const wasClosed = isClosed_.exchange(true, std::memory_order_seq_cst);
  if (wasClosed && driver_ != nullptr) return;  // one thread: it is done, or under way
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) core->markClosed();
  // One barrier for all of them.
  if (auto const oldest = next(nullptr)) oldest->settleClosed();
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) {
    if (core->isHeldHere()) core->beSilentUnlessBusy();  // those of other threads may be sending
    core->finishClosing();
  }
}

TINCAN_INLINE void addCounts(Stats& stats, EndpointCore const& core) {
  std::uint64_t const pending = core.lanes.waiting();
  stats.sent += core.sent.get();
  stats.handled += core.handled.get();
  stats.pending += pending;
  stats.maxDepth = largerOf(largerOf(stats.maxDepth, core.inbox.deepest()), pending);
}

TINCAN_INLINE Stats BusCore::stats() const {
  if (driver_ != nullptr) driver_->effects.looksAtCounts();
  auto const cores = all();
  Stats stats;
  for (auto const& core : cores) addCounts(stats, *core);
  {
    std::lock_guard const lock(mutex_);
    stats.sent += sentBefore_;
    stats.handled += handledBefore_;
    stats.maxDepth = largerOf(stats.maxDepth, deepestBefore_);
  }
  // relaxed, both: counts, on which nothing rests; written by lateAnswer() and deadLetter().
  stats.lateAnswers = lateAnswers_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < Reasons; ++i) {
    std::uint64_t const count = deadLetters_[i].load(std::memory_order_relaxed);
    if (count > 0) stats.deadLetters[static_cast<Errc>(i)] = count;
  }
  return stats;
}

}  // namespace tincan::inline abi0::detail
