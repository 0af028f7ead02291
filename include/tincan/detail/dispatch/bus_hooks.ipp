// tincan/detail/dispatch/bus_hooks.ipp - how a bus tells its hooks of errors, dead letters and full inboxes
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/base/exception_text.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/printable.hpp>
#include <tincan/detail/base/shared_function.hpp>
#include <tincan/detail/dispatch/wake.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/wait_for_calls.hpp>

namespace tincan::inline abi0::detail {

/// Calls the hook with make(), if there is one, a SharedFunction<void(Report)>. What make() throws,
/// leaves; what the hook throws is only noted, on stderr.
template <class Report, class Make>
HookCall callHook(Hook& hook, char const* name, Make&& make) {
  makeTokenIfPossible();
  ThreadState& thread = threadState();
  return hook.call(thread.clock, thread.hooks, thread.holder, Inside::IsNotCalled,
                   [&](void const* function) {
                     using Callable = typename SharedFunction<void(Report)>::Callable;
                     auto&& report = make();
                     try {
                       (*static_cast<Callable const*>(function))(report);
                     } catch (...) {
                       std::fprintf(stderr, "tincan: the %s hook threw\n", name);
                     }
                   });
}

TINCAN_INLINE void BusCore::setErrorHook(std::shared_ptr<BusCore> const& self, ErrorHook hook) {
  noteReplaced(EffectLog::BusHook::Error);
  waitForCalls(errorHook_.replace(hook.release()), self);
}
TINCAN_INLINE void BusCore::setDeadLetterHook(std::shared_ptr<BusCore> const& self,
                                              DeadLetterHook hook) {
  noteReplaced(EffectLog::BusHook::DeadLetter);
  waitForCalls(deadLetterHook_.replace(hook.release()), self);
}
TINCAN_INLINE void BusCore::setHighWaterHook(std::shared_ptr<BusCore> const& self,
                                             HighWaterHook hook) {
  noteReplaced(EffectLog::BusHook::HighWater);
  waitForCalls(highWaterHook_.replace(hook.release()), self);
}

TINCAN_INLINE void BusCore::dropHooks() noexcept {
  for (Hook* const hook : {&errorHook_, &deadLetterHook_, &highWaterHook_}) {
    static_cast<void>(hook->replace(nullptr));
  }
}

TINCAN_INLINE void BusCore::takeHooks(std::shared_ptr<BusCore> const& self) noexcept {
  auto const take = [&](Hook& hook) {
    try {
      waitForCalls(hook.replace(nullptr), self);
    } catch (std::exception const&) {
      // Deadlock: it waits for this thread, which goes on.
    }
  };
  for (auto core = next(nullptr); core != nullptr; core = next(core.get())) takeWakeHook(*core);
  take(errorHook_);
  take(deadLetterHook_);
  take(highWaterHook_);
}

/// Writes a text to stderr, as one line of moderate length.
TINCAN_INLINE void sayLine(std::string text) {
  constexpr std::size_t Most = 240;  // of its beginning, and of its end
  if (text.size() > 2 * Most) {
    std::size_t const begin = wholeCharacters(text, Most);
    std::size_t const end = wholeCharacters(text, text.size() - Most);
    text.replace(begin, end - begin, "...");
  }
  std::fputs((printable(text) + "\n").c_str(), stderr);
}

TINCAN_INLINE void BusCore::noteCallOf(Hook const& hook, EffectLog::BusHook which) const noexcept {
  using Use = EffectLog::HookUse;
  if (driver_ == nullptr) return;
  driver_->executor.mayInterrupt();
  driver_->effects.usesHook(which, hook.isSet() ? Use::Calls : Use::Misses);
}

TINCAN_INLINE void BusCore::noteReplaced(EffectLog::BusHook which) const noexcept {
  if (driver_ == nullptr) return;
  driver_->executor.mayInterrupt();
  driver_->effects.usesHook(which, EffectLog::HookUse::Replaces);
}

TINCAN_INLINE void BusCore::reportError(std::string_view channel, std::string_view from,
                                        std::string_view to,
                                        std::exception_ptr exception) noexcept {
  if (driver_ != nullptr && driver_->executor.takesException(exception, errorHook_.isSet())) return;
  try {
    ErrorReport const report{std::string(channel), std::string(from), std::string(to),
                             std::move(exception)};
    noteCallOf(errorHook_, EffectLog::BusHook::Error);
    auto const toldHook = callHook<ErrorReport const&>(
        errorHook_, "onError", [&]() -> ErrorReport const& { return report; });
    if (toldHook == HookCall::Called) return;
    // A body, a posted function or a Task has no channel.
    std::string const where =
        channel.empty() ? "" : " on '" + report.channel + "' from '" + report.from + "'";
    sayLine("tincan: '" + report.to + "' threw" + where + ": " + exceptionText(report.exception));
  } catch (std::bad_alloc const&) {
    std::fputs("tincan: an exception is lost: there is no memory to say which\n", stderr);
  }
}

TINCAN_INLINE void BusCore::reportNowhere(std::exception_ptr const& exception) noexcept {
  try {
    sayLine("tincan: a Task that nobody awaits, of no endpoint, threw: " +
            exceptionText(exception));
  } catch (std::bad_alloc const&) {
    std::fputs("tincan: a Task that nobody awaits threw\n", stderr);
  }
}

TINCAN_INLINE FirstLines::Say BusCore::noteLetter(Errc reason, std::string_view channel,
                                                  EndpointCore const& to) {
  // Not a channel's own hash: two channels may have one.
  std::uint64_t const key = mixHash(std::hash<std::string_view>{}(channel) ^
                                    mixHash(to.id * Reasons + static_cast<std::uint64_t>(reason))) |
                            1;
  return linesSaid_.add(key);
}

TINCAN_INLINE void BusCore::deadLetter(Errc reason, std::string_view channel,
                                       EndpointCore const& from, EndpointCore const& to,
                                       std::exception_ptr const& why) noexcept {
  // relaxed: a count, on which nothing rests; read by stats().
  deadLetters_[static_cast<std::size_t>(reason)].fetch_add(1, std::memory_order_relaxed);
  if (driver_ != nullptr) driver_->effects.deadLetter(reason, channel, from.name, to.name);
  else if (Tap* const listens = tap()) listens->deadLetter(reason, channel, from, to);
  auto const what = [&]() -> std::string {
    return why == nullptr ? explain(reason, channel, to.displayName()).what() : exceptionText(why);
  };
  noteCallOf(deadLetterHook_, EffectLog::BusHook::DeadLetter);
  try {
    auto const toldHook = callHook<DeadLetter const&>(deadLetterHook_, "onDeadLetter", [&] {
      return DeadLetter{reason, std::string(channel), from.name, to.name, what()};
    });
    bool const isMistake =
        reason == Errc::NoListener || reason == Errc::TypeMismatch || reason == Errc::Denied;
    if (toldHook != HookCall::NotSet || !isMistake) return;
    if (driver_ != nullptr) {
      return driver_->effects.unheard(reason, channel, from.displayName(), what());
    }
    FirstLines::Say const say = noteLetter(reason, channel, to);
    if (say == FirstLines::Say::Nothing) return;
    sayLine("tincan: a message from '" + from.displayName() + "' is lost: " + what());
    if (say == FirstLines::Say::LastLine) {
      sayLine("tincan: of messages that are lost there are no more lines, after " +
              std::to_string(FirstLines::Most) + " of them; onDeadLetter is told of all");
    }
  } catch (std::bad_alloc const&) {
    // It is counted.
  }
}

TINCAN_INLINE void BusCore::highWater(std::string_view from, std::string_view to,
                                      std::uint64_t waiting) noexcept {
  noteCallOf(highWaterHook_, EffectLog::BusHook::HighWater);
  try {
    callHook<HighWater const&>(highWaterHook_, "onHighWater", [&] {
      return HighWater{std::string(from), std::string(to), waiting};
    });
  } catch (std::bad_alloc const&) {
    // There is no memory for the names that the hook would be told.
  }
}

}  // namespace tincan::inline abi0::detail
