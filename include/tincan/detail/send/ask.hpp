// tincan/detail/send/ask.hpp - puts a request into a lane, and waits for its answer or returns its future
#pragma once

#include <exception>
#include <utility>

#include <tincan/channel_name.hpp>
#include <tincan/detail/answer/explain.hpp>
#include <tincan/detail/api/future.hpp>
#include <tincan/detail/request/pending_request.hpp>
#include <tincan/detail/send/blocking_request.hpp>
#include <tincan/detail/send/push.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/error.hpp>

namespace tincan::inline abi0::detail {

/// Puts a request into a lane that is open. The slot gets an answer in any case: Closed, if nothing
/// else. A request is one cell in a lane where what waits may be dropped, else two if its arguments need that.
inline void pushRequest(SendingAs const& sender, MessageLane& lane, NameHold& name, Kind kind,
                        AnswerSlot& slot, Capture& captured) {
  if (captured.place() != Place::CellOrExtra) {
    OpenCell cell(lane, sender);
    captured.fill(*cell);
    cell->setSlot(&slot);
    cell->name = name.release();
    commitMessage(sender.core(), lane, cell, kind);
  } else {
    lane.prepareTwo();
    ArgumentsOps const* ops = nullptr;
    {
      OpenCell extra(lane, sender);
      captured.fill(*extra);
      ops = extra->arguments;
      extra.commit(Kind::Extra);
    }
    OpenCell cell(lane, sender);
    cell->arguments = ops;
    cell->setSlot(&slot);
    cell->name = name.release();
    commitMessage(sender.core(), lane, cell, kind);
  }
  sender.thread().answers.tidy();
}

/// The operations of what travels with a request in that lane.
inline ArgumentsOps const& travellingIn(MessageLane const& lane, Filling const& filling) noexcept {
  return lane.readerLocks ? *filling.ops->onHeap : *filling.ops->travelling;
}

/// Sends a request, blocks until its answer is there and returns that, still in its slot. Throws what
/// capturing the arguments throws, or why there is no answer.
inline PendingRequest sendSync(Route const& route, ChannelName const& channel,
                               Filling const& filling) {
  if (route.to == nullptr) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), route.receiverName());
  EndpointCore& sender = route.sender.core();
  EndpointCore& to = *route.to;
  auto const [lane, refused] = openLane(sender, route, channel);
  if (lane == nullptr) [[unlikely]]
    throwFailure(refused, channel.name(), route.receiverName());
  if (sender.isClosed()) [[unlikely]]
    throwFailure(Errc::Closed, channel.name(), route.receiverName());
  NameHold name(sender, channel);
  Capture captured(*lane, filling, travellingIn(*lane, filling));
  BlockingRequest request(route.sender.thread(), sender, to, channel.name(), route.deadline);
  detail::pushRequest(route.sender, *lane, name, Kind::Request, request.slot(), captured);
  request.wait(route.deadline);
  return request.takeSlot();
}

/// Sends a request or a call and returns its future, which also has the error if the receiver refuses it.
/// Throws what capturing the arguments throws.
inline AnyFuture ask(Route const& route, Kind kind, ChannelName const& channel,
                     Filling const& filling) {
  auto const refusal = [&](Errc reason) {
    return AnyFuture(
        std::make_exception_ptr(explain(reason, channel.name(), route.receiverName())));
  };
  if (route.to == nullptr) [[unlikely]]
    return refusal(Errc::Closed);
  EndpointCore& sender = route.sender.core();
  LaneOrError opened{};
  try {
    opened = openLane(sender, route, channel);
  } catch (Error const&) {  // it would wait for room for ever
    return AnyFuture(std::current_exception());
  }
  MessageLane* const lane = opened.lane;
  if (lane == nullptr) [[unlikely]]
    return refusal(opened.refused);
  NameHold name(sender, channel);
  NameHold own(name.copy());
  auto held = lane->shared_from_this();
  PendingRequest pending(route.sender.thread(), route.deadline);
  {
    Capture captured(*lane, filling, travellingIn(*lane, filling));
    detail::pushRequest(route.sender, *lane, name, kind, pending.slot(), captured);
  }
  return AnyFuture(PendingAnswer(std::move(pending), std::move(held), own.release(), false));
}

}  // namespace tincan::inline abi0::detail
