// tincan/detail/thread/wait_for_calls.hpp - waits for the calls of a hook that was replaced
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/detail/thread/thread_holder.hpp>
#include <tincan/detail/thread/thread_party.hpp>
#include <tincan/detail/thread/waiting.hpp>

namespace tincan::inline abi0::detail {

/// Waits until what was replaced runs on no other thread. Throws Deadlock if it waits for this one;
/// without memory for that to be seen, bad_alloc. Returns at once inside of it.
inline void waitForCalls(Hook::Replaced&& replaced, std::shared_ptr<BusCore> const& bus) {
  constexpr std::string_view Verb = "replacing a hook";
  Driver* const driver = bus->driver();
  for (;;) {
    HookWaiter waiter;
    std::shared_ptr<ThreadToken> token;
    EndpointCore* caller = nullptr;
    auto const see = [&](RunningHook& call) {
      if (driver != nullptr) caller = &driver->ownership.callerOf(call);
      if (call.holder != nullptr) token = call.holder->token();
    };
    if (!replaced.next(threadState().hooks, waiter, see)) return;
    struct Forget {
      Hook::Replaced& replaced;
      HookWaiter& waiter;
      ~Forget() { replaced.forget(waiter); }
    } const forget{replaced, waiter};
    if (token == nullptr) {  // it cannot wait for us before it has a token
      while (!waiter.ended.ready()) waiter.ended.sleep(NoDeadline);
      raiseClock(waiter.clock);
      continue;
    }
    SendingAs const sender(bus);
    auto const waitFor = [&](auto& inside) {
      Waiting waiting(waiter.ended, inside, sender.core(), Verb, Waiting::Until::AtEnd);
      Waited const waited = waiting.wait(NoDeadline, Verb, {});
      if (waited.end == WaitEnd::Deadlock) throwDeadlock(Verb, waited.cycle);
    };
    if (caller != nullptr) {
      waitFor(*caller);
    } else {
      ThreadParty party(std::move(token), "(a thread inside the hook)");
      waitFor(party);
    }
    if (!waiter.ended.ready()) return;  // it will never end: it is in the parent of this process
    raiseClock(waiter.clock);
  }
}

}  // namespace tincan::inline abi0::detail
