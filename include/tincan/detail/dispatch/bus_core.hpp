// tincan/detail/dispatch/bus_core.hpp - how a bus makes, finds, counts and closes endpoints
#pragma once

#include <algorithm>
#include <cstdio>
#include <exception>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/dispatch/endpoint_core.hpp>
#include <tincan/detail/endpoint/core.hpp>
#include <tincan/detail/endpoint/pending_request.hpp>

namespace tincan::inline v0::detail {

inline EndpointCore::~EndpointCore() { bus->remove(*this); }

/// Under the lock. An endpoint that ends wants that, so if this throws it is the caller's to end,
/// without the lock.
inline void BusCore::make(std::shared_ptr<EndpointCore>& core, std::shared_ptr<BusCore> const& self,
                          std::string name, std::uint64_t id, InboxOptions const& options,
                          std::shared_ptr<EndpointCore> const& named) {
  std::map<NameAndId, EndpointCore*> single;
  single.emplace();
  auto place = single.extract(single.begin());
  auto made = driver_ == nullptr
                  ? process().makers.endpoint(self, std::move(name), id, options, named)
                  : driver_->ownership.makeEndpoint(self, std::move(name), id, options);
  core = std::move(made);
  if (!core->isNobody()) {
    place.key() = {core->name, id};
    place.mapped() = core.get();
    open_.insert(std::move(place));
  }
  core->olderInBus_ = newest_;
  (newest_ == nullptr ? oldest_ : newest_->newerInBus_) = core.get();
  newest_ = core.get();
  if (driver_ != nullptr) driver_->ownership.added(core);
  if (tap_ != nullptr) tap_->added(*core);
}

inline std::shared_ptr<EndpointCore> BusCore::add(std::shared_ptr<BusCore> const& self,
                                                  std::string name, InboxOptions const& options) {
  if (driver_ != nullptr) driver_->ownership.checkCaller();
  tell(*this);
  std::shared_ptr<EndpointCore> core;
  std::lock_guard const lock(mutex_);
  if (isClosed()) {
    throw Error(Errc::Closed, {}, "the bus is closed, and takes no endpoint '" + name + "'");
  }
  make(core, self, std::move(name), nextId_++, options, nullptr);
  return core;
}

inline std::shared_ptr<EndpointCore> BusCore::addStandIn(
    std::shared_ptr<BusCore> const& self, std::shared_ptr<EndpointCore> const& named,
    std::shared_ptr<ThreadToken> const& thread) {
  std::shared_ptr<EndpointCore> core;
  std::lock_guard const lock(mutex_);
  make(core, self, named == nullptr ? std::string() : named->name, 0, {}, named);
  if (thread != nullptr && driver_ == nullptr) {
    core->ownerHold_ = thread;
    core->owner.store(thread.get(), std::memory_order_release);
  }
  return core;
}

inline void BusCore::tapBy(std::shared_ptr<Tap> tap) {
  std::lock_guard const lock(mutex_);
  tap_ = std::move(tap);
  if (tap_ != nullptr) {
    for (EndpointCore const* core = oldest_; core != nullptr; core = core->newerInBus_) {
      tap_->added(*core);
    }
  }
  // release: pairs with the acquire in tap().
  isTapped_.store(tap_ != nullptr, std::memory_order_release);
}

inline void BusCore::remove(EndpointCore& endpoint) noexcept {
  std::lock_guard const lock(mutex_);
  open_.erase({endpoint.name, endpoint.id});
  EndpointCore* const older = endpoint.olderInBus_;
  EndpointCore* const newer = endpoint.newerInBus_;
  (older == nullptr ? oldest_ : older->newerInBus_) = newer;
  (newer == nullptr ? newest_ : newer->olderInBus_) = older;
  sentBefore_ += endpoint.sent.get();
  handledBefore_ += endpoint.handled.get();
  deepestBefore_ = (std::max)(deepestBefore_, endpoint.inbox.deepest());
}

inline void BusCore::closed(EndpointCore& endpoint) noexcept {
  std::lock_guard const lock(mutex_);
  open_.erase({endpoint.name, endpoint.id});
}

inline std::vector<std::shared_ptr<EndpointCore>> BusCore::all() const {
  std::vector<std::shared_ptr<EndpointCore>> held;
  std::lock_guard const lock(mutex_);
  for (EndpointCore* core = oldest_; core != nullptr; core = core->newerInBus_) {
    if (held.size() == held.capacity()) held.reserve(held.size() * 2 + 16);
    // Null if it is being destroyed just now.
    if (auto strong = core->weak_from_this().lock()) held.push_back(std::move(strong));
  }
  return held;
}

inline std::shared_ptr<EndpointCore> BusCore::next(EndpointCore const* core) const noexcept {
  std::lock_guard const lock(mutex_);
  EndpointCore* other = core == nullptr ? oldest_ : core->newerInBus_;
  for (; other != nullptr; other = other->newerInBus_) {
    if (auto strong = other->weak_from_this().lock()) return strong;
  }
  return nullptr;
}

inline std::vector<std::shared_ptr<EndpointCore>> BusCore::endpoints() const {
  if (driver_ != nullptr) driver_->effects.looksAtEndpoints();
  auto alive = all();
  std::erase_if(alive, [](auto const& core) { return !core->isAlive(); });
  return alive;
}

inline std::shared_ptr<EndpointCore> BusCore::find(std::string_view name,
                                                   EndpointCore const* except) const {
  if (driver_ != nullptr) driver_->effects.looksAtEndpoints();
  std::lock_guard const lock(mutex_);
  for (auto at = open_.lower_bound({name, 0}); at != open_.end() && at->first.first == name; ++at) {
    // Not alive: it is being closed just now; null: destroyed.
    if (at->second == except || !at->second->isAlive()) continue;
    if (auto strong = at->second->weak_from_this().lock()) return strong;
  }
  return nullptr;
}

inline void BusCore::close() {
  if (auto const listening = tap()) {
    EndpointCore const* const current = threadState().current;
    listening->closing(current != nullptr && current->bus.get() == this ? current : nullptr);
  }
  tell(*this);
  bool const wasClosed = isClosed_.exchange(true, std::memory_order_seq_cst);
  if (wasClosed && driver_ != nullptr) return;  // one thread: it is done, or under way
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) core->sayClosed();
  // One barrier for all of them.
  if (auto const oldest = next(nullptr)) oldest->settleClosed();
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) core->finishClosing();
}

