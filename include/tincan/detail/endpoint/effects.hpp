// tincan/detail/endpoint/effects.hpp - tells a driver what the running code looks at
//
// On a bus without a driver each of these is one load and one branch that is not taken.
#pragma once

#include <cstdint>

#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>

namespace tincan::inline abi0::detail {

/// The calling code is about to look at what others change, or to change what others see: a driver may let them
/// go first. No lock is held.
[[gnu::always_inline]] inline void noteCall(BusCore const& bus) noexcept {
  if (Driver* const driver = bus.driver()) [[unlikely]]
    driver->executor.mayInterrupt();
}

/// The driver of the code that calls, also while that ends what its endpoint leaves behind; null: there is none.
inline Driver* driverHere() noexcept { return threadState().driver; }

/// The calling code is about to use a port, as noteCall().
inline void notePortCall() noexcept {
  if (Driver* const driver = driverHere()) driver->executor.mayInterrupt();
}
/// The calling code uses one end of the ports to which a driver has given that number.
inline void notePort(std::uint64_t ports, unsigned end, EffectLog::PortUse use) noexcept {
  if (Driver* const driver = driverHere()) driver->effects.usesPort(ports, end, use);
}
/// Returns the number that a driver gives to ports that are being made; without one 0.
inline std::uint64_t numberOfPorts() noexcept {
  Driver* const driver = driverHere();
  return driver == nullptr ? 0 : driver->effects.makesPorts();
}

/// The calling code posts at a port, or closes one, in the name of that sender; null: of nobody, for its endpoint has
/// ended. Returns a number that a driver gives to what is so sent; without one 0.
inline std::uint64_t numberOfPosted(EndpointCore const* sender) noexcept {
  Driver* const driver = sender == nullptr ? driverHere() : sender->bus->driver();
  return driver == nullptr ? 0 : driver->effects.postsAtPort(sender);
}
/// What has waited at that end of two ports comes to that receiver by the next cell that is pushed.
inline void noteWaiting(EndpointCore const& receiver, void const* end,
                        std::uint64_t posted) noexcept {
  if (Driver* const driver = receiver.bus->driver()) driver->effects.bringsWaiting(end, posted);
}
/// What is posted at that end of two ports comes to that receiver by the next cell that is pushed.
inline void notePosted(EndpointCore const& receiver, void const* end) noexcept {
  if (Driver* const driver = receiver.bus->driver()) driver->effects.bringsPosted(end);
}

/// The calling code looks whether that endpoint is open.
[[gnu::always_inline]] inline void noteLife(
    EndpointCore const& core, EffectLog::LifeLook how = EffectLog::LifeLook::Alone) noexcept {
  if (Driver* const driver = core.bus->driver()) [[unlikely]]
    driver->effects.looksAtLife(core, how);
}

/// The code of an endpoint (null: other code) has looked at something of another one, and found it so or not.
[[gnu::always_inline]] inline void noteLooked(EndpointCore const* by, EndpointCore const& at,
                                              LookedAt what, bool isSo) noexcept {
  if (at.bus->isHeard()) [[unlikely]]
    at.bus->tellLooked(by, at, what, isSo);
}
/// A wait or a run of that endpoint has ended because its deadline has passed, or a timer runs.
[[gnu::always_inline]] inline void noteDeadline(EndpointCore const& at,
                                                bool isTimer = false) noexcept {
  if (at.bus->isHeard()) [[unlikely]]
    at.bus->tellDeadline(at, isTimer);
}

/// That endpoint closes now.
[[gnu::always_inline]] inline void noteClosing(EndpointCore const& core) noexcept {
  if (core.bus->isHeard()) [[unlikely]]
    core.bus->tellClosing(core);
}

/// That endpoint, which is closed, is about to answer what others have not answered for it.
inline void noteAnswersForOthers(EndpointCore const& core) noexcept {
  if (Driver* const driver = core.bus->driver()) driver->effects.answersForOthers(core);
}

/// The hook of onWake() of that endpoint is about to be replaced.
inline void noteWakeHook(EndpointCore const& core) noexcept {
  Driver* const driver = core.bus->driver();
  if (driver == nullptr) return;
  core.bus->noteReplaced(EffectLog::BusHook::Wake);
  driver->effects.changesWhoWakes(core);
}

/// A message to the limited inbox of that receiver makes room there, or looks for it.
[[gnu::always_inline]] inline void noteRoom(EndpointCore const& receiver,
                                            MessageLane& lane) noexcept {
  if (Driver* const driver = receiver.bus->driver()) [[unlikely]]
    driver->effects.looksForRoom(lane);
}

/// The calling code ends the cell with that stamp, which comes too late for this receiver.
[[gnu::always_inline]] inline void noteDiscard(EndpointCore const& receiver, MessageLane& lane,
                                               std::uint64_t stamp) noexcept {
  if (Driver* const driver = receiver.bus->driver()) [[unlikely]]
    driver->effects.discards(lane, stamp);
}

/// The next dead letter is a message that this receiver has refused.
[[gnu::always_inline]] inline void noteRefusal(EndpointCore const& receiver) noexcept {
  if (Driver* const driver = receiver.bus->driver()) [[unlikely]] {
    driver->effects.looksAtLife(receiver, EffectLog::LifeLook::Alone);
    driver->effects.refuses();
  }
}

/// One of several who may answer for that responder is the first. Returns a number for the answer.
[[gnu::always_inline]] inline std::uint64_t noteFirstAnswer(EndpointCore const& responder,
                                                            AnswerSlot const& slot) noexcept {
  Driver* const driver = responder.bus->driver();
  return driver == nullptr ? 0 : driver->effects.answers(responder, slot);
}
/// One of several who may answer for that responder goes without an answer.
inline void noteLeaving(EndpointCore const& responder, AnswerSlot const& slot,
                        bool isLast) noexcept {
  if (Driver* const driver = responder.bus->driver()) {
    driver->effects.leaves(responder, slot, isLast);
  }
}
/// One of several who may answer for that responder finds that the answer with that number has been given.
[[gnu::always_inline]] inline void noteOtherAnswer(EndpointCore const& responder,
                                                   std::uint64_t answer) noexcept {
  if (Driver* const driver = responder.bus->driver()) driver->effects.findsAnswer(answer);
}

/// Whoever waits for that responder waits from now on for what a Task of its waits for.
[[gnu::always_inline]] inline void noteSuspension(EndpointCore const& responder) noexcept {
  if (Driver* const driver = responder.bus->driver()) driver->effects.suspends(responder);
}

/// The responder, or whoever answers for it, is about to publish the answer.
[[gnu::always_inline]] inline void notePublication(EndpointCore const& responder,
                                                   AnswerSlot const& slot) noexcept {
  if (responder.bus->isHeard()) [[unlikely]]
    responder.bus->tellAnswer(responder, slot);
}

/// Whether the requester still waits makes a difference to the responder now.
[[gnu::always_inline]] inline void noteLookAtRequester(EndpointCore const& responder,
                                                       AnswerSlot const& slot) noexcept {
  if (Driver* const driver = responder.bus->driver()) [[unlikely]]
    driver->effects.looksAtRequester(slot);
}

/// Tells the driver. Out of line: what abandons a request is inlined into the ends of futures only while
/// it is small.
[[gnu::noinline]] inline void tellLookForAnswer(Driver& driver, AnswerSlot const& slot) noexcept {
  driver.effects.looksForAnswer(slot);
}

/// Tells the driver that the requester is about to give up. Out of line, as the function above.
[[gnu::noinline]] inline void tellAbandoning(Driver& driver, AnswerSlot const& slot) noexcept {
  driver.executor.mayInterrupt();
  driver.effects.givesUp(slot);
}

/// The requester is about to give up, unless the answer is there.
[[gnu::always_inline]] inline void noteAbandoning(EndpointCore const& responder,
                                                  AnswerSlot const& slot) noexcept {
  if (Driver* const driver = responder.bus->driver()) tellAbandoning(*driver, slot);
}

/// Whether the answer is there makes a difference to the requester now.
[[gnu::always_inline]] inline void noteLookForAnswer(EndpointCore const& responder,
                                                     AnswerSlot const& slot) noexcept {
  if (Driver* const driver = responder.bus->driver()) tellLookForAnswer(*driver, slot);
}

}  // namespace tincan::inline abi0::detail
