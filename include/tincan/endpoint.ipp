// tincan/endpoint.ipp - what main and renderers share: the bodies
#pragma once

#include <atomic>
#include <cstddef>
#include <initializer_list>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <tincan/channel_name.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/base/algorithms.hpp>
#include <tincan/detail/base/chrono.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/dispatch/loop.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/engine.hpp>
#include <tincan/detail/registering.hpp>
#include <tincan/endpoint.hpp>
#include <tincan/error.hpp>
#include <tincan/peer.hpp>
#include <tincan/stop_token.hpp>
#include <tincan/timer.hpp>

namespace tincan::inline abi0 {

TINCAN_INLINE std::size_t Endpoint::poll(std::size_t most) {
  return detail::poll(core(), [most](std::size_t count) { return count < most; });
}

TINCAN_INLINE std::size_t Endpoint::pollUntil(detail::Nanoseconds end) {
  auto const keep = core().shared_from_this();
  std::size_t count = 0;
  auto const inTime = [&](std::size_t handled) {
    return (count + handled == 0 && end != 0) || keep->bus->now() < end;
  };
  while (std::size_t const handled = detail::poll(*keep, inTime)) {
    count += handled;
    if (!inTime(0)) break;
  }
  return count;
}

TINCAN_INLINE void Endpoint::run() { detail::run(core(), detail::UntilQuit()); }

TINCAN_INLINE void Endpoint::run(StopToken stop) {
  auto const keep = core().shared_from_this();
  // seq_cst, both: the store is before interrupt(), which has the loop look at it again.
  std::atomic<bool> isStopped{false};
  auto const wake = [&] {
    isStopped.store(true, std::memory_order_seq_cst);
    keep->inbox.interrupt();
  };
  detail::StopCallback<decltype(wake)&> const onStop(stop, wake);
  detail::run(*keep, detail::UntilStopped{isStopped});
}

TINCAN_INLINE std::size_t Endpoint::runFor(std::chrono::nanoseconds time) {
  return runUntil(detail::momentAfter(*core().bus, time.count()));
}

TINCAN_INLINE std::size_t Endpoint::runUntil(std::chrono::steady_clock::time_point moment) {
  return runUntil(
      std::chrono::duration_cast<std::chrono::nanoseconds>(moment.time_since_epoch()).count());
}

TINCAN_INLINE std::size_t Endpoint::runUntil(detail::Nanoseconds moment) {
  auto const keep = core().shared_from_this();
  if (moment == detail::NoDeadline) return detail::run(*keep, detail::UntilQuit());
  detail::UntilMoment const until{*keep->bus, moment};
  if (until.isOver()) return detail::poll(*keep, detail::AsManyAsThereAre());
  std::size_t const count = detail::run(*keep, until);
  if (until.isOver()) detail::noteDeadline(*keep);
  return count;
}

TINCAN_INLINE void Endpoint::quit() {
  auto const endpoint = core().shared_from_this();  // a stop callback may end this handle
  if (endpoint->bus->driver() == nullptr) return endpoint->quit();
  detail::sendQuit(*endpoint);
}

TINCAN_INLINE void Endpoint::allow(ChannelName channel,
                                   std::initializer_list<std::string_view> names) {
  allow(channel,
        [allowed = std::vector<std::string>(names.begin(), names.end())](Peer const& sender) {
          return detail::anyOf(allowed, [&](auto const& name) { return name == sender.name(); });
        });
}

TINCAN_INLINE void Endpoint::admit(detail::EndpointCore& core, ChannelName const& channel,
                                   detail::ChannelEntry::Admission admits) {
  core.checkOpen("allow");  // moving the function may have ended it
  core.table.findOrAdd(channel).admit(std::move(admits));
}

TINCAN_INLINE void Endpoint::allowAll(ChannelName channel) {
  core().requireUsable("allowAll");
  if (auto* const entry = core_->table.find(channel)) entry->admit(nullptr);
}

TINCAN_INLINE Timer Endpoint::startTimer(detail::EndpointCore& core, std::string_view verb,
                                         std::chrono::nanoseconds delay,
                                         std::chrono::nanoseconds period,
                                         detail::TaskPtr function) {
  core.requireUsable(verb);  // moving the function may have ended it
  auto timer = std::make_shared<detail::TimedFunction>(core, period.count(), std::move(function));
  Timer token(core.shared_from_this(), timer);
  detail::TimedFunction::start(std::move(timer), detail::momentAfter(*core.bus, delay.count()));
  return token;
}

TINCAN_INLINE void Endpoint::throwNoPeriod() {
  throw std::invalid_argument("tincan: every: the period is not positive");
}

TINCAN_INLINE std::optional<std::chrono::steady_clock::time_point> Endpoint::nextDeadline() const {
  core().checkThread("nextDeadline");
  detail::Nanoseconds const at = core_->continuations.nextDeadline();
  if (at == detail::NoDeadline) return std::nullopt;
  return std::chrono::steady_clock::time_point(std::chrono::nanoseconds(at));
}

TINCAN_INLINE void Endpoint::onWake(detail::WakeFunction wake) {
  core().requireUsable("onWake");
  detail::setWakeHook(*core_, std::move(wake));
}

[[noreturn, gnu::noinline]] TINCAN_INLINE void Endpoint::throwMoved() {
  throw Error(Errc::Closed, {}, "this endpoint has been moved to another object");
}

TINCAN_INLINE detail::RegisteringAt Endpoint::registeringAt(std::string_view verb,
                                                            bool mustBeOpen) const {
  auto const keep = checked();
  keep->checkThread(verb);
  detail::removeNow(*keep);  // captures that end with that may end the endpoint
  if (mustBeOpen) keep->requireUsable(verb);
  return {keep, &keep->table};
}

TINCAN_INLINE void MessagePort::start(Endpoint& where) { startAt(where.core()); }

}  // namespace tincan::inline abi0
