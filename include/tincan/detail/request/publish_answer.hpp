// tincan/detail/request/publish_answer.hpp - puts an answer into its slot and hands it over
#pragma once

#include <atomic>
#include <exception>
#include <type_traits>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/error.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

/// Brings an answer that was published to where it continues; one that nobody waits for ends, and then this is
/// false.
bool passOnAnswer(AnswerSlot* slot, EndpointCore& endpoint,
                  AnswerState<ThreadPlatform>::Published published) noexcept;

/// Hands over an answer that was put into the slot, in the name of the endpoint that was asked. Nothing of
/// the slot is touched afterwards, unless the requester has left; then this is false.
[[gnu::always_inline]] inline bool publishAnswer(AnswerSlot* slot,
                                                 EndpointCore& endpoint) noexcept {
  using Published = AnswerState<ThreadPlatform>::Published;
  notePublication(endpoint, *slot);
  slot->clock = threadState().clock;
  Published const published = slot->state.publish();
  if (published == Published::Taken) [[likely]]
    return true;
  return passOnAnswer(slot, endpoint, published);
}

/// Hands over an answer that a listener or handler has given: one that is too late is counted. False if it
/// is.
[[gnu::always_inline]] inline bool publishListenersAnswer(AnswerSlot* slot,
                                                          EndpointCore& endpoint) noexcept {
  if (publishAnswer(slot, endpoint)) [[likely]]
    return true;
  endpoint.bus->lateAnswer();
  return false;
}

/// Ends an answer that cannot come to its continuation: that endpoint is closed, or there is no memory.
void loseAnswer(AnswerSlot* slot) noexcept;

/// Answers that there is none, and why.
void answerFailure(AnswerSlot* slot, EndpointCore& endpoint, Errc failure) noexcept;

/// Answers with an exception. The caller has no other reference to it: the requester is then the last to
/// have it, and destroys it. (libstdc++ counts references where thread sanitizers do not look.)
bool answerException(AnswerSlot* slot, EndpointCore& endpoint,
                     std::exception_ptr exception) noexcept;

/// Answers with what is in the box.
bool answerBox(AnswerSlot* slot, EndpointCore& endpoint, Box&& box) noexcept;

/// Puts the answer `value` into an empty box. A Value gives its contents: whoever asks for a string
/// gets a string.
template <class T>
[[gnu::always_inline]] inline void fillAnswer(Box& box, T&& value) {
  if constexpr (std::is_same_v<std::decay_t<T>, Value>) {
    static_assert(!std::is_lvalue_reference_v<T>,
                  "tincan: a Value cannot be copied: answer with std::move(value).");
    box = std::move(ValueAccess::box(value));
  } else {
    using Answer = Travels<T>;
    static_assert(std::is_constructible_v<Answer, T>,
                  "tincan: an answer is copied or moved to the one who asked, and this type cannot "
                  "be: answer with std::move(value).");
    box.emplace<Answer>(detail::travelling<T>(value));
  }
}

}  // namespace tincan::inline abi0::detail
