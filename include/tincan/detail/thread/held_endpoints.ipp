// tincan/detail/thread/held_endpoints.ipp - the endpoints that belong to one thread: the bodies
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/thread/held_endpoints.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE bool HeldEndpoints::has(EndpointCore const& core) const noexcept {
  std::size_t const at = placeOf(core);
  return at < all_.size() && all_[at].get() == &core;
}

TINCAN_INLINE void HeldEndpoints::add(EndpointCore& core) {
  if (!has(core)) {
    if (all_.size() >= sweepAt_ && !isLettingGo_) sweep();
    all_.push_back(core.shared_from_this());
    setPlace(core, all_.size() - 1);
  }
  firstHere_ = smallerOf(firstHere_, placeOf(core));
  if (std::size_t* const first = firstOn_.find(core.bus.get()); first != nullptr) {
    *first = smallerOf(*first, placeOf(core));
  }
}

TINCAN_INLINE void HeldEndpoints::remove(EndpointCore const& core) noexcept {
  if (!has(core)) return;
  noLongerPolled(core);
  all_[placeOf(core)].reset();
}

TINCAN_INLINE std::uint64_t HeldEndpoints::beginPolling(EndpointCore& core) {
  add(core);
  polled_.emplace(keyOf(bound_ + 1), &core);
  return ++bound_;
}

TINCAN_INLINE EndpointCore* HeldEndpoints::firstPolled() noexcept {
  for (; !polled_.empty(); polled_.erase(polled_.begin())) {
    auto* const first = static_cast<EndpointCore*>(polled_.begin()->second);
    if (first->belongsHere() && !first->isClosed()) return first;
  }
  return nullptr;
}

TINCAN_INLINE EndpointCore* HeldEndpoints::first() noexcept {
  while (firstHere_ < all_.size() && isPast(all_[firstHere_])) ++firstHere_;
  for (std::size_t at = firstHere_; at < all_.size(); ++at) {
    if (isUsable(all_[at])) return all_[at].get();
  }
  return nullptr;
}

TINCAN_INLINE HeldEndpoints::Hold const* HeldEndpoints::firstOn(
    std::shared_ptr<BusCore> const& bus) {
  std::size_t* known = firstOn_.find(bus.get());
  if (known == nullptr) {
    firstOn_.makeRoom();
    firstOn_.insert(bus.get(), 0);
    known = firstOn_.find(bus.get());
  }
  std::size_t& first = *known;
  auto const isOthers = [&](auto const& core) { return isPast(core) || core->bus != bus; };
  while (first < all_.size() && isOthers(all_[first])) ++first;
  for (std::size_t at = first; at < all_.size(); ++at) {
    if (isUsable(all_[at]) && all_[at]->bus == bus) return &all_[at];
  }
  return nullptr;
}

TINCAN_INLINE void HeldEndpoints::letDisownedGo() {
  // Captures that end may come back here, and add some.
  bool const wasLettingGo = std::exchange(isLettingGo_, true);
  for (std::size_t at = 0; at < all_.size(); ++at) {
    if (auto const core = all_[at]; core != nullptr) core->leaveIfDisowned();
  }
  isLettingGo_ = wasLettingGo;
}

TINCAN_INLINE Row<HeldEndpoints::Hold> HeldEndpoints::takeAll() noexcept {
  polled_.clear();
  return std::exchange(all_, {});
}

TINCAN_INLINE void HeldEndpoints::noteFork() noexcept {
  for (auto const& core : all_) {
    if (core != nullptr) core->noteFork();
  }
}

TINCAN_INLINE bool HeldEndpoints::isPast(Hold const& core) noexcept {
  return core == nullptr || core->isClosed() || core->isGone() ||
         (core->bus->driver() == nullptr && !core->isHeldHere());
}

TINCAN_INLINE void HeldEndpoints::noLongerPolled(EndpointCore const& core) noexcept {
  // relaxed: if another thread polls it, the number says nothing here.
  auto const at = polled_.find(keyOf(core.boundAs.load(std::memory_order_relaxed)));
  if (at != polled_.end() && at->second == &core) polled_.erase(at);
}

TINCAN_INLINE void HeldEndpoints::sweep() noexcept {
  all_.eraseIf([this](Hold const& core) {
    if (core == nullptr) return true;
    if (!core->wasLeft() && core->isHeldHere()) return false;
    noLongerPolled(*core);
    return true;
  });
  firstHere_ = 0;
  firstOn_ = {};
  for (std::size_t at = 0; at < all_.size(); ++at) setPlace(*all_[at], at);
  sweepAt_ = largerOf(FirstSweep, all_.size() * 2);
}

}  // namespace tincan::inline abi0::detail
