// tincan/detail/dispatch/wake.hpp - how the hook of onWake() is called
#pragma once

#include <exception>

#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/endpoint/wake_hook.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/wait_for_calls.hpp>

namespace tincan::inline abi0::detail {

/// Calls the hook, on any thread. What it throws goes to onError: the sender has nothing to do with
/// it, and its message is on the way.
inline void callWakeHook(EndpointCore& core) noexcept {
  core.bus->noteCallOf(core.wakeHook.hook(), EffectLog::BusHook::Wake);
  try {
    makeTokenIfPossible();
    ThreadState& thread = threadState();
    core.wakeHook.hook().call(
        thread.clock, thread.hooks, thread.holder, Inside::IsCalled,
        [](void const* hook) { (*static_cast<WakeFunction::Callable const*>(hook))(); });
  } catch (...) {
    core.bus->reportError({}, {}, core.name, std::current_exception());
  }
}

/// Takes the hook away. When it returns the hook is not running, but on this thread, and never runs
/// again.
inline void takeWakeHook(EndpointCore& core) noexcept {
  if (core.wakeHook.isSet()) noteWakeHook(core);
  core.wakeHook.mark(false, core.notices);
  try {
    waitForCalls(core.wakeHook.hook().replace(nullptr), core.bus);
  } catch (std::exception const&) {
    // It waits for this very thread; or there is no memory to see whether it does.
  }
}

/// Has the next message call the hook, or calls it now if there is a message. Within a PollScope.
inline void rearm(EndpointCore& core) {
  // Whoever has closed it may be clearing the lanes.
  if (core.gate.observe() == EndpointCore::Gate::Closed) return;
  Driver const* const driver = core.bus->driver();
  bool const isArmed = driver != nullptr ? driver->executor.arm(core) : core.inbox.arm();
  if (!isArmed) core.wakeHook.ring([&] { callWakeHook(core); });
}

}  // namespace tincan::inline abi0::detail
