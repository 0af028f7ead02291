// tincan/detail/endpoint/effects.hpp - tells a driver what the running code looks at
//
// On a bus without a driver each of these is one load and one branch that is not taken.
#pragma once

#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>

namespace tincan::inline abi0::detail {

/// The calling code looks whether that endpoint is open.
[[gnu::always_inline]] inline void noteLife(EndpointCore const& core) noexcept {
  if (Driver* const driver = core.bus->driver()) [[unlikely]]
    driver->effects.looksAtLife(core);
}

/// A message to the limited inbox of that receiver makes room there, or looks for it.
[[gnu::always_inline]] inline void noteRoom(EndpointCore const& receiver,
                                            MessageLane& lane) noexcept {
  if (Driver* const driver = receiver.bus->driver()) [[unlikely]]
    driver->effects.looksForRoom(lane);
}

/// The next dead letter is a message that this receiver has refused.
[[gnu::always_inline]] inline void noteRefusal(EndpointCore const& receiver) noexcept {
  if (Driver* const driver = receiver.bus->driver()) [[unlikely]] {
    driver->effects.looksAtLife(receiver);
    driver->effects.refuses();
  }
}

/// The responder, or whoever answers for it, is about to publish the answer.
[[gnu::always_inline]] inline void noteAnswer(EndpointCore const& responder,
                                              AnswerSlot const& slot) noexcept {
  if (Driver* const driver = responder.bus->driver()) driver->effects.answers(slot);
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

/// Whether the answer is there makes a difference to the requester now.
[[gnu::always_inline]] inline void noteLookForAnswer(EndpointCore const& responder,
                                                     AnswerSlot const& slot) noexcept {
  if (Driver* const driver = responder.bus->driver()) tellLookForAnswer(*driver, slot);
}

}  // namespace tincan::inline abi0::detail