template <class Report>
void replaceHook(Hook<Report>& hook, std::function<void(Report)> function,
                 std::shared_ptr<BusCore> const& bus) {
  waitForCalls<Report>(hook.replace(std::move(function)), bus);
}

/// Calls the hook with make(), if there is one. What it throws, leaves.
template <class Report, class Make>
HookCall callHook(Hook<Report>& hook, Make&& make) {
  makeTokenIfPossible();
  ThreadState& thread = threadState();
  return hook.call(&thread, thread.clock, thread.hooks, thread.holder, Inside::IsNotCalled,
                   [&](std::function<void(Report)> const& function) { function(make()); });
}

inline void BusCore::setErrorHook(std::shared_ptr<BusCore> const& self, ErrorHook hook) {
  replaceHook(errorHook_, std::move(hook), self);
}
inline void BusCore::setDeadLetterHook(std::shared_ptr<BusCore> const& self, DeadLetterHook hook) {
  replaceHook(deadLetterHook_, std::move(hook), self);
}
inline void BusCore::setHighWaterHook(std::shared_ptr<BusCore> const& self, HighWaterHook hook) {
  replaceHook(highWaterHook_, std::move(hook), self);
}

inline void BusCore::takeHooks(std::shared_ptr<BusCore> const& self) noexcept {
  auto const take = [&](auto& hook) {
    try {
      replaceHook(hook, {}, self);
    } catch (std::exception const&) {
      // Deadlock: it waits for this thread, which goes on.
    }
  };
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) core->takeWakeHook();
  take(errorHook_);
  take(deadLetterHook_);
  take(highWaterHook_);
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

