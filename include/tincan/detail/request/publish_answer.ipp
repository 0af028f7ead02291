// tincan/detail/request/publish_answer.ipp - puts an answer into its slot and hands it over: the bodies
#pragma once

#include <exception>
#include <utility>

#include <tincan/detail/answer/answer_slot.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/request/publish_answer.hpp>
#include <tincan/error.hpp>
#include <tincan/value.hpp>

namespace tincan::inline abi0::detail {

[[gnu::noinline]] TINCAN_INLINE bool passOnAnswer(
    AnswerSlot* slot, EndpointCore& endpoint,
    AnswerState<ThreadPlatform>::Published published) noexcept {
  using Published = AnswerState<ThreadPlatform>::Published;
  if (published == Published::Elsewhere) slot->continuesAt->bringAnswer(slot);
  if (published != Published::Abandoned) return true;
  // acq_rel: as in skipAbandoned(), undoes what PendingRequest::abandon() has added.
  endpoint.abandonedRequests.fetch_sub(1, std::memory_order_acq_rel);
  threadState().answers.give(slot);
  return false;
}

TINCAN_INLINE void loseAnswer(AnswerSlot* slot) noexcept {
  if (slot->state.undelivered()) threadState().answers.give(slot);
}

TINCAN_INLINE void answerFailure(AnswerSlot* slot, EndpointCore& endpoint, Errc failure) noexcept {
  slot->setFailure(failure);
  publishAnswer(slot, endpoint);
}

TINCAN_INLINE bool answerException(AnswerSlot* slot, EndpointCore& endpoint,
                                   std::exception_ptr exception) noexcept {
  slot->kind = AnswerSlot::Kind::Exception;
  slot->box.emplace<std::exception_ptr>(std::move(exception));
  return publishListenersAnswer(slot, endpoint);
}

TINCAN_INLINE bool answerBox(AnswerSlot* slot, EndpointCore& endpoint, Box&& box) noexcept {
  slot->kind = AnswerSlot::Kind::Value;
  slot->box = std::move(box);
  return publishListenersAnswer(slot, endpoint);
}

}  // namespace tincan::inline abi0::detail
