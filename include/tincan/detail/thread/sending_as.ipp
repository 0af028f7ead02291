// tincan/detail/thread/sending_as.ipp - in whose name a thread sends: the bodies
#pragma once

#include <memory>
#include <string_view>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/bus_core.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE void Sending::leaveNow(ThreadState& state) noexcept {
  while (EndpointCore* const core = state.leaving) {
    state.leaving = core->nextLeaving;
    auto const hold = std::exchange(core->holdUntilLeft, nullptr);
    core->letGo();
  }
}

[[gnu::noinline]] TINCAN_INLINE SendingAs::Who SendingAs::settle(EndpointCore& core,
                                                                 std::string_view verb) {
  Who who{&core, nullptr};
  if (!core.isBoundHere()) {
    core.settleHere(verb);
    who.unbound = &core;
  }
  core.checkOpen(verb);
  return who;
}

[[gnu::noinline]] TINCAN_INLINE SendingAs::Who SendingAs::findBy(
    ThreadState& thread, std::shared_ptr<EndpointCore> const& from,
    std::shared_ptr<BusCore> const& bus, std::string_view verb) {
  if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
  if (from == nullptr || from->bus != bus || !from->belongsHere()) return find(thread, bus);
  from->checkOpen(verb);
  if (from->bus->driver() != nullptr || from->isBoundHere()) return {from.get(), nullptr};
  thread.standIn = &threadHolder()->senderFor(from);
  return settled(*thread.standIn);
}

[[gnu::noinline]] TINCAN_INLINE SendingAs::Who SendingAs::find(
    ThreadState& thread, std::shared_ptr<BusCore> const& bus) {
  if (thread.current != nullptr) {
    if (thread.current->bus == bus && !thread.current->isGone()) return {thread.current, nullptr};
  } else if (thread.sender != nullptr && thread.sender->bus == bus && maySend(*thread.sender)) {
    return settled(*thread.sender);
  }
  if (Driver* const driver = bus->driver()) driver->ownership.checkCaller();
  if (ThreadHolder* const holder = threadHolder()) {
    thread.sender = &holder->senderOn(bus);
    return settled(*thread.sender);
  }
  // The very end of the thread: as nobody, for this once.
  auto made = bus->addStandIn(bus, nullptr, nullptr);
  EndpointCore* const once = made.get();
  made->onlyOnce = std::move(made);
  return {once, once};
}

TINCAN_INLINE bool SendingAs::maySend(EndpointCore const& core) noexcept {
  return core.isBoundHere() && !core.isClosed() &&
         (core.named == nullptr || (core.named->belongsHere() && !core.named->isClosed()));
}

[[gnu::noinline]] TINCAN_INLINE void SendingAs::end(ThreadState& thread,
                                                    EndpointCore& unbound) noexcept {
  EndpointCore& spoken = unbound.named == nullptr ? unbound : *unbound.named;
  raise(spoken.spokenUntil, thread.clock);
  if (auto const hold = std::exchange(unbound.onlyOnce, nullptr)) hold->leave();
}

}  // namespace tincan::inline abi0::detail
