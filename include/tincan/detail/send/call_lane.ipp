// tincan/detail/send/call_lane.ipp - the way of a function that is called at another endpoint: the bodies
#pragma once

#include <exception>
#include <memory>
#include <utility>

#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/api/any_future.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/message/name_table.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/call_lane.hpp>
#include <tincan/detail/send/push_uncounted.hpp>

namespace tincan::inline abi0::detail {

/// What stands for a channel in the errors of a call.
inline constexpr NameRecord NameOfCalls{0, nullptr, 1, "call", 4, true};

TINCAN_INLINE CallLane::CallLane(Route const& route) : route_(route) {
  if (route.to == nullptr) return;
  noteCall(*route.to->bus);
  noteLife(*route.to);
  if (route.to->isClosed()) return;
  MessageLane* const lane = route.sender.core().laneTo(*route.to);
  if (lane != nullptr) lane_ = lane->shared_from_this();
}

TINCAN_INLINE AnyFuture CallLane::refusal() const {
  return AnyFuture(
      std::make_exception_ptr(explain(Errc::Closed, NameOfCalls.view(), route_.receiverName())));
}

TINCAN_INLINE AnyFuture CallLane::call(Owned<AnyCalledFunction> function) const {
  PendingRequest pending(route_.sender.thread(), route_.deadline);
  auto held = lane_;
  function->begin(pending.slot());
  TaskPtr task(function.release());
  // If it is refused its end answers.
  static_cast<void>(offerTask(route_.sender.core(), *lane_->receiver, task));
  task.reset();
  route_.sender.thread().answers.tidy();
  return AnyFuture(PendingAnswer(std::move(pending), std::move(held), &NameOfCalls, false));
}

}  // namespace tincan::inline abi0::detail
