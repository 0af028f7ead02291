// tincan/detail/answer/answer_slot.hpp - where the answer to one request lands
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include <tincan/detail/answer/answer_state.hpp>
#include <tincan/detail/answer/suspension.hpp>
#include <tincan/detail/base/box.hpp>
#include <tincan/error.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0::detail {

class Continuation;
class EndpointCore;

/// One answer, and how it comes to the requester.
///
///   Threads   Belongs to the requester's side or to the responder's, as the state says.
///   Lifetime  An object of the heap, used again and again (AnswerPool). The requester's; if that leaves
///             before the answer, the responder's.
struct alignas(FalseSharingRange) AnswerSlot {
  enum class Kind : unsigned char { Value, Exception, Failure };

  // The line that travels with the answer. The responder writes it before publish().
  AnswerState<ThreadPlatform> state{};
  Kind kind = Kind::Value;
  std::uint8_t failureCode = 0;  // if kind is Failure
  Box box{};                     // the value, or an exception_ptr
  std::uint64_t clock = 0;       // of the responder

  // The line that stays. The requester writes it before the request is sent, where nothing else is said.
  alignas(FalseSharingRange) Errc abandonedFor{};  // before it leaves: Timeout, Cancelled, ...
  Nanoseconds deadline = NoDeadline;
  AnswerSlot* nextFree = nullptr;               // link in an AnswerPool, or among kept answers
  Continuation* continuation = nullptr;         // of the thread of continuesAt; null: forgone
  std::shared_ptr<EndpointCore> continuesAt{};  // before the state says Elsewhere
  StopSource stop{NoStopState()};               // the responder's, before the state says Stoppable
  AnsweringTask<ThreadPlatform> answeredBy{nullptr};  // the responder's; null before the answer

  void setFailure(Errc code) noexcept;
  Errc failure() const noexcept { return static_cast<Errc>(failureCode); }
};
static_assert(sizeof(AnswerSlot) == 2 * FalseSharingRange, "one line travels, the other one stays");
static_assert(offsetof(AnswerSlot, clock) + sizeof(std::uint64_t) <= CacheLine);

}  // namespace tincan::inline abi0::detail