/// On stderr, as one line of moderate length.
inline void sayLine(std::string text) {
  constexpr std::size_t Most = 240;  // of its beginning, and of its end
  if (text.size() > 2 * Most) text.replace(Most, text.size() - 2 * Most, "...");
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < ' ' || c == '\x7f') c = '?';
  }
  text += '\n';
  std::fputs(text.c_str(), stderr);
}

inline void BusCore::reportError(std::string_view channel, std::string_view from,
                                 std::string_view to, std::exception_ptr exception) noexcept {
  if (driver_ != nullptr && driver_->executor.takesException(exception, errorHook_.isSet())) return;
  try {
    ErrorReport const report{std::string(channel), std::string(from), std::string(to),
                             std::move(exception)};
    auto const toldHook = callHook(errorHook_, [&]() -> ErrorReport const& { return report; });
    if (toldHook == HookCall::Called) return;
    // A body, a posted function or a Task has no channel.
    std::string const where =
        channel.empty() ? "" : " on '" + report.channel + "' from '" + report.from + "'";
    std::string const line = "tincan: '" + report.to + "' threw" + where + ": " +
                             describeException(report.exception) + "\n";
    std::fputs(line.c_str(), stderr);
  } catch (...) {
    std::fputs("tincan: the onError hook threw\n", stderr);
  }
}

inline void BusCore::reportNowhere(std::exception_ptr const& exception) noexcept {
  try {
    sayLine("tincan: a Task that nobody awaits, of no endpoint, threw: " +
            describeException(exception));
  } catch (std::bad_alloc const&) {
    std::fputs("tincan: a Task that nobody awaits threw\n", stderr);
  }
}

/// Under the lock.
inline void BusCore::growLinesSaid() {
  std::vector<std::uint64_t> larger((std::max<std::size_t>)(64, linesSaid_.size() * 2));
  for (std::uint64_t const key : linesSaid_) {
    if (key == 0) continue;
    std::size_t at = (key >> 1) % larger.size();
    while (larger[at] != 0) at = (at + 1) % larger.size();
    larger[at] = key;
  }
  linesSaid_.swap(larger);
}

/// False from the second time on. Throws std::bad_alloc.
inline bool BusCore::isFirst(Errc reason, std::string_view channel, EndpointCore const& to) {
  // Not a channel's own hash: two channels may have one.
  std::uint64_t const key = mixHash(std::hash<std::string_view>{}(channel) ^
                                    mixHash(to.id * Reasons + static_cast<std::uint64_t>(reason))) |
                            1;
  std::lock_guard const lock(linesMutex_);
  if (lineCount_ * 2 >= linesSaid_.size()) growLinesSaid();
  std::size_t at = (key >> 1) % linesSaid_.size();
  while (linesSaid_[at] != 0) {
    if (linesSaid_[at] == key) return false;
    at = (at + 1) % linesSaid_.size();
  }
  ++lineCount_;
  linesSaid_[at] = key;
  return true;
}

inline void BusCore::deadLetter(Errc reason, std::string_view channel, EndpointCore const& from,
                                EndpointCore const& to, std::exception_ptr const& why) noexcept {
  deadLetters_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  if (driver_ != nullptr) driver_->effects.deadLetter(reason, channel, from.name, to.name);
  auto const what = [&]() -> std::string {
    return why == nullptr ? explain(reason, channel, to.displayName()).what()
                          : describeException(why);
  };
  try {
    auto const toldHook = callHook(deadLetterHook_, [&] {
      return DeadLetter{reason, std::string(channel), from.name, to.name, what()};
    });
    bool const isMistake =
        reason == Errc::NoListener || reason == Errc::TypeMismatch || reason == Errc::Denied;
    if (toldHook != HookCall::NotSet || !isMistake || driver_ != nullptr) return;
    if (isFirst(reason, channel, to)) {
      sayLine("tincan: a message from '" + from.displayName() + "' is lost: " + what());
    }
  } catch (std::bad_alloc const&) {
    // It is counted.
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

}  // namespace tincan::inline v0::detail
