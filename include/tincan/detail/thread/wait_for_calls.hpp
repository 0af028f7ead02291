// tincan/detail/thread/wait_for_calls.hpp - waits for the calls of a hook that was replaced
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
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
  for (;;) {
    HookWaiter waiter;
    std::shared_ptr<ThreadToken> token;
    auto const see = [&](RunningHook& call) {
      if (call.holder != nullptr) token = call.holder->token();
    };
    if (!replaced.next(&threadState(), waiter, see)) return;
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
    ThreadParty party(std::move(token), "(a thread inside the hook)");
    SendingAs const sender(bus);
    Waiting waiting(waiter.ended, party, sender.core(), "replacing a hook", Waiting::Until::AtEnd);
    Waited const waited = waiting.wait(NoDeadline, "replacing a hook", {});
    if (waited.end == WaitEnd::Deadlock) throwDeadlock("replacing a hook", waited.cycle);
    if (waited.end != WaitEnd::Ready)
      return;  // it will never end: it is in the parent of this process
    raiseClock(waiter.clock);
  }
}

}  // namespace tincan::inline abi0::detail
