// tincan/detail/bus_core.hpp - layer 12 - how a bus makes, finds, counts and closes endpoints
#pragma once

#include <algorithm>
#include <cstdio>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/detail/core.hpp>
#include <tincan/detail/endpoint_core.hpp>

namespace tincan::detail {

inline EndpointCore::~EndpointCore() { bus->remove(*this); }

inline std::shared_ptr<EndpointCore> BusCore::make(std::shared_ptr<BusCore> const& self,
                                                   std::string name, std::uint64_t id,
                                                   InboxOptions const& options) {
  endpoints_.reserve(endpoints_.size() + 1);
  auto core = driver_ == nullptr
                  ? std::make_shared<EndpointCore>(self, std::move(name), id, options)
                  : driver_->makeEndpoint(self, std::move(name), id, options);
  endpoints_.push_back(core.get());
  if (driver_ != nullptr) driver_->added(core);
  if (tap_ != nullptr) tap_->added(*core);
  return core;
}

inline std::shared_ptr<EndpointCore> BusCore::add(std::shared_ptr<BusCore> const& self,
                                                  std::string name, InboxOptions const& options) {
  if (driver_ != nullptr) driver_->checkCaller();
  std::lock_guard const lock(mutex_);
  if (isClosed()) {
    throw Error(Errc::Closed, {}, "the bus is closed, and takes no endpoint '" + name + "'");
  }
  return make(self, std::move(name), nextId_++, options);
}

inline std::shared_ptr<EndpointCore> BusCore::addNobody(std::shared_ptr<BusCore> const& self) {
  std::lock_guard const lock(mutex_);
  return make(self, std::string(), 0, {});
}

inline void BusCore::tapBy(std::shared_ptr<Tap> tap) {
  std::lock_guard const lock(mutex_);
  tap_ = std::move(tap);
  if (tap_ != nullptr) {
    for (EndpointCore const* const core : endpoints_) tap_->added(*core);
  }
  // release: pairs with the acquire in tap().
  isTapped_.store(tap_ != nullptr, std::memory_order_release);
}

inline void BusCore::remove(EndpointCore& endpoint) noexcept {
  std::lock_guard const lock(mutex_);
  std::erase(endpoints_, &endpoint);
  sentBefore_ += endpoint.sent.get();
  handledBefore_ += endpoint.handled.get();
  deepestBefore_ = (std::max)(deepestBefore_, endpoint.inbox.deepest());
}

inline std::vector<std::shared_ptr<EndpointCore>> BusCore::all() const {
  std::lock_guard const lock(mutex_);
  std::vector<std::shared_ptr<EndpointCore>> held;
  held.reserve(endpoints_.size());
  for (EndpointCore* core : endpoints_) {
    // Null if it is being destroyed just now.
    if (auto strong = core->weak_from_this().lock()) held.push_back(std::move(strong));
  }
  return held;
}

inline std::vector<std::shared_ptr<EndpointCore>> BusCore::endpoints() const {
  if (driver_ != nullptr) driver_->looked(Driver::Touch::Endpoints, nullptr);
  auto alive = all();
  std::erase_if(alive, [](auto const& core) { return !core->isAlive(); });
  return alive;
}

inline std::shared_ptr<EndpointCore> BusCore::find(std::string_view name,
                                                   EndpointCore const* except) const {
  for (auto& core : endpoints()) {
    if (core.get() != except && core->name == name) return std::move(core);
  }
  return nullptr;
}

inline void BusCore::close() {
  if (auto const listening = tap()) {
    EndpointCore const* const current = threadState.current;
    listening->closing(current != nullptr && current->bus.get() == this ? current : nullptr);
  }
  bool const wasClosed = isClosed_.exchange(true, std::memory_order_seq_cst);
  if (wasClosed && driver_ != nullptr) return;  // one thread: it is done, or under way
  auto const cores = all();
  for (auto const& core : cores) core->sayClosed();
  // One barrier for all of them.
  if (!cores.empty()) cores.front()->settleClosed();
  for (auto const& core : cores) core->finishClosing();
}

template <class Hook>
void BusCore::setHook(std::shared_ptr<Hook const>& place, Hook hook) {
  auto held = hook ? std::make_shared<Hook const>(std::move(hook)) : nullptr;
  std::lock_guard const lock(hooksMutex_);
  place.swap(held);
}

/// Calls the hook with the report, if there is one; a copy, so that it may replace itself.
template <class Hook, class MakeReport>
bool BusCore::callHook(std::shared_ptr<Hook const> const& place, MakeReport&& report) const {
  std::shared_ptr<Hook const> hook;
  {
    std::lock_guard const lock(hooksMutex_);
    hook = place;
  }
  if (hook == nullptr) return false;
  (*hook)(report());
  return true;
}

inline void BusCore::setErrorHook(ErrorHook hook) { setHook(errorHook_, std::move(hook)); }
inline void BusCore::setDeadLetterHook(DeadLetterHook hook) {
  setHook(deadLetterHook_, std::move(hook));
}
inline void BusCore::setHighWaterHook(HighWaterHook hook) {
  setHook(highWaterHook_, std::move(hook));
}

inline bool BusCore::hasErrorHook() const noexcept {
  std::lock_guard const lock(hooksMutex_);
  return errorHook_ != nullptr;
}

inline std::string describeException(std::exception_ptr const& exception) {
  try {
    std::rethrow_exception(exception);
  } catch (std::exception const& error) {
    return error.what();
  } catch (...) {
    return "something that is no std::exception";
  }
}

inline void BusCore::reportError(std::string_view channel, std::string_view from,
                                 std::string_view to, std::exception_ptr exception) noexcept {
  if (driver_ != nullptr && driver_->takesException(exception, hasErrorHook())) return;
  try {
    ErrorReport const report{std::string(channel), std::string(from), std::string(to),
                             std::move(exception)};
    if (callHook(errorHook_, [&]() -> ErrorReport const& { return report; })) return;
    std::string const line = "tincan: '" + report.to + "' threw on '" + report.channel +
                             "' from '" + report.from +
                             "': " + describeException(report.exception) + "\n";
    std::fputs(line.c_str(), stderr);
  } catch (...) {
    std::fputs("tincan: the onError hook threw\n", stderr);
  }
}

inline void BusCore::deadLetter(Errc reason, std::string_view channel, std::string_view from,
                                std::string_view to) noexcept {
  deadLetters_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  if (driver_ != nullptr) driver_->deadLetter(reason, channel, from, to);
  try {
    callHook(deadLetterHook_, [&] {
      return DeadLetter{reason, std::string(channel), std::string(from), std::string(to)};
    });
  } catch (...) {
    std::fputs("tincan: the onDeadLetter hook threw\n", stderr);
  }
}

inline void BusCore::highWater(std::string_view from, std::string_view to,
                               std::uint64_t waiting) noexcept {
  try {
    callHook(highWaterHook_, [&] {
      return HighWater{std::string(from), std::string(to), waiting};
    });
  } catch (...) {
    std::fputs("tincan: the onHighWater hook threw\n", stderr);
  }
}

inline Stats BusCore::stats() const {
  auto const cores = all();
  Stats stats;
  for (auto const& core : cores) stats = core->addTo(std::move(stats));
  std::lock_guard const lock(mutex_);
  stats.sent += sentBefore_;
  stats.handled += handledBefore_;
  stats.maxDepth = (std::max)(stats.maxDepth, deepestBefore_);
  stats.lateAnswers = lateAnswers_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < Reasons; ++i) {
    std::uint64_t const count = deadLetters_[i].load(std::memory_order_relaxed);
    if (count > 0) stats.deadLetters[static_cast<Errc>(i)] = count;
  }
  return stats;
}

}  // namespace tincan::detail
