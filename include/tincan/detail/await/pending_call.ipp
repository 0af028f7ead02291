// tincan/detail/await/pending_call.ipp - a function that is to be called with an answer, and may be withdrawn: the bodies
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include <tincan/detail/await/pending_call.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE PendingCall::PendingCall(std::shared_ptr<EndpointCore> endpoint)
    : endpoint_(std::move(endpoint)),
      number_(endpoint_->bus->driver() == nullptr ? 0 : numberOfPorts()) {}

TINCAN_INLINE void PendingCall::cancel() noexcept {
  noteCall(*endpoint_->bus);
  if (!decide(Withdrawn)) return;
  hold();
  TaskPtr news(&news_);
  EndpointCore& core = *endpoint_;
  if (core.isHeldHere()) {
    if (core.owner() != nullptr) return news->run();
    // Another thread may begin to poll it just now, and the wait is its from then on.
    if (core.beforeItIsPolled([&] { return stopsWaiting(); })) return endWithdrawn();
  }
  core.bringTask(std::move(news));
}

TINCAN_INLINE bool PendingCall::isWithdrawn() const noexcept {
  noteLookAtFate();
  // acquire: pairs with the release in decide().
  return fate_.load(std::memory_order_acquire) == Withdrawn;
}

TINCAN_INLINE bool PendingCall::decide(Fate fate) noexcept {
  noteLookAtFate();
  Fate before = Waiting;
  // release: pairs with the acquire in isWithdrawn(). acquire: pairs with this release.
  return fate_.compare_exchange_strong(before, fate, std::memory_order_acq_rel,
                                       std::memory_order_acquire);
}

/// To a driver this is something that two endpoints share, as they may share a port.
TINCAN_INLINE void PendingCall::noteLookAtFate() const noexcept {
  if (Driver* const driver = endpoint_->bus->driver()) [[unlikely]]
    driver->effects.usesPort(number_, 0, EffectLog::PortUse::Changes);
}

}  // namespace tincan::inline abi0::detail
